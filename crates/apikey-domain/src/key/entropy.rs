//! How hard a custom key is to guess.
//!
//! The estimate reads a text as somebody would who tries the obvious first: what was
//! there before, sequences, rows of a keyboard and common words cost next to nothing,
//! every other character what its kind offers. It is no proof of randomness. It
//! refuses what nobody should use, and accepts what a generator makes.

mod runs;
mod words;

use crate::{
    invalid::Invalid,
    key::{plain_key::PlainKey, token::KeyPrefix},
};
use zeroize::Zeroizing;

/// The fewest bits by this estimate that the secret of a custom key may have.
const FEWEST_BITS: u32 = 64;

/// What it costs to say that something comes again, or goes on: a place and a length.
const BITS_OF_A_RUN: f64 = 6.0;
/// What a common word costs, with its spelling.
const BITS_OF_A_WORD: f64 = 10.0;
/// How much more a text may be worth than a choice among its own characters: a random
/// text does not use all that it could.
const UNUSED: f64 = 1.4;

/// Estimates how many bits of entropy a text has.
///
/// # Example
///
/// ```
/// use apikey_domain::key::entropy::estimated_bits;
///
/// assert!(estimated_bits("aaaaaaaaaaaaaaaa") < 20);
/// assert!(estimated_bits("passwordpassword") < 20);
/// assert!(estimated_bits("9f86d081884c7d65") >= 64);
/// ```
pub fn estimated_bits(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let folded = Zeroizing::new(text.to_ascii_lowercase().into_bytes());
    let plain: Vec<u8> = folded.iter().map(|byte| words::letter(*byte)).collect();
    let plain = Zeroizing::new(plain);
    let is_digits = bytes.iter().all(u8::is_ascii_digit);
    // Which kind of character it is, where there are several.
    let of_kind = if is_digits { 0.0 } else { 1.0 };
    let mut bits = 0.0;
    let mut at = 0;
    while at < bytes.len() {
        let word = words::length_at(&folded, &plain, at);
        let run = runs::repetition(&folded, at).max(runs::sequence(&folded, at));
        at += if run >= runs::SHORTEST && run >= word {
            bits += BITS_OF_A_RUN;
            run
        } else if word > 0 {
            bits += BITS_OF_A_WORD;
            word
        } else {
            bits += bits_of(bytes[at]) + of_kind;
            1
        };
    }
    let mut distinct = folded.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let choice = (distinct.len().max(1) as f64).log2() * bytes.len() as f64;
    // At most 512 characters of 8 bits, so nothing is cut off.
    bits.min(choice * UNUSED) as u32
}

/// Checks that the secret of a custom key is not easy to guess. Whoever knows the
/// public half of a key has only that left to guess.
///
/// # Errors
///
/// [`Invalid`] for `custom` if the estimate is below 64 bits.
///
/// # Example
///
/// ```
/// use apikey_domain::key::{
///     entropy::check_strength, plain_key::{CustomKey, PlainKey}, token::KeyPrefix,
/// };
///
/// let prefix = KeyPrefix::parse("acme").unwrap();
/// let key = |text: &str| PlainKey::parse(CustomKey::new(text), &prefix).unwrap();
/// assert!(check_strength(&key("1234567890123456"), &prefix).is_err());
/// assert!(check_strength(&key("acme_9f86d081884c7d65_secret"), &prefix).is_err());
/// assert!(check_strength(&key("acme_a_9f86d081884c7d659a2feaa0"), &prefix).is_ok());
/// ```
pub fn check_strength(key: &PlainKey, prefix: &KeyPrefix) -> Result<(), Invalid> {
    if estimated_bits(key.presented(prefix).secret()) >= FEWEST_BITS {
        return Ok(());
    }
    let rule = "is too easy to guess: let a generator of random text make its secret";
    Err(Invalid::new("custom", rule))
}

/// What a character is worth among those of its kind.
fn bits_of(byte: u8) -> f64 {
    match byte {
        b'0'..=b'9' => 3.3,
        b'a'..=b'z' | b'A'..=b'Z' => 4.7,
        // They stand between words.
        b'-' | b'_' | b'.' | b' ' => 1.0,
        _ => 5.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{port::secret_source::SecretSource, testing::FixedSecrets};

    #[test]
    fn the_obvious_is_refused() {
        for text in [
            "",
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            "1234567890123456",
            "0123456789abcdef",
            "fedcba9876543210",
            "abcdefghijklmnopqrstuvwxyz",
            "zyxwvutsrqponmlk",
            "qwertyuiopasdfgh",
            "1qaz2wsx3edc4rfv",
            "passwordpassword",
            "P@ssw0rdP@ssw0rd",
            "Password12345678",
            "correcthorsebatterystaple",
            "correct-horse-battery-staple",
            "my-secret-api-key",
            "sk-test-1234567890",
            "test-key-for-production",
            "changeme-changeme",
            "letmein123letmein",
            "Ab3$xK9qAb3$xK9q",
            "Ab3$xK9q-Ab3$xK9q-Ab3$xK9q",
            "2024-01-01-2024-01-02",
            "4111111111111111",
            "1112223334445556",
            "11223344556677889900",
            "aaaaaaaabbbbbbbbccccccccdddddddd",
            "0000000000000000000000000000000000000000000000000000000000000001",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "admin@example.com",
            "thisisasecretkey",
            "!!!!!!!!!!!!!!!!",
            "abcdabcdabcdabcd",
            "xyzxyzxyzxyzxyzx",
            "a1b2c3d4e5f6g7h8",
            "q1w2e3r4t5y6u7i8",
            "00112233445566778899aabbccddeeff",
            "3141592653589793",
            "company-prod-key-2024",
            "Summer2024!Summer2024!",
        ] {
            let bits = estimated_bits(text);
            assert!(bits < FEWEST_BITS, "{text:?}: {bits}");
        }
        assert!(estimated_bits(&"deadbeef".repeat(64)) < FEWEST_BITS);
    }

    #[test]
    fn what_generators_make_is_accepted() {
        for text in [
            "9f86d081884c7d65",
            "6fa459ea-ee8a-3ca4-894e-db77e160355e",
            "Zx8Q2mVt7LpR4kNc",
            "sk-proj-Zx8Q2mVt7LpR4kNcJw5B",
            "k7/Qp+2vX9sLm3Zt8RbWnA==",
            "83150672941927360584275169",
        ] {
            let bits = estimated_bits(text);
            assert!(bits >= FEWEST_BITS, "{text:?}: {bits}");
        }
    }

    #[test]
    fn random_keys_of_128_bits_are_accepted() {
        let secrets = FixedSecrets::default();
        for _ in 0..2_000 {
            let mut bytes = [0; 16];
            secrets.fill(&mut bytes).unwrap();
            let text = crate::hex::encode_hex(&bytes);
            assert!(estimated_bits(&text) >= FEWEST_BITS, "{text}");
        }
    }
}
