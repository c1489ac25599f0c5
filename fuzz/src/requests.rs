//! Target `requests`: where the requests of a connection begin and end.

use crate::{linear::must_be_linear, slow_http};
use apikey_http::fuzzing::connection::{Arrived, requests};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Checks what a client sends.
///
/// # Panics
///
/// When it makes a difference in which pieces it arrives, when the gate and actix-http
/// find an end at different places, or when a request in the plainest form is not found
/// as it is written.
pub fn check(data: &[u8]) {
    let whole = requests(&[data]);
    let bytes: Vec<_> = data.chunks(1).collect();
    must_be(data, &requests(&bytes), &whole);
    must_be(data, &requests(&pieces(data)), &whole);
    for (index, plain) in slow_http::requests(data).iter().enumerate() {
        let found = whole.get(index);
        let shown = String::from_utf8_lossy(data);
        assert_eq!(
            found.map(|found| &found.line),
            Some(&plain.line),
            "{shown:?}"
        );
        assert_eq!(
            found.map(|found| &found.body),
            Some(&plain.body),
            "{shown:?}"
        );
        if found.is_some_and(|found| found.is_last) {
            break;
        }
    }
    must_be_linear(data, |long| drop(requests(&[long])));
    must_be_linear(data, |long| {
        drop(requests(&long.chunks(7).collect::<Vec<_>>()))
    });
}

fn must_be(data: &[u8], pieces: &[Arrived], whole: &[Arrived]) {
    assert_eq!(pieces, whole, "{:?}", String::from_utf8_lossy(data));
}

/// Splits bytes into pieces whose lengths follow from what they are.
fn pieces(data: &[u8]) -> Vec<&[u8]> {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let mut random = hasher.finish();
    let (mut pieces, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let longest = if random & 0x100 == 0 { 4 } else { 64 };
        let length = (random % longest + 1).min(rest.len() as u64) as usize;
        let (piece, others) = rest.split_at(length);
        pieces.push(piece);
        rest = others;
        random = random.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    pieces
}
