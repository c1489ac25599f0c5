use super::*;
use crate::key::token::KeyPrefix;
use proptest::prelude::*;

/// Keys of a running GPUStack 2.3.0, and the digests that it stored: of a key of the usual
/// form, of one that somebody chose in that form, and of one of four characters.
const OF_GPUSTACK: [(&str, &str); 3] = [
    (
        "gpustack_36d83578b58f396c_9a81fe5ba308c2dd09e1f0d864ca4116",
        "sha256$a665d3845152354af2a88b2542f8869b$\
         460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3",
    ),
    (
        "gpustack_0123abcd4567ef89_00112233445566778899aabbccddeeff",
        "sha256$9ab27e3d2932dfbd762a747c98c10895$\
         2e0d7f827cd69b0bcc80965c3ada5d977262c2ee90c2de45381ad745044ee8f9",
    ),
    (
        "abc1",
        "sha256$a285469665532a92d3c21176f57900ce$\
         5c2a4444144abb2415fdfeba872c7a8096a2dfc7de65fafec1edda68db424ca1",
    ),
];

const ARGON2ID: &str = "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g\
                        $VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A";
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO";

fn parsed(text: &str) -> ForeignDigest {
    ForeignDigest::parse(text).unwrap()
}

fn matches(digest: &ForeignDigest, key: &str) -> Option<bool> {
    digest.matches_at_once(&PresentedKey::parse(&KeyPrefix::default(), key))
}

fn hashed<'a>(digest: &ForeignDigest, key: &'a str) -> &'a str {
    digest.hashed_text(&PresentedKey::parse(&KeyPrefix::default(), key))
}

#[test]
fn a_key_of_gpustack_matches_its_digest_and_no_other_does() {
    for (key, text) in OF_GPUSTACK {
        let digest = parsed(text);
        assert_eq!(digest.to_text(), text);
        for (other, _) in OF_GPUSTACK {
            assert_eq!(matches(&digest, other), Some(other == key), "{other}");
        }
        assert_eq!(matches(&digest, &format!("{key}x")), Some(false));
    }
}

#[test]
fn an_unsalted_digest_is_that_of_the_whole_key() {
    // Reference value: `printf gpustack_access_secret | sha256sum`.
    let hex = "8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69";
    let digest = ForeignDigest::import(hex).unwrap();
    assert_eq!(parsed(&digest.to_text()), digest);
    assert_eq!(matches(&digest, "gpustack_access_secret"), Some(true));
    assert_eq!(matches(&digest, "secret"), Some(false));
    // In a row the kind is named.
    assert!(ForeignDigest::parse(hex).is_err());
    assert_ne!(parsed(&format!("sha256$s${hex}")), digest);
}

#[test]
fn what_takes_long_is_of_the_secret_or_of_the_whole_key() {
    let (argon2id, bcrypt) = (parsed(ARGON2ID), parsed(BCRYPT));
    for digest in [&argon2id, &bcrypt] {
        assert!(digest.slow().is_some());
        assert_eq!(matches(digest, "gpustack_a_b_c"), None);
        assert_eq!(hashed(digest, "sk-1"), "sk-1");
    }
    assert_eq!(hashed(&argon2id, "gpustack_a_b_c"), "b_c");
    assert_eq!(hashed(&bcrypt, "gpustack_a_b_c"), "gpustack_a_b_c");
}

#[test]
fn the_parts_of_bcrypt_are_those_of_its_reference() {
    // 22 characters have four bits more than 16 bytes: `u` and `v` say the same.
    let digest = |text: &str| match parsed(text) {
        ForeignDigest::Slow(SlowDigest::Bcrypt(bcrypt)) => bcrypt,
        other => panic!("{other:?}"),
    };
    let (one, other) = (
        digest(BCRYPT),
        digest(&BCRYPT.replace("rstuuvmC", "rstuvvmC")),
    );
    assert_eq!(one.salt(), other.salt());
    assert_ne!(one.to_text(), other.to_text());
    for name in ["$2a$", "$2y$"] {
        let text = BCRYPT.replace("$2b$", name);
        assert_eq!(digest(&text).to_text(), text);
    }
}

