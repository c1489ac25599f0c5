//! Base64, bit by bit.

/// Decodes the standard form, with all its padding and no bit to spare.
pub(super) fn standard(text: &[u8]) -> Option<Vec<u8>> {
    let is_digit = |byte: &u8| *byte != b'=';
    let length = text.iter().rposition(is_digit).map_or(0, |at| at + 1);
    if text.len() % 4 != 0 || text.len() - length > 2 {
        return None;
    }
    decoded(&text[..length], *b"+/")
}

/// Decodes the form for URLs, without padding and without a bit to spare.
pub(super) fn for_urls(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() % 4 == 1 {
        return None;
    }
    decoded(text, *b"-_")
}

fn decoded(digits: &[u8], last: [u8; 2]) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for byte in digits {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            other if *other == last[0] => 62,
            other if *other == last[1] => 63,
            _ => return None,
        };
        bits.extend((0..6).rev().map(|place| digit >> place & 1));
    }
    let spare = bits.split_off(bits.len() / 8 * 8);
    let octet = |bits: &[u8]| bits.iter().fold(0, |octet, bit| octet << 1 | bit);
    let is_whole = spare.iter().all(|bit| *bit == 0);
    is_whole.then(|| bits.chunks(8).map(octet).collect())
}
