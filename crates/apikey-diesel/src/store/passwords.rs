//! Writes the hashes of passwords, where the passwords stay the same.

use super::{
    connection::Connection,
    job::{Effects, Written},
    sessions,
};
use crate::schema::stored_users;
use apikey_domain::{identifier::UserId, identity::password::PasswordHash};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

/// Replaces a hash by another of the same password. Nobody's right has changed, so this
/// has no effects: no event, and no stream that ends. It runs alone, like what changes a
/// user, for other writes rest on the row.
pub(super) async fn renew(
    connection: &mut Connection,
    id: UserId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Written<bool> {
    let renewed = diesel::update(stored_users::table.find(id.0))
        .filter(stored_users::password_hash.eq(old.as_str()))
        .set(stored_users::password_hash.eq(new.as_str()))
        .execute(connection)
        .await?;
    if renewed > 0 {
        sessions::renew(connection, id, old, new).await?;
    }
    Ok((renewed > 0, Effects::none()))
}
