//! Ids of keys, users, principals and sessions.
//!
//! User ids and principal ids are separate number spaces, so they have separate
//! types. An organization is identified by the id of its principal.

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
    /// Identifies a user, who can sign in.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(apikey_domain::identifier::UserId(1).to_string(), "1");
    /// ```
    UserId
);
identifier!(
    /// Identifies a principal, which can own keys.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(apikey_domain::identifier::PrincipalId(-1).to_string(), "-1");
    /// ```
    PrincipalId
);
identifier!(
    /// Identifies a session of a user. It is no secret: nobody signs in with it.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(apikey_domain::identifier::SessionId(5).to_string(), "5");
    /// ```
    SessionId
);
