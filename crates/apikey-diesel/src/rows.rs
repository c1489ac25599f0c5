//! The rows of the database, and their conversion into the domain's types.
//!
//! A row that breaks the domain's rules is [`PortError::Corrupt`], which names the
//! table, the row and what is wrong; it never causes a panic.

mod api_key;
mod columns;
mod context;
mod current_rights;
mod event;
mod import;
mod key_facts;
mod life;
mod name;
mod new_key;
mod organization;
mod place;
mod remembered;
mod removal;
mod session;
mod size;
mod snapshot;
mod stored_text;
mod user;
mod user_place;

pub(crate) use api_key::{ApiKeyRow, credential};
use apikey_domain::error::PortError;
pub(crate) use columns::{expiry_column, model_names_column, scope_column};
pub(crate) use context::RowContext;
pub(crate) use current_rights::{CurrentRightsColumns, CurrentRightsRow};
pub(crate) use event::{EventRow, NewEventRow};
pub(crate) use import::ImportRow;
pub(crate) use key_facts::{CredentialRow, KeyFactsRow, key_facts};
pub(crate) use life::{EXPIRES, LifeColumns, OWN_EXPIRY};
pub(crate) use name::{
    FullNameColumns, KeyNameColumns, NameRow, NumberRow, OrganizationNameColumns, UsernameColumns,
};
pub(crate) use new_key::{NewApiKeyRow, StoredKeyRow};
pub(crate) use organization::{MemberRow, OrganizationRow};
pub(crate) use place::{PlaceRow, SortColumn, sort_column};
pub(crate) use remembered::{RememberedRow, RequestRow};
pub(crate) use removal::RemovalRow;
pub(crate) use session::{SessionIdRow, SessionRow, current_session};
pub(crate) use size::{ApiKeySizeRow, EventSizeRow, OrganizationSizeRow, SizeRow, UserSizeRow};
pub(crate) use snapshot::snapshot;
#[cfg(feature = "postgres")]
pub(crate) use stored_text::StoredText;
pub(crate) use user::{UserRow, user_credential};
pub(crate) use user_place::{UserPlaceRow, UserSortColumn, user_sort_column};

/// Converts rows into the domain's types.
///
/// # Errors
///
/// [`PortError::Corrupt`], naming the first row that is corrupt.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, PortError>
where
    T: TryFrom<R, Error = PortError>,
{
    rows.into_iter().map(T::try_from).collect()
}
