//! Rows of another service, for the clauses about imports.

use super::TestStore;
use apikey_domain::{
    identity::password::PasswordHash,
    import::{
        facts::ImportOptions,
        finding::{Done, Outcome},
        source::{
            Listed, Reference, SourceDigest, SourceKey, SourceMembership, SourceName,
            SourceOrganization, SourceRow, SourceUser,
        },
    },
    port::import_store::{Brought, ImportBatch},
    testing::fixture,
};

/// The hash of a password, as another service stored it.
pub(super) const HASH: &str = "$argon2id$v=19$m=65536,t=3,p=4$epS3mS9pkvowzgJZIaZD1Q$\
    de2A2c9jDAY/2YprpHpLFkM5cPxAZz8SR7CP+K6jsm4";

/// When rows were created at the source, and last changed.
const CREATED: Option<i64> = Some(1_700_000_000_000_000);
const UPDATED: Option<i64> = Some(1_700_000_500_000_000);

pub(super) fn name() -> SourceName {
    SourceName::parse("elsewhere").unwrap()
}

pub(super) fn user(id: i64, username: &str) -> SourceUser {
    SourceUser {
        id,
        username: Some(username.to_owned()),
        full_name: None,
        password: Some(PasswordHash::new(HASH)),
        require_password_change: false,
        is_admin: false,
        is_active: true,
        known_by: None,
        created_at: CREATED,
        updated_at: UPDATED,
    }
}

pub(super) fn organization(id: i64, slug: &str) -> SourceOrganization {
    SourceOrganization {
        id,
        slug: Some(slug.to_owned()),
        name: Some(slug.to_uppercase()),
        description: None,
        has_admin: true,
        created_at: CREATED,
        updated_at: UPDATED,
    }
}

pub(super) fn membership(organization: i64, user: i64, is_admin: bool) -> SourceRow {
    SourceRow::Membership(SourceMembership {
        organization,
        user,
        is_admin,
        through: None,
        created_at: CREATED,
    })
}

/// Returns a key of a user, for themselves unless `owner` says for whom.
pub(super) fn key(id: i64, user: i64, name: &str) -> SourceKey {
    SourceKey {
        row: id.to_string(),
        id: Some(id),
        name: Some(name.to_owned()),
        description: None,
        access_key: format!("e{id:015x}"),
        digest: SourceDigest(format!("sha256$salt${id:064x}")),
        user: Reference::Row(user),
        owner: Some(Reference::Row(user)),
        scope: Listed::Texts(vec!["inference".to_owned()]),
        models: Listed::Texts(vec!["m".to_owned()]),
        is_custom: false,
        expires_at: None,
        created_at: CREATED,
        updated_at: UPDATED,
    }
}

pub(super) fn keeping_ids() -> ImportOptions {
    ImportOptions {
        keep_ids: true,
        ..ImportOptions::default()
    }
}

// === impl TestStore ===

impl TestStore {
    /// Imports rows, and returns what became of them.
    pub(super) async fn bring(&self, rows: Vec<SourceRow>) -> Vec<Outcome> {
        self.bring_as(ImportOptions::default(), rows).await
    }

    pub(super) async fn bring_as(
        &self,
        options: ImportOptions,
        rows: Vec<SourceRow>,
    ) -> Vec<Outcome> {
        match self.try_bring(options, rows).await {
            Brought::Done(outcomes) => outcomes,
            Brought::AnotherSource(row) => panic!("{row:?} is of another source"),
        }
    }

    pub(super) async fn try_bring(&self, options: ImportOptions, rows: Vec<SourceRow>) -> Brought {
        let batch = ImportBatch {
            source: name(),
            options,
            rows,
        };
        let brought = self.imports.bring(fixture::by_service(), batch).await;
        brought.unwrap()
    }
}

/// Ada with a key of her own and one for an organization that she administers.
pub(super) fn some() -> Vec<SourceRow> {
    let of_organization = SourceKey {
        owner: Some(Reference::Row(9)),
        ..key(71, 4, "team")
    };
    vec![
        SourceRow::User(user(4, "ada")),
        SourceRow::Organization(organization(9, "acme")),
        membership(9, 4, true),
        SourceRow::Key(key(70, 4, "own")),
        SourceRow::Key(of_organization),
    ]
}

/// Returns what was done with each row.
pub(super) fn done(outcomes: &[Outcome]) -> Vec<Done> {
    outcomes.iter().map(|outcome| outcome.done).collect()
}
