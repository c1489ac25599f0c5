//! The schema against the migrations of this release.

use super::finding::Finding;
use apikey_diesel::Examination;

pub(super) fn findings(examination: &Examination) -> Option<Finding> {
    if let Some(first) = examination.unknown_migrations.first() {
        let what = format!("the schema is that of a later release: it has the migration {first}");
        let advice = "install that release; this one must not write there";
        return Some(Finding::error("schema", what, advice));
    }
    let missing = examination.missing_migrations;
    let what =
        format!("the schema is that of an earlier release: {missing} migrations are missing");
    let advice = "make a backup, and then start the server or run apikey-server migrate";
    (examination.has_tables && missing > 0).then(|| Finding::warning("schema", what, advice))
}
