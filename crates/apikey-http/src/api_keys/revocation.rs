//! The body that revokes a key.

use crate::body::{OtherFields, RequestBody};
use apikey_domain::{
    Invalid,
    key::revocation::{Comment, NewRevocation, RevocationReason},
};
use serde::Deserialize;

/// Why a key is revoked.
#[derive(Deserialize)]
pub(super) struct RevokeBody {
    reason: String,
    #[serde(default)]
    comment: Option<String>,
}

impl RequestBody for RevokeBody {
    const OTHER_FIELDS: OtherFields = OtherFields::Refused;
}

impl TryFrom<RevokeBody> for NewRevocation {
    type Error = Invalid;

    fn try_from(body: RevokeBody) -> Result<Self, Invalid> {
        Ok(Self {
            reason: RevocationReason::parse(&body.reason)?,
            comment: body.comment.map(Comment::parse).transpose()?,
        })
    }
}
