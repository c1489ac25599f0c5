//! Argon2id, in the format of the Password Hashing Competition.

use super::refused::refused;
use crate::invalid::Invalid;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use std::ops::RangeInclusive;
use subtle::ConstantTimeEq;

/// What the stored form begins with. The version is the only one that is still written.
pub(super) const BEGINNING: &str = "$argon2id$v=19$";

/// Argon2id of the secret: what GPUStack stored of every key at first.
///
/// It is computed by a [port](crate::port::slow_digests), which needs these parameters. They
/// are bounded: GPUStack's are 64 MiB, 3 passes and 4 lanes.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::{ForeignDigest, SlowDigest};
///
/// let text = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
/// let digest = ForeignDigest::parse(text).unwrap();
/// let Some(SlowDigest::Argon2id(argon2id)) = digest.slow() else { panic!("not argon2id") };
/// assert_eq!((argon2id.memory_kib(), argon2id.passes(), argon2id.lanes()), (65_536, 3, 4));
/// assert_eq!((argon2id.salt(), argon2id.output_bytes()), (&b"saltsalt"[..], 16));
/// assert!(argon2id.is_output(&[0; 16]) && !argon2id.is_output(&[1; 16]));
///
/// let hungry = text.replace("m=65536", "m=4194304");
/// assert!(ForeignDigest::parse(&hungry).is_err());
/// ```
#[derive(PartialEq, Eq)]
pub struct Argon2id {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Box<[u8]>,
    output: Box<[u8]>,
}

// === impl Argon2id ===

impl Argon2id {
    /// How much memory it may take, in KiB.
    pub const MOST_MEMORY_KIB: u32 = 256 * 1_024;
    /// How many lanes it may have.
    pub const MOST_LANES: u32 = 16;
    /// How much it may write in all its passes, in KiB: more than five times as much as
    /// with the parameters of GPUStack.
    pub const MOST_WORK_KIB: u64 = 1_024 * 1_024;
    /// How long the salt may be, in bytes.
    pub const SALT_BYTES: RangeInclusive<usize> = 8..=64;
    /// How long the output may be, in bytes.
    pub const OUTPUT_BYTES: RangeInclusive<usize> = 16..=64;

    /// Parses what is behind the name and the version.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        let parsed = Self::parts(text);
        let parsed = parsed.ok_or_else(|| refused("must be argon2id as '$argon2id$v=19$m=…'"))?;
        if parsed.is_within_bounds() {
            Ok(parsed)
        } else {
            Err(refused(
                "must be argon2id of at most 256 MiB, 1 GiB in all passes and 16 lanes, with a \
                 salt of 8 to 64 and an output of 16 to 64 bytes",
            ))
        }
    }

    fn parts(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (parameters, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut parameters = parameters.split(',');
        let mut parameter = |name| number(parameters.next()?.strip_prefix(name)?);
        let (memory_kib, passes, lanes) = (parameter("m=")?, parameter("t=")?, parameter("p=")?);
        if parameters.next().is_some() || parts.next().is_some() {
            return None;
        }
        // Their sizes are checked first: the text may be as long as a database allows.
        let decode = |text: &str, bytes: &RangeInclusive<usize>| {
            let decoded = (text.len() <= bytes.end() * 2).then(|| STANDARD_NO_PAD.decode(text));
            decoded?.ok().map(Vec::into_boxed_slice)
        };
        Some(Self {
            memory_kib,
            passes,
            lanes,
            salt: decode(salt, &Self::SALT_BYTES)?,
            output: decode(output, &Self::OUTPUT_BYTES)?,
        })
    }

    fn is_within_bounds(&self) -> bool {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        (1..=Self::MOST_LANES).contains(&self.lanes)
            && (8 * self.lanes..=Self::MOST_MEMORY_KIB).contains(&self.memory_kib)
            && self.passes >= 1
            && work <= Self::MOST_WORK_KIB
            && Self::SALT_BYTES.contains(&self.salt.len())
            && Self::OUTPUT_BYTES.contains(&self.output.len())
    }

    pub(super) fn to_text(&self) -> String {
        let (salt, output) = (&self.salt, &self.output);
        let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
        let (m, t, p) = (self.memory_kib, self.passes, self.lanes);
        format!("{BEGINNING}m={m},t={t},p={p}${salt}${output}")
    }

    /// Returns how much memory it takes, in KiB.
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Returns how often it passes over the memory.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Returns how many lanes it has.
    pub fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Returns the salt.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Returns how long the output is, in bytes.
    pub fn output_bytes(&self) -> usize {
        self.output.len()
    }

    /// Returns whether this is the output that is stored. The comparison is constant-time.
    pub fn is_output(&self, computed: &[u8]) -> bool {
        self.output.ct_eq(computed).into()
    }
}

/// Parses a number in the only form in which it is written again.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

impl std::fmt::Debug for Argon2id {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Argon2id(redacted)")
    }
}
