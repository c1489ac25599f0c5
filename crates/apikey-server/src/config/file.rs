//! The file of settings: TOML, with the names of the flags as keys.
//!
//! No message repeats text of the file but keys, and values that are no secret's: somebody may
//! have written one there.

use super::{
    effective::Place,
    findings::Findings,
    nearest,
    secret_text::printable,
    setting::{Described, Ways},
};
use std::{collections::BTreeMap, fs::File, io::Read, ops::Range, path::Path};
use toml::de::{DeTable, DeValue};

/// The maximum length in bytes.
const LONGEST: u64 = 65_536;

/// What a file says.
#[derive(Default)]
pub(super) struct SettingsFile {
    entries: BTreeMap<String, Entry>,
}

/// What it says of one setting.
#[derive(Clone)]
pub(super) struct Entry {
    /// The value, as a flag would have it.
    pub(super) text: String,
    /// Where it stands.
    pub(super) place: Place,
}

/// Reads a file. What is wrong with it is added to the findings.
pub(super) fn read(path: &Path, known: &[Described], findings: &mut Findings) -> SettingsFile {
    let text = File::open(path).and_then(|file| {
        let mut text = String::new();
        file.take(LONGEST + 1).read_to_string(&mut text)?;
        Ok(text)
    });
    match text {
        Ok(text) if text.len() as u64 <= LONGEST => parse(path, &text, known, findings),
        Ok(_) => {
            findings.add(format!("{}: expected at most 64 KiB", path.display()));
            SettingsFile::default()
        }
        Err(error) => {
            let path = path.to_string_lossy();
            findings.invalid(&path, "--config", format!("expected a file ({error})"));
            SettingsFile::default()
        }
    }
}

fn parse(path: &Path, text: &str, known: &[Described], findings: &mut Findings) -> SettingsFile {
    let (table, errors) = DeTable::parse_recoverable(text);
    let place = |span: Range<usize>| Place::of(path, text, span.start);
    let mut wrong_lines = Vec::new();
    for error in errors {
        let message = error.message();
        wrong_lines.extend(error.span().map(|span| place(span).line));
        findings.add(match error.span() {
            Some(span) => format!("{}: {message}", place(span)),
            None => format!("{}: {message}", path.display()),
        });
    }
    let keys: Vec<String> = known.iter().flat_map(|one| one.about.keys()).collect();
    let mut file = SettingsFile::default();
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_unstable_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let (name, at) = (key.get_ref(), place(key.span()));
        if !keys.iter().any(|known| known == name) {
            // What is no TOML may be a secret that somebody pasted.
            if !wrong_lines.contains(&at.line) {
                findings.add(format!("{at}: {}", no_setting(name, known, &keys)));
            }
            continue;
        }
        let at = place(value.span());
        match text_of(value.get_ref()) {
            Some(text) => {
                let entry = Entry { text, place: at };
                file.entries.insert(name.to_string(), entry);
            }
            None => findings.add(format!(
                "{at}: {name} is a text, a number, true or false, or a list of them"
            )),
        }
    }
    file
}

/// Returns a value as a flag would have it: a list with commas, a switch as `on` or `off`.
fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(is_on) => Some(if *is_on { "on" } else { "off" }.to_owned()),
        DeValue::Array(values) => {
            let values = values.iter().map(|value| match value.get_ref() {
                DeValue::Array(_) => None,
                value => text_of(value),
            });
            Some(values.collect::<Option<Vec<_>>>()?.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn no_setting(name: &str, known: &[Described], keys: &[String]) -> String {
    let shown = printable(name);
    let secret = known.iter().map(|one| &one.about);
    let secret = secret
        .filter(|about| about.ways == Ways::Secret)
        .find(|about| about.name() == name);
    if let Some(secret) = secret {
        let key = secret.key_of_file();
        return format!("{shown} is a secret, and none is written here: name its file as {key}");
    }
    if name == "config" {
        return "config is a flag and a variable: no file names another".to_owned();
    }
    match nearest::of(name, keys.iter().map(String::as_str)) {
        Some(nearest) => format!("{shown} is no setting: did you mean {nearest}?"),
        None => format!("{shown} is no setting"),
    }
}

// === impl SettingsFile ===

impl SettingsFile {
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::declared;

    fn findings_of(text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        parse(Path::new("a.toml"), text, &declared::all(), &mut findings);
        findings.lines()
    }

    fn text_in(text: &str, key: &str) -> String {
        let mut findings = Findings::default();
        let file = parse(Path::new("a.toml"), text, &declared::all(), &mut findings);
        assert_eq!(findings.lines(), [""; 0], "{text}");
        file.entry(key).unwrap().text.clone()
    }

    #[test]
    fn a_value_is_what_a_flag_would_say() {
        for (text, key, said) in [
            ("listen = '[::1]:80'", "listen", "[::1]:80"),
            ("workers = 4", "workers", "4"),
            ("cache-bytes = 268_435_456", "cache-bytes", "268435456"),
            ("metrics = false", "metrics", "off"),
            ("metrics = 'on'", "metrics", "on"),
            ("expiry-notices = [30, 7]", "expiry-notices", "30,7"),
            (
                "trusted-proxies = ['10.0.0.0/8', \"::1\"]",
                "trusted-proxies",
                "10.0.0.0/8,::1",
            ),
        ] {
            assert_eq!(text_in(text, key), said);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_all_of_it() {
        let text = "workrs = 4\nlisten = 'a'\n  listen = 'b'\n[server]\nx = 1\n";
        assert_eq!(
            findings_of(text),
            [
                "a.toml:3:3: duplicate key",
                "a.toml:1:1: workrs is no setting: did you mean workers?",
                "a.toml:4:2: server is no setting",
            ]
        );
        for (text, finding) in [
            ("workers = 4.5", "a.toml:1:11: workers is a text, a number"),
            ("workers = {a = 1}", "a.toml:1:11: workers is a text"),
            ("é = 1", "a.toml:1:1: "),
            ("config = 'b.toml'", "a.toml:1:1: config is a flag"),
            ("listen = 'a", "a.toml:1:12: "),
            ("\u{feff}listen = ", "a.toml:1:"),
        ] {
            let findings = findings_of(text);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].starts_with(finding), "{findings:?}");
        }
    }

    #[test]
    fn no_secret_is_written_in_it_or_repeated() {
        for text in [
            "pepper = 'SECRET'",
            "pepper = SECRET",
            "SECRET",
            "SECRET@",
            "bootstrap-password = 'SECRET'",
            "import-from = 'postgres://a:SECRET@b/c'",
        ] {
            let findings = findings_of(text);
            assert!(!findings.is_empty());
            assert!(!findings.join("\n").contains("SECRET"), "{findings:?}");
        }
        let finding = &findings_of("pepper = 'a'")[0];
        assert!(finding.ends_with("name its file as pepper-file"));
    }
}
