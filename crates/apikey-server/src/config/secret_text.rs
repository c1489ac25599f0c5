//! The text of a secret, which is read alike from the environment, from a file and from
//! standard input.

use std::io::{self, Read};
use zeroize::Zeroizing;

/// The maximum length in bytes.
const LONGEST: usize = 65_536;
/// How long a name may be that is shown.
const LONGEST_NAME: usize = 64;

/// Reads what a secret is made from: all there is, or a byte more than a secret may have.
///
/// # Errors
///
/// Those of the reader.
pub fn read(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // It never grows, so that no copy stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    from.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the text of a secret. One line end at its end is cut, which editors and mounted
/// secrets add.
///
/// # Errors
///
/// What was expected instead, without any of the text.
///
/// # Example
///
/// ```
/// use apikey_server::config::secret_text::parse;
///
/// assert_eq!(&**parse(b"Passw0rd_1\r\n").unwrap(), "Passw0rd_1");
/// assert!(parse(b"two\nlines\n").is_err());
/// ```
pub fn parse(bytes: &[u8]) -> Result<Zeroizing<String>, &'static str> {
    if bytes.len() > LONGEST {
        return Err("expected at most 64 KiB");
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "expected UTF-8 text")?;
    let line = text.strip_suffix('\n');
    let text = line.map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err("expected a secret, and it is empty");
    }
    // A byte order mark is no control character, but nobody sees or types it either.
    if text.chars().any(char::is_control) || text.starts_with('\u{feff}') {
        return Err("expected one line without control characters");
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Returns a name that somebody wrote, short and without control characters.
pub(super) fn printable(name: &str) -> String {
    let shown: String = name.chars().take(LONGEST_NAME).collect();
    shown.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_cut_and_nothing_else() {
        for (given, read) in [
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            (" a b ", " a b "),
            (" a\u{a0}\n", " a\u{a0}"),
        ] {
            assert_eq!(parse(given.as_bytes()).unwrap().as_str(), read);
        }
    }

    #[test]
    fn what_is_not_one_line_of_text_is_refused() {
        for given in [
            "",
            "\n",
            "\r\n",
            "a\n\n",
            "a\r",
            "a\nb",
            "\na",
            "a\tb",
            "a\0",
            "a\u{85}",
            "a\u{7f}",
            "\u{feff}a",
        ] {
            assert!(parse(given.as_bytes()).is_err(), "{given:?}");
        }
        assert!(parse(b"a\xff").is_err());
        assert!(parse(&vec![b'a'; LONGEST + 1]).is_err());
        let endless = read(io::repeat(b'a')).unwrap();
        assert!(parse(&endless).is_err());
    }
}
