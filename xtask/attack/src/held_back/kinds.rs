//! Whose right ends, how, and under which write.

/// How someone signs in, and as whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A user, with a key of their own.
    Key,
    /// A platform admin, with a key of their own.
    AdminKey,
    /// An admin of an organization, with a key that the organization owns.
    OrganizationKey,
    /// A user who is an admin of an organization, with their password.
    Password,
    /// A platform admin, with their password.
    AdminPassword,
    /// A member, with their password, for the organization.
    PasswordForOrganization,
}

/// A way in which a right ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// It does not end.
    None,
    KeyDeleted,
    /// The key no longer grants `management`.
    KeyNarrowed,
    KeyExpired,
    UserDeactivated,
    UserDeleted,
    /// The user is no longer a platform admin.
    UserDemoted,
    NewPassword,
    MemberRemoved,
    /// The member is no longer an admin of the organization.
    MemberDemoted,
    OrganizationGone,
}

/// A request that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Write {
    CreateKey,
    UpdateKey,
    ChangeSelf,
    CreateUser,
    UpdateUser,
    Activate,
    CreateOrganization,
    UpdateOrganization,
    AddMember,
    ChangeMember,
}

// === impl Who ===

impl Who {
    pub(super) fn is_admin(self) -> bool {
        matches!(self, Self::AdminKey | Self::AdminPassword)
    }
}
