//! What takes over the rows of another service, and what gives them.

use crate::{
    access::authority::Authority,
    error::PortError,
    identifier::{PrincipalId, UserId},
    import::{
        draft::Drafted,
        facts::{Administrators, Facts, HighestIds, ImportOptions},
        finding::Outcome,
        source::{RowId, RowKind, SourceName, SourceRow},
    },
};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Rows that are imported together.
///
/// # Example
///
/// ```
/// use apikey_domain::{import::source::SourceName, port::import_store::ImportBatch};
///
/// let source = SourceName::parse("gpustack").unwrap();
/// let batch = ImportBatch { source, options: Default::default(), rows: Vec::new() };
/// assert!(!batch.options.keep_ids);
/// ```
#[derive(Clone, Debug)]
pub struct ImportBatch {
    /// Where they come from.
    pub source: SourceName,
    /// How they are imported.
    pub options: ImportOptions,
    /// The rows.
    pub rows: Vec<SourceRow>,
}

/// What became of a batch.
///
/// # Example
///
/// ```
/// use apikey_domain::port::import_store::Brought;
///
/// assert_eq!(Brought::Done(Vec::new()), Brought::Done(Vec::new()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// What became of each row.
    Done(Vec<Outcome>),
    /// Nothing: this row is another one than that which was imported under its id.
    AnotherSource(RowId),
}

/// Takes over rows, and remembers which became what.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     import::{finding::Done, source::{SourceName, SourceRow, SourceUser}},
///     port::import_store::{Brought, ImportBatch, ImportStore},
///     testing::fixture,
/// };
/// use apikey_testing::Memory;
///
/// # futures_executor::block_on(async {
/// let ada = SourceUser {
///     id: 4,
///     username: Some("ada".to_owned()),
///     full_name: None,
///     password: None,
///     require_password_change: false,
///     is_admin: false,
///     is_active: true,
///     known_by: None,
///     created_at: Some(7),
///     updated_at: None,
/// };
/// let batch = ImportBatch {
///     source: SourceName::parse("gpustack").unwrap(),
///     options: Default::default(),
///     rows: vec![SourceRow::User(ada)],
/// };
/// let store = Memory::new();
/// let brought = store.bring(fixture::by_service(), batch).await.unwrap();
/// let Brought::Done(outcomes) = brought else { panic!("it is the first") };
/// assert_eq!(outcomes[0].done, Done::Created);
/// # });
/// ```
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Imports rows in their order, in one transaction: for each it does what
    /// [`decide`](crate::import::decision::decide) says, and remembers the row. MUST record
    /// what it does as any other change, and change nothing if a row
    /// [is of another source](crate::import::decision::is_of_another_source). Rows are
    /// counted against no quota and refused for none. If ids are kept, an id that is given
    /// MUST be above the [highest](HighestIds) of the source and of these rows.
    async fn bring(&self, by: Authority, batch: ImportBatch) -> Result<Brought, PortError>;
}

/// What is known about rows before they are imported.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     import::source::{RowKind, SourceName},
///     port::import_store::ImportView,
/// };
/// use apikey_testing::Memory;
///
/// # futures_executor::block_on(async {
/// let source = SourceName::parse("gpustack").unwrap();
/// let imported = Memory::new().imported(&source, RowKind::Key, "", 100).await.unwrap();
/// assert!(imported.is_empty());
/// # });
/// ```
#[async_trait]
pub trait ImportView: Send + Sync {
    /// Returns what is known of a row, which is of the kind that was asked about. Changes
    /// nothing. `merged` says which users of the source are which users here, by their ids
    /// there: it MUST be taken as if it were remembered, but for the rows of these users
    /// themselves.
    async fn facts(
        &self,
        source: &SourceName,
        options: &ImportOptions,
        drafted: &Drafted,
        merged: &BTreeMap<i64, UserId>,
    ) -> Result<Facts, PortError>;

    /// Counts the active administrators of the platform. One whose hash is
    /// [`NO_PASSWORD`](crate::import::draft::NO_PASSWORD) has no password.
    async fn administrators(&self) -> Result<Administrators, PortError>;

    /// Counts the administrators of an organization.
    async fn organization_admins(&self, organization: PrincipalId) -> Result<u64, PortError>;

    /// Lists rows of a kind that were imported and had not gone, by their texts, after
    /// `after`; at most `most`.
    async fn imported(
        &self,
        source: &SourceName,
        kind: RowKind,
        after: &str,
        most: u32,
    ) -> Result<Vec<RowId>, PortError>;
}

/// What another service has.
///
/// # Example
///
/// A source that has nothing:
///
/// ```
/// use apikey_domain::{
///     error::PortError, import::source::{RowId, SourceRow}, port::import_store::ImportSource,
/// };
///
/// struct Nothing;
///
/// #[async_trait::async_trait]
/// impl ImportSource for Nothing {
///     async fn next(&mut self) -> Result<Vec<SourceRow>, PortError> {
///         Ok(Vec::new())
///     }
///
///     async fn absent(&mut self, rows: &[RowId]) -> Result<Vec<RowId>, PortError> {
///         Ok(rows.to_vec())
///     }
/// }
/// ```
#[async_trait]
pub trait ImportSource: Send {
    /// Returns the next rows: users first, then organizations, memberships, keys; none at
    /// the end.
    async fn next(&mut self) -> Result<Vec<SourceRow>, PortError>;

    /// Returns its highest ids, of those that may be kept. One that gives no ids has none.
    async fn highest_ids(&mut self) -> Result<HighestIds, PortError> {
        Ok(HighestIds::default())
    }

    /// Returns which of these rows it has no longer. A source that is not whole, such as a
    /// file that somebody wrote, has them all.
    async fn absent(&mut self, rows: &[RowId]) -> Result<Vec<RowId>, PortError>;
}
