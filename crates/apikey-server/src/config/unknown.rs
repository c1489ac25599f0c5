//! Variables that look like settings and are none.

use super::{nearest, secret_text::printable};
use std::ffi::OsString;

/// How many are named.
const MOST: usize = 10;
/// The variables of the tests.
const OF_TESTS: &str = "APIKEY_TEST_";

/// Returns a line for each variable that begins as a setting does and is not `known`. It
/// has the name and no value.
pub(super) fn lines(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    known: &[&str],
) -> Vec<String> {
    let mut names: Vec<String> = variables
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.to_string_lossy().into_owned();
            let value = value.to_string_lossy();
            (is_meant_as_setting(&name, &value) && !known.contains(&&*name)).then_some(name)
        })
        .collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let mut lines: Vec<String> = names.iter().map(|name| line(name, known)).collect();
    if more > 0 {
        lines.push(format!("{more} more variables are not settings either"));
    }
    lines
}

fn is_meant_as_setting(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let begins = name.starts_with("APIKEY_") || name.starts_with("APIKEY-");
    begins && !name.starts_with(OF_TESTS) && !is_service_link(&name, value)
}

/// Returns whether Kubernetes or Docker made the variable, for a service that is named
/// `apikey`.
fn is_service_link(name: &str, value: &str) -> bool {
    ["_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_UDP"]
        .iter()
        .any(|part| name.contains(part))
        || (name.ends_with("_PORT") && value.contains("://"))
}

fn line(name: &str, known: &[&str]) -> String {
    let asked = name.to_ascii_uppercase().replace('-', "_");
    let without = |name| str::trim_start_matches(name, "APIKEY_");
    let nearest = nearest::of(without(&asked), known.iter().map(|name| without(name)));
    let shown = printable(name);
    match nearest {
        Some(nearest) => format!("{shown} is no setting: did you mean APIKEY_{nearest}?"),
        None => format!("{shown} is no setting"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = [
        "APIKEY_WORKERS",
        "APIKEY_DATABASE_URL",
        "APIKEY_PEPPER",
        "APIKEY_PEPPER_FILE",
    ];

    fn lines_of(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        lines(variables, &KNOWN)
    }

    #[test]
    fn a_misspelled_variable_is_named_with_the_nearest_setting_and_without_its_value() {
        for (name, line) in [
            ("APIKEY_WORKER", "did you mean APIKEY_WORKERS?"),
            ("APIKEY_PEPER", "did you mean APIKEY_PEPPER?"),
            ("APIKEY_DB_URL", "did you mean APIKEY_DATABASE_URL?"),
            ("apikey_workers", "did you mean APIKEY_WORKERS?"),
            ("APIKEY-PEPPER-FILE", "did you mean APIKEY_PEPPER_FILE?"),
            ("APIKEY_COLOR", "APIKEY_COLOR is no setting"),
        ] {
            let lines = lines_of(&[(name, "hidden")]);
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(
                lines[0].starts_with(name) && lines[0].ends_with(line),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn what_is_a_setting_or_of_others_is_not_named() {
        let lines = lines_of(&[
            ("APIKEY_WORKERS", "4"),
            ("APIKEY_TEST_POSTGRES_URL", "x"),
            ("APIKEY_PORT", "tcp://10.0.0.1:80"),
            ("APIKEY_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("APIKEY_SERVICE_HOST", "10.0.0.1"),
            ("MY_APIKEY_X", "x"),
        ]);
        assert_eq!(lines, [""; 0]);
    }

    #[test]
    fn there_are_few_lines_and_each_is_short() {
        let names: Vec<String> = (0..99)
            .map(|number| format!("APIKEY_{number}\u{1b}{}", "x".repeat(10_000)))
            .collect();
        let variables: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let lines = lines_of(&variables);
        assert_eq!(lines.len(), MOST + 1);
        assert!(
            lines
                .iter()
                .all(|line| line.len() < 200 && !line.contains('\u{1b}'))
        );
        assert_eq!(lines[MOST], "89 more variables are not settings either");
    }
}
