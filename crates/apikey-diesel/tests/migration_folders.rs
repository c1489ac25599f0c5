//! The migrations of both databases go together.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::Path};

/// The files below a database's folder, none of which may be empty.
fn files(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let migrations = fs::read_dir(folder.join(database)).unwrap();
    let files = migrations.flat_map(|migration| fs::read_dir(migration.unwrap().path()).unwrap());
    files
        .map(|file| {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.trim().is_empty(), "{} is empty", path.display());
            let name = path.strip_prefix(folder.join(database)).unwrap();
            name.display().to_string()
        })
        .collect()
}

#[test]
fn every_migration_is_written_for_both_databases_up_and_down() {
    let (sqlite, postgres) = (files("sqlite"), files("postgres"));
    assert_eq!(sqlite, postgres);
    let ups = sqlite.iter().filter_map(|file| file.strip_suffix("up.sql"));
    let missing: Vec<_> = ups
        .filter(|migration| !sqlite.contains(&format!("{migration}down.sql")))
        .collect();
    assert!(missing.is_empty() && !sqlite.is_empty(), "{missing:?}");
}
