//! Names in place of ids.
//!
//! A number is an id, and anything else a name. Where a name may be a number, `name:` and
//! `id:` say which is meant, and what may be both is refused.

use super::{
    call::Call,
    client::Client,
    failure::Failure,
    fields::Fields,
    lists::{self, Walk},
};
use crate::text::visible;

/// How many entries that contain a name are looked at.
const MOST_FOUND: usize = 10_000;
/// How many of several that are meant are named.
const MOST_NAMED: usize = 10;

/// What a name is of.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A user: the username.
    User,
    /// An organization: the slug.
    Organization,
    /// A key: the name, which several may have.
    Key,
}

/// What somebody wrote.
enum Meant<'a> {
    Id(i64),
    Name(&'a str),
    Either(i64, &'a str),
}

// === impl Kind ===

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Key => "key",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::User => "username",
            Self::Organization => "slug",
            Self::Key => "name",
        }
    }

    /// Returns the list of those in which a name may be found, and how to walk through it.
    fn list(self, name: &str) -> (Call, Walk) {
        match self {
            Self::User => (
                Call::get("/v2/users")
                    .with("search", name)
                    .with("sort_by", "username"),
                Walk::Number,
            ),
            // Only names are searched, and not slugs.
            Self::Organization => (Call::get("/v2/organizations"), Walk::Number),
            Self::Key => (
                Call::get("/v2/api-keys")
                    .with("user_id", "*")
                    .with("search", name),
                Walk::Cursor,
            ),
        }
    }
}

/// Returns the id of what somebody means.
///
/// # Errors
///
/// If there is none, or if there are several.
pub(super) fn id_of(client: &Client, kind: Kind, text: &str) -> Result<i64, Failure> {
    let (id, name) = match meant(text) {
        Meant::Id(id) => return Ok(id),
        // Names of keys are often numbers, and several may have one: a number is an id.
        Meant::Either(id, _) if matches!(kind, Kind::Key) => return Ok(id),
        Meant::Name(name) => (None, name),
        Meant::Either(id, name) => (Some(id), name),
    };
    let found = match (named(client, kind, name), id) {
        (Ok(found), _) => found,
        // Whoever may not look up names has ids.
        (Err(Failure::Refused(_)), Some(id)) => return Ok(id),
        (Err(Failure::Refused(message)), None) => {
            let word = kind.word();
            return Err(Failure::Refused(format!(
                "the {word} {name:?} cannot be looked up, give its id: {message}"
            )));
        }
        (Err(failure), _) => return Err(failure),
    };
    one_of(kind, text, id, &found)
}

fn one_of(kind: Kind, text: &str, id: Option<i64>, found: &[i64]) -> Result<i64, Failure> {
    let word = kind.word();
    match (found, id) {
        ([], Some(id)) => Ok(id),
        ([one], None) => Ok(*one),
        ([one], Some(id)) if *one == id => Ok(id),
        ([], None) => Err(Failure::NotFound(format!(
            "there is no {word} {:?}",
            visible(text)
        ))),
        ([_], Some(_)) => Err(Failure::Arguments(format!(
            "{text} is the {} of a {word}, and may be the id of another: write name:{text} or \
             id:{text}",
            kind.field()
        ))),
        (several, _) => {
            let ids: Vec<String> = several
                .iter()
                .take(MOST_NAMED)
                .map(i64::to_string)
                .collect();
            Err(Failure::Arguments(format!(
                "there are several of the name {:?}, give the id of one: {}",
                visible(text),
                ids.join(", ")
            )))
        }
    }
}

fn meant(text: &str) -> Meant<'_> {
    let number = |text: &str| text.parse::<i64>().ok();
    if let Some(id) = text.strip_prefix("id:").and_then(number) {
        return Meant::Id(id);
    }
    match (text.strip_prefix("name:"), number(text)) {
        (Some(name), _) => Meant::Name(name),
        (None, Some(id)) => Meant::Either(id, text),
        (None, None) => Meant::Name(text),
    }
}

/// Returns the ids of those with exactly this name.
fn named(client: &Client, kind: Kind, name: &str) -> Result<Vec<i64>, Failure> {
    let (call, walk) = kind.list(name);
    let mut found = Vec::new();
    let mut seen = 0;
    lists::each_page(client, &call, walk, &mut |items, _| {
        for item in items {
            let fields = Fields::read(item.get())?;
            if fields.text(kind.field()) == Some(name) {
                found.push(fields.integer("id")?);
            }
        }
        seen += items.len();
        // Usernames and slugs are unique.
        let is_done = !matches!(kind, Kind::Key) && !found.is_empty();
        let is_bounded = !matches!(kind, Kind::Organization) && seen >= MOST_FOUND;
        if is_bounded && !is_done {
            return Err(Failure::Refused(format!(
                "more than {MOST_FOUND} contain it"
            )));
        }
        Ok(!is_done && found.len() <= MOST_NAMED)
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_two_things_is_refused() {
        let one = |id, found: &[i64]| one_of(Kind::User, "7", id, found);
        assert_eq!(one(None, &[3]).unwrap(), 3);
        assert_eq!(one(Some(7), &[]).unwrap(), 7);
        assert_eq!(one(Some(7), &[7]).unwrap(), 7);
        assert_eq!(one(None, &[]).unwrap_err().exit_code(), 4);
        for (id, found) in [(Some(7), &[3][..]), (None, &[3, 4])] {
            assert_eq!(one(id, found).unwrap_err().exit_code(), 2);
        }
    }

    #[test]
    fn a_prefix_says_what_is_meant() {
        assert!(matches!(meant("7"), Meant::Either(7, "7")));
        assert!(matches!(meant("id:7"), Meant::Id(7)));
        assert!(matches!(meant("name:7"), Meant::Name("7")));
        assert!(matches!(meant("alice"), Meant::Name("alice")));
        assert!(matches!(meant("id:alice"), Meant::Name("id:alice")));
    }
}
