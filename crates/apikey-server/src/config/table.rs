//! The table of all settings, in Markdown, as in `docs/operations.md`.

use super::{declared, setting::About};

/// Returns the table.
pub fn table() -> String {
    let head = "| flag | variable | key in the file | default | value |\n\
                | --- | --- | --- | --- | --- |\n";
    let rows = declared::all().into_iter().map(|one| row(&one.about));
    std::iter::once(head.to_owned()).chain(rows).collect()
}

fn row(about: &About) -> String {
    let flag = about.has_flag().then(|| format!("--{}", about.name()));
    let default = match about.default {
        Some(text) => code([text.to_owned()]),
        None => about.otherwise.to_owned(),
    };
    let cells = [
        code(flag),
        code(about.variables()),
        code(about.keys()),
        default,
        about.rule.to_owned(),
    ];
    let cells = cells.map(|cell| match cell.is_empty() {
        true => " |".to_owned(),
        false => format!(" {cell} |"),
    });
    format!("|{}\n", cells.concat())
}

fn code(names: impl IntoIterator<Item = String>) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}
