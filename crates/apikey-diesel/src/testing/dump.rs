//! Dumps of PostgreSQL databases, as statements.

/// Returns the statements of a dump in plain text: what it copies becomes inserts.
///
/// # Example
///
/// ```
/// use apikey_diesel::testing::dump;
///
/// let text = "CREATE TABLE a (\n    b text\n);\nCOPY a (b) FROM stdin;\nit's\n\\N\n\\.\n";
/// let statements = dump::statements(text);
/// assert_eq!(statements[1], "INSERT INTO a (b) VALUES ('it''s')");
/// assert_eq!(statements[2], "INSERT INTO a (b) VALUES (NULL)");
/// ```
pub fn statements(text: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut statement = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with("--") {
            continue;
        }
        if let Some(rest) = line.strip_prefix("COPY ") {
            let into = rest.trim_end_matches(" FROM stdin;");
            let rows = lines.by_ref().take_while(|line| *line != "\\.");
            statements.extend(rows.map(|row| {
                let values: Vec<String> = row.split('\t').map(value).collect();
                format!("INSERT INTO {into} VALUES ({})", values.join(", "))
            }));
            continue;
        }
        statement.push_str(line);
        statement.push('\n');
        if line.ends_with(';') {
            statements.push(std::mem::take(&mut statement));
        }
    }
    statements
}

fn value(text: &str) -> String {
    if text == "\\N" {
        return "NULL".to_owned();
    }
    let mut value = String::from("'");
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => value.push_str("''"),
            '\\' => value.push(match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                other => other.unwrap_or('\\'),
            }),
            other => value.push(other),
        }
    }
    value.push('\'');
    value
}
