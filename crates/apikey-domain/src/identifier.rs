//! The numbers by which things are known.
//!
//! User ids and principal ids are different number spaces; their types keep
//! them apart. An organization is known by the id of its principal.

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

identifier!(
    /// Identifies an API key.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(apikey_domain::identifier::ApiKeyId(73).to_string(), "73");
    /// ```
    ApiKeyId
);
identifier!(
    /// Identifies a user: someone who signs in.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(apikey_domain::identifier::UserId(1).to_string(), "1");
    /// ```
    UserId
);
identifier!(
    /// Identifies a principal: whatever can own things.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(apikey_domain::identifier::PrincipalId(-1).to_string(), "-1");
    /// ```
    PrincipalId
);
