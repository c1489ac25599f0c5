//! Which stored names would be refused today, and which users look alike.

use apikey_diesel::{Named, StoredName, StoredNames};
use apikey_domain::{
    error::PortError,
    identity::{organization::OrganizationName, user::Username},
    key::key_name::KeyName,
    name::{Likeness, shown},
};
use std::time::Duration;

/// How many names are read at once.
const PAGE_SIZE: u32 = 200;
/// The pause between two pages, for others who read.
const PAGE_PAUSE: Duration = Duration::from_millis(5);
/// How many names a line of the log has at most.
const EXAMPLES: usize = 10;

/// How many there are of a kind, and the first of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Findings {
    count: u64,
    examples: Vec<String>,
}

/// What is found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    users: Findings,
    organizations: Findings,
    keys: Findings,
    /// Pairs of users.
    alike: Findings,
}

/// Reads all names.
pub(super) async fn of(names: &dyn StoredNames) -> Result<Report, PortError> {
    let mut report = Report::default();
    for named in Named::ALL {
        let mut after = 0;
        loop {
            let page = names.names_after(named, after, PAGE_SIZE).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.id;
            for one in page.iter().filter(|one| is_refused(named, &one.name)) {
                report.refused(named).add(|| with_id(one));
            }
            if named == Named::User {
                find_alike(names, &page, &mut report.alike).await?;
            }
            if page.len() < PAGE_SIZE as usize {
                break;
            }
            tokio::time::sleep(PAGE_PAUSE).await;
        }
    }
    Ok(report)
}

/// Adds each pair of users who look alike and of whom the one with the lower id is in
/// the page.
async fn find_alike(
    names: &dyn StoredNames,
    page: &[StoredName],
    alike: &mut Findings,
) -> Result<(), PortError> {
    let likenesses: Vec<_> = page.iter().map(|one| Likeness::of(&one.name)).collect();
    let others = names.perhaps_like(&likenesses).await?;
    let others = others.into_iter().map(|one| (Likeness::of(&one.name), one));
    let others: Vec<_> = others.collect();
    for (one, likeness) in page.iter().zip(&likenesses) {
        for (other_likeness, other) in &others {
            if other.id > one.id && likeness.is_like(other_likeness) {
                alike.add(|| format!("{} and {}", with_id(one), with_id(other)));
            }
        }
    }
    Ok(())
}

/// Returns whether a new name could not be this one.
fn is_refused(named: Named, name: &str) -> bool {
    let is_given_today = match named {
        Named::User => Username::parse(name).is_ok_and(|parsed| parsed.as_str() == name),
        Named::Organization => {
            OrganizationName::parse(name).is_ok_and(|parsed| parsed.as_str() == name)
        }
        Named::ApiKey => KeyName::parse(name).is_ok_and(|parsed| parsed.as_str() == name),
    };
    !is_given_today
}

fn with_id(one: &StoredName) -> String {
    format!("{} ({})", shown(&one.name), one.id)
}

// === impl Report ===

impl Report {
    fn refused(&mut self, named: Named) -> &mut Findings {
        match named {
            Named::User => &mut self.users,
            Named::Organization => &mut self.organizations,
            Named::ApiKey => &mut self.keys,
        }
    }

    /// Writes a line to the log for each kind of which there are any.
    pub(super) fn log(&self) {
        for (kind, findings) in [
            ("users", &self.users),
            ("organizations", &self.organizations),
            ("keys", &self.keys),
        ] {
            if findings.count > 0 {
                let (count, examples) = (findings.count, findings.examples.join(", "));
                let message = "names that would be refused today go on working";
                tracing::warn!(kind, count, examples, "{message}");
            }
        }
        if self.alike.count > 0 {
            let (pairs, examples) = (self.alike.count, self.alike.examples.join(", "));
            tracing::warn!(pairs, examples, "users have names that look alike");
        }
    }
}

// === impl Findings ===

impl Findings {
    fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::timestamp::Timestamp;
    use async_trait::async_trait;

    /// Users of these names; their ids count from 1. There is nothing else.
    struct Users(Vec<String>);

    impl Users {
        fn all(&self) -> impl Iterator<Item = StoredName> + '_ {
            let names = (1..).zip(self.0.iter().cloned());
            names.map(|(id, name)| StoredName { id, name })
        }
    }

    #[async_trait]
    impl StoredNames for Users {
        async fn renew(&self, _: u32, _: Timestamp) -> Result<u64, PortError> {
            Ok(0)
        }

        async fn names_after(
            &self,
            named: Named,
            after: i64,
            limit: u32,
        ) -> Result<Vec<StoredName>, PortError> {
            let users = self.all().filter(|one| one.id > after);
            let are_users = named == Named::User;
            Ok(users
                .take(if are_users { limit as usize } else { 0 })
                .collect())
        }

        async fn perhaps_like(&self, names: &[Likeness]) -> Result<Vec<StoredName>, PortError> {
            let keys: Vec<i64> = names.iter().flat_map(Likeness::keys).collect();
            let is_near = |one: &StoredName| {
                let theirs = Likeness::of(&one.name).keys();
                theirs.iter().any(|key| keys.contains(key))
            };
            Ok(self.all().filter(is_near).collect())
        }
    }

    #[tokio::test]
    async fn what_is_refused_today_and_what_looks_alike_is_reported() {
        let mut names: Vec<String> = (0..300).map(|number| format!("user {number}")).collect();
        names[0] = "admin".to_owned();
        names[1] = "bob ".to_owned();
        names[2] = "bob".to_owned();
        names[250] = "\u{202e}Admin".to_owned();
        names[260] = "rene\u{301}".to_owned();
        let report = of(&Users(names)).await.unwrap();
        let refused = [
            "bob[U+0020] (2)",
            "[U+202E]Admin (251)",
            "rene\u{301} (261)",
        ];
        assert_eq!(report.users.examples, refused);
        let alike = [
            "admin (1) and [U+202E]Admin (251)",
            "bob[U+0020] (2) and bob (3)",
        ];
        assert_eq!(
            (report.alike.count, &report.alike.examples[..]),
            (2, &alike.map(str::to_owned)[..])
        );
        assert_eq!(report.keys, Findings::default());
    }

    #[tokio::test]
    async fn a_report_has_the_first_names_only() {
        let names = (0..1_000).map(|number| format!("{number} ")).collect();
        let report = of(&Users(names)).await.unwrap();
        let users = report.users;
        assert_eq!((users.count, users.examples.len()), (1_000, EXAMPLES));
    }
}
