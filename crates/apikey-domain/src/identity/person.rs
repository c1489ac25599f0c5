//! Someone among whom others choose.

use crate::{
    identifier::UserId,
    identity::{
        organization::Member,
        user::{FullName, User, Username},
    },
    listing::Listed,
};

/// A user, as those are shown them who only choose among people: by name.
///
/// # Example
///
/// ```
/// use apikey_domain::{identity::person::Person, testing::fixture};
///
/// let person = Person::from(fixture::user(1, 11));
/// assert_eq!(person.id.0, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The id of the user.
    pub id: UserId,
    /// The name with which they sign in.
    pub username: Username,
    /// Their full name.
    pub full_name: Option<FullName>,
}

// === impl Person ===

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            full_name: user.full_name,
        }
    }
}

impl From<Member> for Person {
    fn from(member: Member) -> Self {
        Self {
            id: member.user_id,
            username: member.username,
            full_name: member.full_name,
        }
    }
}

impl Listed for Person {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.id
    }

    fn text_bytes(&self) -> usize {
        let full_name = self.full_name.as_ref();
        self.username.as_str().len() + full_name.map_or(0, |name| name.as_str().len())
    }
}
