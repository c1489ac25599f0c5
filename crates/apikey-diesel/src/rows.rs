//! Rows as the database has them, and back into the domain's types.
//!
//! A row that breaks the domain's rules is [`PortError::Corrupt`], naming the
//! table, the row and the column; never a panic.

mod api_key;
mod columns;
mod event;
mod found;
mod key_facts;
mod organization;
mod user;

pub(crate) use api_key::{ApiKeyRow, credential};
use apikey_domain::error::PortError;
pub(crate) use columns::{expiry_column, model_names_column, scope_column};
pub(crate) use event::{EventRow, NewEventRow, snapshot};
pub(crate) use found::Found;
pub(crate) use key_facts::key_facts;
pub(crate) use organization::{MemberRow, OrganizationRow};
pub(crate) use user::{UserRow, user_credential};

/// Turns rows into the domain's types, or says which is corrupt.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, PortError>
where
    T: TryFrom<R, Error = PortError>,
{
    rows.into_iter().map(T::try_from).collect()
}
