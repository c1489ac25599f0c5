//! In what order an import compares, brings and ends rows: a key that is ended stays so, and
//! in a database that is another one, every key is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    error::PortError,
    import::{
        finding::{Done, Outcome},
        source::{
            Listed, Reference, RowId, SourceDigest, SourceKey, SourceName, SourceRow, SourceUser,
        },
    },
    port::import_store::ImportSource,
    use_case::operation::import::{Import, ImportError, Target},
};
use apikey_testing::TestApp;
use async_trait::async_trait;
use futures_executor::block_on;

const CREATED: i64 = 1_700_000_000_000_000;

/// A source with these rows and no others.
#[derive(Clone, Default)]
struct Rows(Vec<SourceRow>);

/// The same, given some after others.
struct Read {
    rows: Vec<SourceRow>,
    place: usize,
}

#[async_trait]
impl ImportSource for Read {
    async fn next(&mut self) -> Result<Vec<SourceRow>, PortError> {
        let some: Vec<SourceRow> = self.rows.iter().skip(self.place).take(2).cloned().collect();
        self.place += some.len();
        Ok(some)
    }

    async fn absent(&mut self, rows: &[RowId]) -> Result<Vec<RowId>, PortError> {
        let is_absent = |row: &&RowId| !self.rows.iter().any(|one| one.id() == **row);
        Ok(rows.iter().filter(is_absent).cloned().collect())
    }
}

fn user(id: i64, username: &str, created_at: i64) -> SourceRow {
    SourceRow::User(SourceUser {
        id,
        username: Some(username.to_owned()),
        full_name: None,
        password: None,
        require_password_change: false,
        is_admin: false,
        is_active: true,
        known_by: None,
        created_at: Some(created_at),
        updated_at: None,
    })
}

fn key(id: i64, user: i64, name: &str) -> SourceRow {
    SourceRow::Key(SourceKey {
        row: id.to_string(),
        id: Some(id),
        name: Some(name.to_owned()),
        description: None,
        access_key: format!("e{id:015x}"),
        digest: SourceDigest(format!("sha256$salt${id:064x}")),
        user: Reference::Row(user),
        owner: None,
        scope: Listed::Texts(vec!["inference".to_owned()]),
        models: Listed::Null,
        is_custom: false,
        expires_at: None,
        created_at: Some(CREATED),
        updated_at: None,
    })
}

impl Rows {
    fn import(&self, app: &TestApp, is_dry_run: bool) -> Result<Vec<Outcome>, ImportError> {
        let target = match is_dry_run {
            true => Target::Pretended(Box::default()),
            false => Target::Store(&*app.memory),
        };
        let mut import = Import {
            source: SourceName::parse("gpustack").unwrap(),
            options: Default::default(),
            view: Some(&*app.memory),
            target,
            clock: &*app.clock,
        };
        let mut source = Read {
            rows: self.0.clone(),
            place: 0,
        };
        let mut outcomes = Vec::new();
        let said = block_on(import.run(&mut source, &mut |some| outcomes.extend(some)));
        said.map(|_| outcomes)
    }
}

fn some() -> Rows {
    Rows(vec![
        user(4, "ada", CREATED),
        user(5, "ben", CREATED),
        key(70, 4, "a"),
        key(71, 5, "b"),
    ])
}

fn ended(outcomes: &[Outcome]) -> Vec<&str> {
    let ended = outcomes.iter().filter(|one| one.done == Done::Ended);
    ended.map(|one| one.row.text.as_str()).collect()
}

/// Imports `some`, and then another source, which must be refused and end nothing.
fn refuses(other: &Rows) -> ImportError {
    let app = TestApp::new();
    some().import(&app, false).unwrap();
    let refused = other.import(&app, true).unwrap_err();
    assert_eq!(
        other.import(&app, false).unwrap_err().to_string(),
        refused.to_string()
    );
    // What was imported is as it was.
    let again = some().import(&app, false).unwrap();
    assert!(
        again.iter().all(|one| one.done == Done::Unchanged),
        "{again:?}"
    );
    refused
}

#[test]
fn another_source_without_the_keys_ends_none() {
    let others = Rows(vec![user(4, "zoe", CREATED + 1), key(90, 4, "z")]);
    let refused = refuses(&others);
    assert!(
        matches!(refused, ImportError::AnotherSource(_)),
        "{refused}"
    );
    let no_keys = Rows(vec![user(6, "new", CREATED), user(5, "ben", CREATED + 1)]);
    refuses(&no_keys);
}

#[test]
fn a_source_with_nothing_that_was_imported_ends_nothing() {
    for other in [
        Rows::default(),
        Rows(vec![user(8, "zoe", CREATED), key(90, 8, "z")]),
    ] {
        let refused = refuses(&other);
        assert!(matches!(refused, ImportError::NothingLeft), "{refused}");
    }
}

#[test]
fn what_a_source_has_no_longer_ends_and_leaves_its_name() {
    let app = TestApp::new();
    some().import(&app, false).unwrap();
    let fewer = Rows(vec![user(4, "ada", CREATED), key(72, 4, "a")]);
    let outcomes = fewer.import(&app, false).unwrap();
    assert_eq!(ended(&outcomes), ["70", "71", "5"], "{outcomes:?}");
    let new = outcomes.iter().find(|one| one.row.text == "72").unwrap();
    assert_eq!(new.done, Done::Created);
    let renamed = new.findings.iter().any(|one| one.reason.contains("(2)"));
    assert!(!renamed, "{new:?}");
    // Without any keys the others end, too.
    let none = Rows(vec![user(4, "ada", CREATED)]);
    assert_eq!(ended(&none.import(&app, false).unwrap()), ["72"]);
}
