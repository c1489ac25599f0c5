//! The masked form of a key, shown after the response that created it.

use crate::{
    gpustack::CUSTOM_KEY_MASK,
    key::token::{AccessKey, KeyPrefix},
};

/// Masks a key: `{prefix}_{first 4 characters of the access key}***`,
/// `{prefix}_***` if the access key is shorter than 8 characters, `Custom API
/// Key` for a custom key.
///
/// Specified under "The key" in `docs/api.md`.
///
/// # Example
///
/// ```
/// use apikey_domain::key::mask::{Origin, masked};
/// use apikey_domain::key::token::{AccessKey, KeyPrefix};
///
/// let prefix = KeyPrefix::default();
/// let access_key = AccessKey::new("0123456789abcdef");
/// assert_eq!(masked(&prefix, &access_key, Origin::Generated), "gpustack_0123***");
/// assert_eq!(masked(&prefix, &access_key, Origin::Custom), "Custom API Key");
/// ```
pub fn masked(prefix: &KeyPrefix, access_key: &AccessKey, origin: Origin) -> String {
    let prefix = prefix.as_str();
    match origin {
        Origin::Custom => CUSTOM_KEY_MASK.to_owned(),
        Origin::Generated if access_key.as_str().chars().count() < 8 => format!("{prefix}_***"),
        Origin::Generated => {
            let shown: String = access_key.as_str().chars().take(4).collect();
            format!("{prefix}_{shown}***")
        }
    }
}

/// Who created the text of a key.
///
/// # Example
///
/// ```
/// assert!(apikey_domain::key::mask::Origin::Custom.is_custom());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// This service, from its secret source.
    Generated,
    /// The caller, who supplied it.
    Custom,
}

impl Origin {
    /// Returns whether the caller supplied the key.
    pub fn is_custom(self) -> bool {
        self == Self::Custom
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_mask_never_shows_more_than_four_characters(access_key in ".*") {
            let prefix = KeyPrefix::default();
            let mask = masked(&prefix, &AccessKey::new(access_key.clone()), Origin::Generated);
            let shown = mask
                .strip_prefix("gpustack_")
                .and_then(|rest| rest.strip_suffix("***"))
                .unwrap();
            prop_assert!(shown.chars().count() <= 4);
            prop_assert!(access_key.starts_with(shown));
            prop_assert!(shown.is_empty() || access_key.chars().count() >= 8);
        }

        #[test]
        fn a_custom_key_shows_nothing(access_key in ".*") {
            let mask = masked(&KeyPrefix::default(), &AccessKey::new(access_key), Origin::Custom);
            prop_assert_eq!(mask, "Custom API Key");
        }
    }
}
