//! Keys that follow from their numbers, so that none need to be kept.

use std::io::Write;
use xtask_harness::random::scattered;

/// How long every key is, in bytes.
pub(crate) const LENGTH: usize = 9 + 16 + 1 + 32;

/// The numbers of keys that are stored nowhere begin here.
const UNKNOWN: u64 = 1 << 40;

/// The number that the secret of all imported keys follows from.
const IMPORTED: u64 = 1 << 41;

/// Lies between the numbers that the three parts of a key are made from.
const STRIDE: u64 = 1 << 48;

/// Writes the stored key of a number.
pub(crate) fn write_stored(number: u64, key: &mut [u8]) {
    write(number, number, key);
}

/// Writes a key that has the access key of a stored one and another secret.
pub(crate) fn write_wrong_secret(number: u64, key: &mut [u8]) {
    write(number, UNKNOWN + number, key);
}

/// Writes an imported key of a number. All of these have the same secret.
pub(crate) fn write_imported(number: u64, key: &mut [u8]) {
    write(number, IMPORTED, key);
}

/// Returns the secret of all imported keys.
pub(crate) fn imported_secret() -> String {
    let mut key = [0; LENGTH];
    write_imported(0, &mut key);
    key[LENGTH - 32..]
        .iter()
        .map(|byte| char::from(*byte))
        .collect()
}

/// Writes a key that is stored nowhere.
pub(crate) fn write_unknown(number: u64, key: &mut [u8]) {
    write(UNKNOWN + number, UNKNOWN + number, key);
}

/// Writes bytes that cannot be a key, as one of them is not ASCII, and are as
/// long as one.
pub(crate) fn write_malformed(number: u64, key: &mut [u8]) {
    write_unknown(number, key);
    key[LENGTH - 1] = 0xe9;
}

/// Returns the stored key of a number as text.
pub(crate) fn stored(number: u64) -> String {
    let mut key = [0; LENGTH];
    write_stored(number, &mut key);
    key.iter().map(|byte| char::from(*byte)).collect()
}

/// Writes stored keys in random order, forever.
pub(crate) fn in_random_order(count: u64) -> impl FnMut(&mut [u8]) -> bool {
    let mut draw = 0;
    move |key| {
        draw += 1;
        write_stored(scattered(draw) % count, key);
        true
    }
}

fn write(access_number: u64, secret_number: u64, mut key: &mut [u8]) {
    let access_key = scattered(access_number);
    let [first, second] = [STRIDE, 2 * STRIDE].map(|step| scattered(secret_number + step));
    let written = write!(key, "gpustack_{access_key:016x}_{first:016x}{second:016x}");
    written.expect("there is room for a key");
}

#[cfg(test)]
mod tests {
    use super::*;

    use apikey_domain::key::token::{KeyPrefix, PresentedKey};

    #[test]
    fn each_kind_of_key_differs_where_it_should() {
        let stored = stored(7);
        let parts = PresentedKey::parse(&KeyPrefix::default(), &stored);
        assert_eq!((parts.access_key().len(), parts.secret().len()), (16, 32));
        let [wrong, unknown, malformed] =
            [write_wrong_secret, write_unknown, write_malformed].map(|write| {
                let mut key = [0; LENGTH];
                write(7, &mut key);
                key
            });
        assert_eq!(stored.as_bytes()[..26], wrong[..26]);
        assert_ne!(stored.as_bytes()[26..], wrong[26..]);
        assert_ne!(stored.as_bytes()[9..25], unknown[9..25]);
        assert!(!malformed.is_ascii());
    }
}
