//! How a right is ended.

use crate::{
    held_back::{
        kinds::Loss,
        person::{EXPIRES_IN, Person},
    },
    target::Target,
};
use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

// === impl Loss ===

impl Loss {
    pub(super) fn is_none(self) -> bool {
        self == Self::None
    }

    /// Ends a person's right through a server, and returns once that is answered.
    pub(super) async fn inflict(self, target: &Target, person: &Person) -> Result<()> {
        let user = format!("/v2/users/{}", person.user);
        let organization = format!("/v2/organizations/{}", person.organization);
        let member = format!("{organization}/members/{}", person.user);
        let key = format!("/v2/api-keys/{}", person.key.id);
        let (method, path, json) = match self {
            Self::None => return Ok(()),
            Self::KeyExpired => {
                let rest = Duration::from_secs(EXPIRES_IN) + Duration::from_millis(200);
                let rest = rest.saturating_sub(person.key_made_at.elapsed());
                tokio::time::sleep(rest).await;
                return Ok(());
            }
            Self::KeyDeleted => (Method::DELETE, key, Value::Null),
            Self::KeyNarrowed => (Method::PUT, key, json!({"scope": ["inference"]})),
            Self::UserDeactivated => (Method::PUT, user, json!({"is_active": false})),
            Self::UserDeleted => (Method::DELETE, user, Value::Null),
            Self::UserDemoted => (Method::PUT, user, json!({"is_admin": false})),
            Self::NewPassword => (Method::PUT, user, json!({"password": "Passw0rd_2"})),
            Self::MemberRemoved => (Method::DELETE, member, Value::Null),
            Self::MemberDemoted => (Method::PUT, member, json!({"role": "user"})),
            Self::OrganizationGone => (Method::DELETE, organization, Value::Null),
        };
        target.admin(method, &path, &json).await.map(drop)
    }
}
