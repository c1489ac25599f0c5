//! Writes the digests of keys, where the keys stay the same.

use super::{
    connection::Connection,
    job::{Effects, Written},
    peppers,
};
use crate::schema::{api_key_credentials, api_keys};
use apikey_domain::{
    key::credential::CredentialNumber, verification::renewal_buffer::DigestRenewal,
};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use std::time::Duration;

/// How long a verification waits for it.
pub(super) const RENEWAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Replaces a digest by another one of the same key. Nobody's right has changed, so this has
/// no effects. A writer holds the lock of the key: whether the digest
/// is in its row or in that of a credential stays as it is.
pub(super) async fn renew(connection: &mut Connection, renewal: &DigestRenewal) -> Written<bool> {
    let DigestRenewal { id, number, .. } = renewal;
    if !peppers::may_be_renewed_under(connection, renewal.new.pepper_id()).await? {
        return Ok((false, Effects::none()));
    }
    let (old, new) = (renewal.old.to_text(), renewal.new.to_text());
    let mut renewed = 0;
    if *number == CredentialNumber::FIRST {
        renewed = diesel::update(api_keys::table.find(id.0))
            .filter(api_keys::secret_digest.eq(&old))
            .set(api_keys::secret_digest.eq(&new))
            .execute(connection)
            .await?;
    }
    if renewed == 0 {
        renewed = diesel::update(api_key_credentials::table.find((id.0, number.0)))
            .filter(api_key_credentials::secret_digest.eq(&old))
            .set(api_key_credentials::secret_digest.eq(&new))
            .execute(connection)
            .await?;
    }
    Ok((renewed > 0, Effects::none()))
}
