//! Entity tags, by which clients say what they have.

use actix_web::http::header::EntityTag;
use sha2::{Digest, Sha256};

/// Returns the tag of what consists of these parts.
pub(crate) fn tag_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> EntityTag {
    let mut hash = Sha256::new();
    parts.into_iter().for_each(|part| hash.update(part));
    let digest: [u8; 32] = hash.finalize().into();
    let (halves, _) = digest.as_chunks();
    EntityTag::new_strong(format!("{:032x}", u128::from_be_bytes(halves[0])))
}
