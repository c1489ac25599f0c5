//! How a group of settings is declared.

use crate::config::{given::Given, setting::Described};

/// Settings that belong together.
pub(in crate::config) trait Group: Sized {
    /// Returns what is said of them.
    fn described() -> Vec<Described>;

    /// Reads them. `None` if one of them is invalid, which is noted among what was given.
    fn read(given: &mut Given<'_>) -> Option<Self>;
}

/// Declares a group: a struct with a field for each setting.
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        pub struct $group:ident {
            $( $(#[doc = $help:literal])+ $field:ident: $type:ty = $setting:expr; )+
        }
    ) => {
        $(#[doc = $about])+
        pub struct $group {
            $( $(#[doc = $help])+ pub $field: $type, )+
        }

        impl $crate::config::declared::group::Group for $group {
            fn described() -> Vec<$crate::config::setting::Described> {
                let mut described = Vec::new();
                $(
                    let setting: $crate::config::setting::Setting<_, $type> = $setting;
                    let help = concat!($($help),+);
                    described.push(setting.named(stringify!($field), help).described());
                )+
                described
            }

            fn read(given: &mut $crate::config::given::Given<'_>) -> Option<Self> {
                $(
                    let setting: $crate::config::setting::Setting<_, $type> = $setting;
                    let $field = given.value(&setting.named(stringify!($field), ""));
                )+
                Some(Self { $( $field: $field? ),+ })
            }
        }
    };
}
pub(super) use settings;
