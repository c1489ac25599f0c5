//! Keys of which a file has digests: CSV as in RFC 4180, with the names of its columns in the
//! first line.

use crate::bounded::Bounded;
use apikey_domain::{
    error::PortError,
    import::source::{
        LeftOut, Listed, Reference, RowId, RowKind, SourceDigest, SourceKey, SourceRow,
    },
    port::import_store::ImportSource,
};
use async_trait::async_trait;
use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How many lines are read at once.
const LINES: usize = 100;
/// How long a line may be.
const LONGEST_LINE: usize = 64 * 1_024;

/// The columns that a file must have.
const REQUIRED: [&str; 3] = ["user", "access_key", "digest"];
/// The columns that it may have.
const OPTIONAL: [&str; 9] = [
    "name",
    "description",
    "organization",
    "algorithm",
    "scope",
    "models",
    "is_custom",
    "expires_at",
    "created_at",
];

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the first line cannot be read: {0}")]
    Header(#[from] csv::Error),
    /// It lacks a column.
    #[error(
        "there is no column {0}: the columns user, access_key and digest are needed, and name, \
         description, organization, algorithm, scope, models, is_custom, expires_at, created_at \
         may be there"
    )]
    NoColumn(&'static str),
    /// It has a column that is none.
    #[error("the column {0:?} is none of an import, or it is there twice")]
    Column(String),
}

/// A file of digests.
pub struct HashFile<R> {
    reader: Reader<Bounded<R>>,
    columns: BTreeMap<String, usize>,
    /// The access keys of the lines before.
    seen: HashSet<String>,
}

// === impl HashFile ===

impl<R: Read> HashFile<R> {
    /// Reads the names of the columns.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn open(file: R) -> Result<Self, FileError> {
        let file = Bounded::new(file, LONGEST_LINE);
        let mut reader = ReaderBuilder::new().trim(Trim::Headers).from_reader(file);
        let mut columns = BTreeMap::new();
        for (index, name) in reader.headers()?.iter().enumerate() {
            // Spreadsheets begin a file with this.
            let name = name.trim_start_matches('\u{feff}').to_ascii_lowercase();
            let is_known = REQUIRED.contains(&&*name) || OPTIONAL.contains(&&*name);
            if !is_known || columns.insert(name.clone(), index).is_some() {
                return Err(FileError::Column(name.chars().take(64).collect()));
            }
        }
        match REQUIRED
            .into_iter()
            .find(|name| !columns.contains_key(*name))
        {
            Some(missing) => Err(FileError::NoColumn(missing)),
            None => Ok(Self {
                reader,
                columns,
                seen: HashSet::new(),
            }),
        }
    }

    fn row(&mut self, record: &StringRecord, line: u64) -> SourceRow {
        let text = |name: &str| {
            let index = self.columns.get(name)?;
            let text = record.get(*index)?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let left_out = |why| {
            let access_key = text("access_key").unwrap_or_default();
            SourceRow::LeftOut(line_id(line), access_key, why)
        };
        if record.as_slice().len() > LONGEST_LINE {
            return left_out(LeftOut::Unreadable);
        }
        let (Some(user), Some(digest)) = (text("user"), text("digest")) else {
            return left_out(LeftOut::Dangling);
        };
        let Ok(expires_at) = instant(text("expires_at")) else {
            return left_out(LeftOut::Unreadable);
        };
        let Ok(created_at) = instant(text("created_at")) else {
            return left_out(LeftOut::Unreadable);
        };
        let access_key = text("access_key").unwrap_or_default();
        let is_custom = match text("is_custom")
            .map(|text| text.to_ascii_lowercase())
            .as_deref()
        {
            Some("true" | "t" | "1" | "yes") => true,
            Some("false" | "f" | "0" | "no") => false,
            Some(_) => return left_out(LeftOut::Unreadable),
            None => !is_of_generated(&access_key),
        };
        let Some(digest) = digest_of(&digest, text("algorithm")) else {
            return left_out(LeftOut::Unreadable);
        };
        let row = match access_key.is_empty() {
            true => line_id(line).text,
            false => access_key.clone(),
        };
        if !self.seen.insert(row.clone()) {
            return left_out(LeftOut::Repeated);
        }
        SourceRow::Key(SourceKey {
            row,
            id: None,
            name: text("name").or_else(|| Some(access_key.chars().take(8).collect())),
            description: text("description"),
            access_key,
            digest: SourceDigest(digest),
            owner: match text("organization") {
                Some(slug) => Some(Reference::Name(slug)),
                None => Some(Reference::Name(user.clone())),
            },
            user: Reference::Name(user),
            scope: list(text("scope"))
                .map_or_else(|| Listed::Texts(vec!["*".to_owned()]), Listed::Texts),
            models: list(text("models")).map_or(Listed::Null, Listed::Texts),
            is_custom,
            expires_at,
            created_at,
            updated_at: None,
        })
    }
}

