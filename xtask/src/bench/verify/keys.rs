//! Keys that are told from their numbers, so that none need to be kept.

use crate::bench::scattered::scattered;

/// How long every key is, in bytes.
pub(super) const LENGTH: usize = 9 + 16 + 1 + 32;

/// The numbers of keys that are stored nowhere begin here.
const STRANGE: u64 = 1 << 40;

/// Lies between the numbers that make the three parts of a key.
const STRIDE: u64 = 1 << 48;

const PREFIX: &[u8] = b"gpustack_";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Writes the stored key of a number.
pub(super) fn write_stored(number: u64, key: &mut [u8]) {
    write(number, number, key);
}

/// Writes a key that has the access key of a stored one and another secret.
pub(super) fn write_wrong(number: u64, guess: u64, key: &mut [u8]) {
    write(number, STRANGE + guess, key);
}

/// Writes a key that is stored nowhere.
pub(super) fn write_unknown(number: u64, key: &mut [u8]) {
    write(STRANGE + number, STRANGE + number, key);
}

/// Writes what is no key, because it holds a byte that is not ASCII, and is as
/// long as one.
pub(super) fn write_malformed(number: u64, key: &mut [u8]) {
    write_unknown(number, key);
    key[LENGTH - 1] = 0xe9;
}

/// Gives the stored key of a number as text.
pub(super) fn stored(number: u64) -> String {
    let mut key = [0; LENGTH];
    write_stored(number, &mut key);
    key.iter().map(|byte| char::from(*byte)).collect()
}

fn write(access_number: u64, secret_number: u64, key: &mut [u8]) {
    key[..9].copy_from_slice(PREFIX);
    write_hex(scattered(access_number), &mut key[9..25]);
    key[25] = b'_';
    write_hex(scattered(secret_number + STRIDE), &mut key[26..42]);
    write_hex(scattered(secret_number + 2 * STRIDE), &mut key[42..]);
}

fn write_hex(number: u64, text: &mut [u8]) {
    for (pair, byte) in text.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use apikey_domain::key::token::{KeyPrefix, PresentedKey};

    fn text(write: impl Fn(&mut [u8])) -> String {
        let mut key = [0; LENGTH];
        write(&mut key);
        String::from_utf8(key.to_vec()).unwrap()
    }

    #[test]
    fn a_stored_key_comes_apart_into_its_parts() {
        let text = stored(7);
        let key = PresentedKey::parse(&KeyPrefix::default(), &text);
        assert_eq!((key.access_key().len(), key.secret().len()), (16, 32));
    }

    #[test]
    fn a_wrong_key_differs_in_its_secret_only() {
        let (right, wrong) = (stored(7), text(|key| write_wrong(7, 7, key)));
        assert_eq!(right[..26], wrong[..26]);
        assert_ne!(right[26..], wrong[26..]);
    }

    #[test]
    fn an_unknown_key_differs_in_its_access_key() {
        let unknown = text(|key| write_unknown(7, key));
        assert_ne!(stored(7)[..26], unknown[..26]);
    }

    #[test]
    fn no_malformed_key_is_ascii() {
        let mut key = [0; LENGTH];
        write_malformed(7, &mut key);
        assert!(!key.is_ascii());
    }
}