#[test]
fn what_would_take_much_or_is_not_written_so_is_refused() {
    let salted = OF_GPUSTACK[0].1;
    let of_argon2id = |from: &str, to: &str| ARGON2ID.replace(from, to);
    let refused = [
        String::new(),
        "sha256".to_owned(),
        "$argon2id$".to_owned(),
        "$2b$".to_owned(),
        salted.to_uppercase(),
        salted.replace("sha256$a", "SHA256$a"),
        salted.replace("460db7", "460DB7"),
        salted.replace("a665d3845152354af2a88b2542f8869b", ""),
        salted.replace("a665d3845152354af2a88b2542f8869b", &"a".repeat(129)),
        salted.replace("a665", "a 65"),
        format!("{salted}0"),
        format!("{salted}$"),
        of_argon2id("argon2id", "argon2i"),
        of_argon2id("v=19", "v=16"),
        of_argon2id("m=65536", "m=262145"),
        of_argon2id("m=65536", "m=065536"),
        of_argon2id("m=65536", "m=+65536"),
        of_argon2id("m=65536", "m=4294967296"),
        of_argon2id("m=65536", "m=31"),
        of_argon2id("t=3", "t=0"),
        of_argon2id("t=3", "t=17"),
        of_argon2id("p=4", "p=0"),
        of_argon2id("p=4", "p=17"),
        of_argon2id("p=4", "p=4,keyid=AAAA"),
        of_argon2id("p=4", "p=4,"),
        of_argon2id("t=3,p=4", "p=4,t=3"),
        of_argon2id("0EsUj39xf8SbvCaU+Lwq3g", "c2FsdA"),
        of_argon2id("0EsUj39xf8SbvCaU+Lwq3g", &"A".repeat(1 << 20)),
        of_argon2id("VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A", "AAAA"),
        of_argon2id(
            "VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A",
            &"A".repeat(88),
        ),
        // Bits that the last character has too many.
        of_argon2id("FX69A", "FX69B"),
        format!("{ARGON2ID}$"),
        BCRYPT.replace("$04$", "$03$"),
        BCRYPT.replace("$04$", "$15$"),
        BCRYPT.replace("$04$", "$+4$"),
        BCRYPT.replace("$04$", "$04."),
        BCRYPT.replace("$2b$", "$2x$"),
        BCRYPT.replace("abc", "ab-"),
        BCRYPT.replace("abc", "abü"),
        format!("{BCRYPT}a"),
        format!("hmac-sha256$0a1b2c3d${}", "00".repeat(32)),
    ];
    for text in refused {
        let invalid = ForeignDigest::parse(&text).unwrap_err();
        assert_eq!(invalid.field, "secret_digest", "{text}");
        // The longest of what is a part of a digest that could be in an answer.
        assert!(!invalid.message.contains("460db7"), "{}", invalid.message);
    }
    for text in [
        of_argon2id("t=3", "t=16"),
        of_argon2id("m=65536,t=3", "m=262144,t=4"),
    ] {
        assert_eq!(parsed(&text).to_text(), text);
    }
}

#[test]
fn nothing_of_a_digest_is_printed() {
    let digests = [OF_GPUSTACK[0].1, ARGON2ID, BCRYPT];
    let printed = digests.map(|text| format!("{:?}", parsed(text)));
    let expected = ["SaltedSha256(redacted)", "Slow(redacted)", "Slow(redacted)"];
    assert_eq!(printed, expected);
}

proptest! {
    #[test]
    fn what_is_parsed_is_written_as_it_was(text in "(sha256|sha256-whole|\\$argon2id\\$v=19|\\$2b)\\$[ -~]{0,120}") {
        if let Ok(digest) = ForeignDigest::parse(&text) {
            prop_assert_eq!(digest.to_text(), text);
        }
    }

    #[test]
    fn any_parameters_of_argon2id_are_written_as_they_were(
        m in 0_u32..300_000, t in 0_u32..200, p in 0_u32..20,
    ) {
        let text = ARGON2ID.replace("m=65536,t=3,p=4", &format!("m={m},t={t},p={p}"));
        if let Ok(digest) = ForeignDigest::parse(&text) {
            prop_assert_eq!(digest.to_text(), text);
            prop_assert!(u64::from(m) * u64::from(t) <= Argon2id::MOST_WORK_KIB);
        }
    }
}