#[async_trait]
impl<R: Read + Send> ImportSource for HashFile<R> {
    async fn next(&mut self) -> Result<Vec<SourceRow>, PortError> {
        let mut rows = Vec::new();
        let mut record = StringRecord::new();
        while rows.len() < LINES {
            let line = self.reader.position().line();
            self.reader.get_mut().begin(line);
            match self.reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => rows.push(self.row(&record, line)),
                Err(error) if error.is_io_error() => {
                    return Err(PortError::Unavailable(Box::new(error)));
                }
                Err(error) => {
                    let row = line_id(line);
                    rows.push(SourceRow::LeftOut(
                        row,
                        error.to_string(),
                        LeftOut::Unreadable,
                    ));
                }
            }
        }
        Ok(rows)
    }

    async fn absent(&mut self, _: &[RowId]) -> Result<Vec<RowId>, PortError> {
        // Nobody says that a file has all there is.
        Ok(Vec::new())
    }
}

fn line_id(line: u64) -> RowId {
    RowId {
        kind: RowKind::Key,
        text: format!("line {line}"),
    }
}

/// Returns whether this is an access key as those of keys that are made here: nobody knows
/// how hard another key is to guess.
fn is_of_generated(access_key: &str) -> bool {
    access_key.len() == 16 && access_key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns a digest, which says itself what it is, if it is what the column says.
fn digest_of(digest: &str, algorithm: Option<String>) -> Option<String> {
    let is_hex = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(algorithm) = algorithm else {
        return Some(digest.to_owned());
    };
    let is_it = match algorithm.to_ascii_lowercase().as_str() {
        "sha256" | "sha-256" => is_hex || digest.starts_with("sha256$"),
        "argon2id" => digest.starts_with("$argon2id$"),
        "bcrypt" => digest.starts_with("$2"),
        _ => false,
    };
    is_it.then(|| digest.to_owned())
}

/// Returns the texts between semicolons or spaces.
fn list(text: Option<String>) -> Option<Vec<String>> {
    let text = text?;
    let texts = text.split([';', ' ']).filter(|text| !text.is_empty());
    Some(texts.map(str::to_owned).collect())
}

/// Returns an instant in microseconds.
fn instant(text: Option<String>) -> Result<Option<i64>, ()> {
    let Some(text) = text else {
        return Ok(None);
    };
    let instant = OffsetDateTime::parse(&text, &Rfc3339).map_err(drop)?;
    let microseconds = instant.unix_timestamp_nanos() / 1_000;
    i64::try_from(microseconds).map(Some).map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<SourceRow> {
        let mut file = HashFile::open(text.as_bytes()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(file.next()).unwrap()
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let text = "\u{feff}digest,user,access_key,scope,models,expires_at\r\n\
                    $2b$04$x,ada,0123456789abcdef,inference management,\"a;b\",2027-01-02T03:04:05Z\r\n";
        let [SourceRow::Key(key)] = &rows(text)[..] else {
            panic!("one key");
        };
        assert_eq!(key.row, "0123456789abcdef");
        assert_eq!(key.user, Reference::Name("ada".to_owned()));
        assert_eq!(
            key.scope,
            Listed::Texts(vec!["inference".into(), "management".into()])
        );
        assert_eq!(key.models, Listed::Texts(vec!["a".into(), "b".into()]));
        assert_eq!(key.expires_at, Some(1_798_859_045_000_000));
        assert!(!key.is_custom);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_left_out_and_the_others_are_read() {
        let text = "user,access_key,digest,expires_at,is_custom\n\
                    ada,a1,$2b$04$x,tomorrow,\n\
                    ada,a2,$2b$04$x,,maybe\n\
                    ada,a3\n\
                    ,a4,$2b$04$x,,\n\
                    ada,a5,$2b$04$x,,\n";
        let rows = rows(text);
        let read = rows.iter().filter(|row| matches!(row, SourceRow::Key(_)));
        assert_eq!(read.count(), 1);
        assert_eq!(rows.len(), 5);
    }

    /// Else the rest of the file would be the inside of a quote that nobody closed, and left
    /// out as one line.
    #[test]
    fn a_line_without_an_end_ends_the_import_and_is_not_held() {
        let header = "user,access_key,digest\n";
        let long = format!(
            "{header}ada,a1,$2b$04$x\nada,a2,\"{}",
            "x\n".repeat(100_000)
        );
        let mut file = HashFile::open(long.as_bytes()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let error = runtime.block_on(file.next()).unwrap_err();
        let error = apikey_domain::error::with_causes(&error);
        assert!(error.contains("begins in line 3"), "{error}");
        let endless = std::io::repeat(b'x');
        let error = HashFile::open(endless).err().unwrap().to_string();
        assert!(error.contains("begins in line 1"), "{error}");

        // Many lines may be longer together, and one as long as allowed is read.
        let line = format!("ada,a1,{}\n", "x".repeat(60_000));
        let many = format!("{header}{}", line.repeat(10));
        assert_eq!(rows(&many).len(), 10);
    }

    #[test]
    fn a_header_without_a_column_or_with_another_one_is_refused() {
        for (header, part) in [
            ("user,digest", "no column access_key"),
            ("user,access_key,digest,salt", "\"salt\""),
            ("user,user,access_key,digest", "\"user\""),
            ("", "no column user"),
        ] {
            let refused = HashFile::open(header.as_bytes()).err().unwrap().to_string();
            assert!(refused.contains(part), "{refused}");
        }
    }
}
