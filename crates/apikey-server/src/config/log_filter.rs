//! Which lines the log has.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// The default. It excludes the start and stop of workers, and malformed requests.
pub const DEFAULT: &str = "info,actix_server=warn,actix_http=off";

/// Parses a level, or a list of `target=level`, and returns it without blanks.
///
/// Of a word that is no level the library would make a target, all of whose lines are
/// logged: so a misspelled level would hide every other line.
///
/// # Errors
///
/// What was expected instead.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let mut directives = Vec::new();
    for directive in text.split(',') {
        let directive = directive.trim();
        let level = match directive.rsplit_once('=') {
            Some((_, level)) => level,
            None => directive,
        };
        // The library takes an empty level for one.
        if level.is_empty() || level.parse::<LevelFilter>().is_err() {
            return Err(format!(
                "expected a level (error, warn, info, debug, trace, off) or a list of \
                 target=level, and '{}' is not a level",
                level.escape_debug()
            ));
        }
        directives.push(directive);
    }
    let filter = directives.join(",");
    match EnvFilter::try_new(&filter) {
        Ok(_) => Ok(filter),
        Err(error) => Err(format!(
            "expected a level or a list of target=level ({error})"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_does_not_exist_is_refused() {
        for filter in [
            DEFAULT,
            "warn",
            "WARN",
            "off",
            "warn,apikey_server=info",
            "info,[request{id=1}]=debug",
        ] {
            assert_eq!(parse(filter).unwrap(), filter);
        }
        assert_eq!(parse(" warn, a=info ").unwrap(), "warn,a=info");
        for wrong in [
            "inof",
            "warning",
            "verbose",
            "info,loud",
            "info,apikey_http",
            "apikey_http=",
            "apikey_http=loud",
            "info,",
            "",
            "[request{id=1}]",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
