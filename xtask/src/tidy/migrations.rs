//! The migrations of both databases.

use std::collections::BTreeSet;

use crate::tidy::project_files::ProjectFiles;
use crate::tidy::violation::Violation;

const DIALECTS: [&str; 2] = ["postgres", "sqlite"];
const PARTS: [&str; 2] = ["down.sql", "up.sql"];

/// Finds migrations that only one database has, or has in part.
///
/// A migration is a folder below `migrations/sqlite` and one of the same name
/// below `migrations/postgres`, each with a way up and a way down.
pub(super) fn both_dialects_migrate_together(files: &ProjectFiles) -> Vec<Violation> {
    let names = names(files);
    if names.is_empty() {
        return vec![Violation::in_file(
            "migrations",
            "there are no migrations",
            "add a folder of the same name for each database",
        )];
    }
    let mut violations = Vec::new();
    for name in names {
        for dialect in DIALECTS {
            for part in PARTS {
                let path = format!("migrations/{dialect}/{name}/{part}");
                violations.extend(fault(files, &path));
            }
        }
    }
    violations
}

fn fault(files: &ProjectFiles, path: &str) -> Option<Violation> {
    match files.text(path) {
        None => Some(Violation::in_file(
            path,
            "the file is missing",
            "write every migration for both databases, up and down",
        )),
        Some(text) if text.trim().is_empty() => Some(Violation::in_file(
            path,
            "the file is empty",
            "write what it does, even if that is `SELECT 1;`",
        )),
        Some(_) => None,
    }
}

/// Gives the names of all migrations, whichever database has them.
fn names(files: &ProjectFiles) -> BTreeSet<&str> {
    files
        .paths()
        .iter()
        .filter_map(|path| migration_of(path))
        .collect()
}

/// Gives the name in a path like `migrations/sqlite/NAME/up.sql`.
fn migration_of(path: &str) -> Option<&str> {
    let (_dialect, rest) = path.strip_prefix("migrations/")?.split_once('/')?;
    let (name, _file) = rest.split_once('/')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project_files::tests::Sample;

    const COMPLETE: [(&str, &str); 4] = [
        ("migrations/sqlite/1_keys/up.sql", "CREATE TABLE a (b);"),
        ("migrations/sqlite/1_keys/down.sql", "DROP TABLE a;"),
        ("migrations/postgres/1_keys/up.sql", "CREATE TABLE a ();"),
        ("migrations/postgres/1_keys/down.sql", "DROP TABLE a;"),
    ];

    fn found(changes: &[(&str, &str)]) -> Vec<String> {
        let files = [&COMPLETE, changes].concat();
        both_dialects_migrate_together(&Sample::of(&files).files())
            .into_iter()
            .map(|violation| violation.to_string())
            .collect()
    }

    #[test]
    fn the_same_migrations_on_both_databases_are_fine() {
        assert_eq!(found(&[]), [""; 0]);
    }

    #[test]
    fn a_migration_of_one_database_is_found() {
        let violations = found(&[
            ("migrations/sqlite/2_roles/up.sql", "CREATE TABLE c (d);"),
            ("migrations/sqlite/2_roles/down.sql", "DROP TABLE c;"),
        ]);
        assert_eq!(violations.len(), 2, "{violations:?}");
        assert!(
            violations[0].starts_with("migrations/postgres/2_roles/down.sql: the file is missing")
        );
        assert!(
            violations[1].starts_with("migrations/postgres/2_roles/up.sql: the file is missing")
        );
    }

    #[test]
    fn an_empty_file_is_found() {
        let violations = found(&[("migrations/postgres/1_keys/down.sql", " \n")]);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(
            violations[0].starts_with("migrations/postgres/1_keys/down.sql: the file is empty")
        );
    }

    #[test]
    fn files_beside_the_migrations_do_not_count() {
        assert_eq!(found(&[("migrations/sqlite/README.md", "")]), [""; 0]);
    }

    #[test]
    fn a_project_without_migrations_is_found() {
        let files = Sample::of(&[("README.md", "")]).files();
        assert_eq!(both_dialects_migrate_together(&files).len(), 1);
    }
}
