//! Databases of a GPUStack that hold what hardly any does: none of it ends the import of the
//! rest, and nobody gains anything by it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

use apikey_commands::{
    import::{Destination, Run, RunError, run},
    report::Format,
};
use apikey_diesel::{
    DatabaseUrl, GpustackSource, Store,
    testing::{TestDatabase, dump},
};
use apikey_domain::{
    identifier::PrincipalId,
    identity::organization::Role,
    import::{facts::ImportOptions, source::SourceName},
    listing::Window,
};
use serde_json::Value;

/// Rows that GPUStack 2.3.0 wrote.
const ROWS: &str = include_str!("../../apikey-diesel/tests/gpustack/2.3.0.sql");

/// A source, and where it is imported.
struct Moved {
    source: TestDatabase,
    _target: TestDatabase,
    store: Store,
}

impl Moved {
    async fn new(source: TestDatabase, to_postgres: bool) -> Self {
        source.execute(&dump::statements(ROWS)).await.unwrap();
        let target = match to_postgres {
            true => TestDatabase::postgres().await.unwrap(),
            false => TestDatabase::sqlite().await.unwrap(),
        };
        let store = target.open().await.unwrap();
        Self {
            source,
            _target: target,
            store,
        }
    }

    /// Both kinds of targets.
    async fn both() -> [Self; 2] {
        let source = || async { TestDatabase::empty_postgres().await.unwrap() };
        [
            Self::new(source().await, false).await,
            Self::new(source().await, true).await,
        ]
    }

    async fn change(&self, statements: &[&str]) {
        let statements = statements.iter().map(|text| (*text).to_owned());
        let statements = Vec::from_iter(statements);
        self.source.execute(&statements).await.unwrap();
    }

    async fn import(&self) -> Value {
        self.import_from(&self.source.url).await.unwrap()
    }

    async fn import_from(&self, url: &DatabaseUrl) -> Result<Value, String> {
        let opened = GpustackSource::open(url).await;
        let mut source = opened.map_err(|error| apikey_domain::error::with_causes(&error))?;
        let how = Run {
            source: SourceName::parse("gpustack").unwrap(),
            options: ImportOptions {
                keep_ids: true,
                ..ImportOptions::default()
            },
            destination: Destination::Store(&*self.store.imports, &*self.store.import_view),
            format: Format::Json,
            progress: None,
        };
        let mut printed = Vec::new();
        let ran = run(how, &mut source, &mut printed).await;
        ran.map_err(|error: RunError| error.to_string())?;
        Ok(serde_json::from_slice(&printed).unwrap())
    }

    async fn members(&self, organization: i64) -> Vec<(i64, Role)> {
        let window = Window {
            offset: 0,
            limit: 100,
        };
        let organization = PrincipalId(organization);
        let members = self.store.directory.list_members(organization, window);
        let members = members.await.unwrap().items;
        members
            .iter()
            .map(|one| (one.user_id.0, one.role))
            .collect()
    }

    async fn is_revoked(&self, access_key: &str) -> bool {
        let found = self.store.api_keys.credential(access_key).await.unwrap();
        let found = found.unwrap_or_else(|| panic!("{access_key} is absent"));
        found.api_key.revocation.is_some()
    }
}

/// Returns how many rows of a kind became this.
fn count(report: &Value, kind: &str, done: &str) -> u64 {
    report["counts"][kind][done].as_u64().unwrap()
}

