//! Owners of much.

use super::TestKeys;
use apikey_domain::{
    identifier::PrincipalId,
    identity::{
        organization::{Organization, Role},
        user::User,
    },
    key::api_key::ApiKey,
};
use futures_util::future::join_all;

/// More keys, or members, than a store deletes in one transaction.
pub(super) const MORE_THAN_AT_ONCE: usize = 501;

/// How many are created concurrently.
const CONCURRENCY: usize = 100;

/// Creates so many keys of a user, and returns them by id.
pub(super) async fn many_keys(
    store: &TestKeys,
    user: &User,
    owner: PrincipalId,
    count: usize,
) -> Vec<ApiKey> {
    let names: Vec<_> = (0..count).map(|number| format!("{number:05}")).collect();
    let mut keys = Vec::new();
    for names in names.chunks(CONCURRENCY) {
        let created = names.iter().map(|name| store.key(user, owner, name));
        keys.extend(join_all(created).await);
    }
    keys.sort_by_key(|key| key.id);
    keys
}

/// Adds so many new users to an organization, and returns them by id.
pub(super) async fn many_members(
    store: &TestKeys,
    organization: &Organization,
    count: usize,
) -> Vec<User> {
    let slug = organization.slug.as_str();
    let names: Vec<_> = (0..count)
        .map(|number| format!("{slug} {number:05}"))
        .collect();
    let mut users = Vec::new();
    for names in names.chunks(CONCURRENCY) {
        let joined = names.iter().map(|name| async move {
            let user = store.user(name).await;
            store.join(organization, &user, Role::User).await;
            user
        });
        users.extend(join_all(joined).await);
    }
    users.sort_by_key(|user| user.id);
    users
}
