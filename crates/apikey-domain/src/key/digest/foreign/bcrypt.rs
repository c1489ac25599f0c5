//! Bcrypt, in the format of OpenBSD.

use super::refused::refused;
use crate::invalid::Invalid;
use base64::{
    Engine,
    alphabet::BCRYPT,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::NO_PAD},
};
use subtle::ConstantTimeEq;

/// Not every writer of bcrypt clears the bits that its last characters have too many.
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_allow_trailing_bits(true);
const CODE: GeneralPurpose = GeneralPurpose::new(&BCRYPT, LENIENT);

/// How long the stored form is.
const LENGTH: usize = 60;
const SALT_TEXT: std::ops::Range<usize> = 7..29;

/// Bcrypt of the whole key.
///
/// It looks at the first 72 bytes of a text only. A longer key matches none: all keys with
/// the same beginning would be right, and the first that is used would become the only one.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::{Bcrypt, ForeignDigest, SlowDigest};
///
/// let text = "$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO";
/// let digest = ForeignDigest::parse(text).unwrap();
/// let Some(SlowDigest::Bcrypt(bcrypt)) = digest.slow() else { panic!("not bcrypt") };
/// assert_eq!((bcrypt.cost(), bcrypt.salt()[0]), (4, 0x71));
/// assert!(!bcrypt.is_output(&[0; Bcrypt::OUTPUT_BYTES]));
///
/// let hungry = text.replace("$04$", "$31$");
/// assert!(ForeignDigest::parse(&hungry).is_err());
/// ```
#[derive(PartialEq, Eq)]
pub struct Bcrypt {
    /// The stored form, of which there may be several with the same meaning.
    text: Box<str>,
    cost: u32,
    salt: [u8; 16],
    output: [u8; Self::OUTPUT_BYTES],
}

/// Returns whether a text begins as the stored form does. The three letters mean the same
/// for a text that bcrypt sees as a whole and that is ASCII.
pub(super) fn begins(text: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|name| text.starts_with(name))
}

// === impl Bcrypt ===

impl Bcrypt {
    /// The highest cost: 2 to the power of so many rounds.
    pub const HIGHEST_COST: u32 = 14;
    /// The lowest cost that there is.
    pub const LOWEST_COST: u32 = 4;
    /// How many bytes of a text are looked at.
    pub const LONGEST_TEXT: usize = 72;
    /// How long the output is, in bytes.
    pub const OUTPUT_BYTES: usize = 23;

    /// Parses the stored form, which begins as one.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        let parsed = Self::parts(text);
        let parsed =
            parsed.ok_or_else(|| refused("must be bcrypt in its form of 60 characters"))?;
        if (Self::LOWEST_COST..=Self::HIGHEST_COST).contains(&parsed.cost) {
            Ok(parsed)
        } else {
            Err(refused("must be bcrypt of a cost of 4 to 14"))
        }
    }

    fn parts(text: &str) -> Option<Self> {
        let is_whole = text.len() == LENGTH && text.is_ascii() && text.as_bytes()[6] == b'$';
        if !is_whole {
            return None;
        }
        let cost = &text[4..6];
        let is_number = cost.bytes().all(|byte| byte.is_ascii_digit());
        let salt = CODE.decode(&text[SALT_TEXT]).ok()?;
        let output = CODE.decode(&text[SALT_TEXT.end..]).ok()?;
        Some(Self {
            cost: cost.parse().ok().filter(|_| is_number)?,
            salt: salt.try_into().ok()?,
            output: output.try_into().ok()?,
            text: text.into(),
        })
    }

    pub(super) fn to_text(&self) -> String {
        self.text.to_string()
    }

    /// Returns the cost.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Returns the salt.
    pub fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// Returns whether this is the output that is stored. The comparison is constant-time.
    pub fn is_output(&self, computed: &[u8]) -> bool {
        self.output[..].ct_eq(computed).into()
    }
}

impl std::fmt::Debug for Bcrypt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bcrypt(redacted)")
    }
}
