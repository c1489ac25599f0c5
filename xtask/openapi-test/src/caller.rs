//! Who makes the requests.

use xtask_harness::request::Credentials;

/// The password of users here. That of the examples is another, or a call would change it.
pub(crate) const PASSWORD: &str = "Tester_123";

/// Who makes the requests of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Nobody,
    User,
    /// The same user, acting for an organization that they administer.
    OrganizationAdmin,
    PlatformAdmin,
    /// A key of the user.
    Key,
}

// === impl Caller ===

impl Caller {
    pub(crate) const ALL: [Self; 5] = [
        Self::Nobody,
        Self::User,
        Self::OrganizationAdmin,
        Self::PlatformAdmin,
        Self::Key,
    ];

    /// Returns the name of the caller, for people and for files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::User => "user",
            Self::OrganizationAdmin => "organization-admin",
            Self::PlatformAdmin => "platform-admin",
            Self::Key => "key",
        }
    }

    /// Returns what they sign in with. `key` is the value of the key.
    pub(crate) fn credentials(self, key: &str) -> Credentials<'_> {
        match self {
            Self::Nobody => Credentials::None,
            Self::User | Self::OrganizationAdmin => Credentials::Password("tester", PASSWORD),
            Self::PlatformAdmin => Credentials::Password("root", PASSWORD),
            Self::Key => Credentials::Key(key),
        }
    }
}