/// There every user is said to be in the group `system/authenticated`, but only shares
/// clusters through it. A role counts in an organization, of a user or of a group that they
/// are in themselves.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_in_an_organization_who_may_not_act_for_it_there() {
    for moved in Moved::both().await {
        moved
            .change(&[
                "INSERT INTO principals (is_admin, id, created_at, updated_at, kind, name) \
                 SELECT FALSE, id, now(), now(), 'GROUP', 'group ' || id \
                 FROM generate_series(20, 22) AS of (id)",
                "INSERT INTO principal_memberships (id, parent_principal_id, member_principal_id, \
                 role, created_at, updated_at) SELECT 100 + row_number() OVER (), parent, member, \
                 role::orgrole, now(), now() FROM (VALUES (10, 2, 'OWNER'), (10, 4, NULL), \
                 (10, 20, 'OWNER'), (20, 7, NULL), (20, 21, NULL), (21, 8, NULL), \
                 (9, 22, NULL), (22, 6, NULL), (4, 3, 'OWNER')) AS of (parent, member, role)",
            ])
            .await;
        moved.import().await;
        let (admin, user) = (Role::Admin, Role::User);
        let of_globex = [(5, user), (6, admin), (7, admin)];
        assert_eq!(moved.members(10).await, of_globex);
        assert_eq!(moved.members(9).await, [(4, admin), (5, user)]);

        // What nobody has any more there ends here.
        moved
            .change(&["UPDATE principal_memberships SET role = NULL WHERE id = 6"])
            .await;
        let report = moved.import().await;
        assert_eq!(count(&report, "memberships", "ended"), 1, "{report:#}");
        assert_eq!(moved.members(10).await, [(6, admin), (7, admin)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_members_of_a_deleted_organization_end() {
    for moved in Moved::both().await {
        moved.import().await;
        moved
            .change(&["UPDATE principals SET deleted_at = now() WHERE id = 9"])
            .await;
        let report = moved.import().await;
        assert_eq!(count(&report, "keys", "ended"), 2, "{report:#}");
        for access_key in ["9f7f0163ad3ee01b", "f8c5286ccebede09"] {
            assert!(moved.is_revoked(access_key).await);
        }
        assert!(!moved.is_revoked("d2b5a5df6ad0e3c0").await);
        // Its last administrator stays, as everywhere.
        assert_eq!(moved.members(9).await, [(4, Role::Admin)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_at_the_ends_of_the_calendar_end_no_import() {
    for moved in Moved::both().await {
        moved
            .change(&[
                "UPDATE api_keys SET expires_at = '294276-12-31 23:59:59.999999' WHERE id = 374",
                "UPDATE api_keys SET expires_at = '4713-01-01 00:00:00 BC' WHERE id = 375",
                "UPDATE api_keys SET created_at = '294276-12-31 23:59:59.999999' WHERE id = 376",
                "UPDATE api_keys SET updated_at = '-infinity' WHERE id = 377",
                "UPDATE api_keys SET expires_at = '9999-12-31 23:59:59.999999' WHERE id = 378",
                "ALTER TABLE api_keys ALTER expires_at TYPE timestamptz USING expires_at AT TIME \
                 ZONE 'UTC'",
            ])
            .await;
        let report = moved.import().await;
        assert_eq!(count(&report, "keys", "created"), 13, "{report:#}");
        let again = moved.import().await;
        assert_eq!(count(&again, "keys", "unchanged"), 13, "{again:#}");
        let expiry = async |access_key: &str| {
            let found = moved.store.api_keys.credential(access_key).await.unwrap();
            let instant = found.unwrap().api_key.expires_at.instant();
            instant.map(|at| at.to_rfc3339()[..10].to_owned())
        };
        assert_eq!(expiry("d2b5a5df6ad0e3c0").await, None);
        assert_eq!(
            expiry("36d83578b58f396c").await.as_deref(),
            Some("0001-01-01")
        );
        assert_eq!(
            expiry("f8c5286ccebede09").await.as_deref(),
            Some("9999-12-31")
        );
    }
}

/// Such a database cuts texts within characters, and keeps what is no text.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_knows_no_encoding_is_read() {
    let source = TestDatabase::postgres_without_encoding().await.unwrap();
    let moved = Moved::new(source, false).await;
    moved
        .change(&[
            "UPDATE api_keys SET description = 'x' || repeat('ключ', 2000), \
             name = 'x' || repeat('я', 400) WHERE id = 374",
            "UPDATE api_keys SET name = E'\\xe9t\\xe9' WHERE id = 375",
        ])
        .await;
    let report = moved.import().await;
    assert_eq!(count(&report, "users", "created"), 6, "{report:#}");
    assert_eq!(count(&report, "keys", "created"), 12, "{report:#}");
    assert_eq!(count(&report, "keys", "skipped"), 1, "{report:#}");
    let found = moved.store.api_keys.credential("d2b5a5df6ad0e3c0").await;
    let found = found.unwrap().unwrap().api_key;
    assert!(found.name.as_str().starts_with("xяя"));
    assert!(found.description.unwrap().as_str().starts_with("xключ"));
    let found = moved.store.api_keys.credential("80c606005de124b9").await;
    assert_eq!(found.unwrap().unwrap().api_key.name.as_str(), "ключ 🔑");
}

/// What a policy hides would be taken for deleted, and every key would be revoked.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_of_the_source_hides_is_not_taken_for_gone() {
    let [moved, _] = Moved::both().await;
    moved.import().await;
    let role = format!("reader_{}", std::process::id());
    moved
        .change(&[
            &format!("CREATE ROLE {role} LOGIN"),
            &format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"),
            "ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY",
        ])
        .await;
    let DatabaseUrl::Postgres(url) = &moved.source.url else {
        panic!("not PostgreSQL");
    };
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}options=-c%20role%3D{role}");
    let url = DatabaseUrl::parse(&url).unwrap();
    let refused = moved.import_from(&url).await.unwrap_err();
    assert!(refused.contains("row-level security"), "{refused}");
    assert!(!moved.is_revoked("d2b5a5df6ad0e3c0").await);
    moved
        .change(&[
            &format!("DROP OWNED BY {role}"),
            &format!("DROP ROLE {role}"),
        ])
        .await;
}

/// The tables of another GPUStack, or of one that was made anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_what_was_imported_ends_nothing() {
    for moved in Moved::both().await {
        moved.import().await;
        moved
            .change(&[
                "DELETE FROM api_keys",
                "UPDATE principals SET created_at = now()",
            ])
            .await;
        let refused = moved.import_from(&moved.source.url).await.unwrap_err();
        assert!(refused.contains("needs a name of its own"), "{refused}");
        moved.change(&["DELETE FROM principals"]).await;
        let refused = moved.import_from(&moved.source.url).await.unwrap_err();
        assert!(refused.contains("or it is empty"), "{refused}");
        assert!(!moved.is_revoked("d2b5a5df6ad0e3c0").await);
    }
}
