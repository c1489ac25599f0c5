//! Dumps of PostgreSQL databases, as statements.

/// What the bodies of functions are between.
const QUOTES: [&str; 2] = ["$$", "$_$"];

/// Returns the statements of a dump in plain text: what it copies becomes inserts.
///
/// # Example
///
/// ```
/// use apikey_diesel::testing::dump;
///
/// let text = "CREATE TABLE a (\n    b text\n);\nCOPY a (b) FROM stdin;\nit's\n\\N\n\\.\n";
/// let statements = dump::statements(text);
/// assert_eq!(statements[1], "INSERT INTO a (b) OVERRIDING SYSTEM VALUE VALUES ('it''s')");
/// assert_eq!(statements[2], "INSERT INTO a (b) OVERRIDING SYSTEM VALUE VALUES (NULL)");
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
                let values = values.join(", ");
                format!("INSERT INTO {into} OVERRIDING SYSTEM VALUE VALUES ({values})")
            }));
            continue;
        }
        statement.push_str(line);
        statement.push('\n');
        if line.ends_with(';') && !is_in_quotes(&statement) {
            statements.push(std::mem::take(&mut statement));
        }
    }
    statements
}

/// Returns whether a statement ends within the body of a function.
fn is_in_quotes(statement: &str) -> bool {
    let is_open = |quote: &str| statement.matches(quote).count() % 2 == 1;
    QUOTES.into_iter().any(is_open)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_a_function_is_not_taken_apart() {
        let function = "CREATE FUNCTION f() RETURNS trigger\n    LANGUAGE plpgsql\n    AS $$\n\
                        BEGIN\n    RETURN NULL;\nEND;\n$$;\n";
        let text = format!("{function}SELECT 1;\n");
        assert_eq!(statements(&text), [function, "SELECT 1;\n"]);
    }
}
