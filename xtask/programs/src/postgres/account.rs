//! The accounts of `/etc/passwd`.

use std::io;
use std::os::unix::fs::chown;
use std::path::Path;

/// An account that programs can run under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// The login name.
    pub(super) name: String,
    /// The user's number.
    pub(super) user: u32,
    /// The number of the user's own group.
    pub(super) group: u32,
}

/// The accounts that serve, best first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

impl Account {
    /// Finds an account without privileges in the text of `/etc/passwd`.
    pub(super) fn unprivileged(accounts: &str) -> Option<Self> {
        UNPRIVILEGED.iter().find_map(|name| {
            accounts
                .lines()
                .filter_map(Self::parse)
                .find(|account| account.name == *name && account.user != 0)
        })
    }

    /// Makes the account the owner of a file or folder.
    pub(super) fn take_over(&self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let _password = fields.next()?;
        let user = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Self { name, user, group })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: &str = "nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n";
    const POSTGRES: &str = "postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn the_account_of_postgres_comes_first() {
        let account = Account::unprivileged(&format!("{NOBODY}{POSTGRES}")).unwrap();
        assert_eq!(account.name, "postgres");
        assert_eq!((account.user, account.group), (101, 104));
    }

    #[test]
    fn nobody_serves_where_postgres_is_missing() {
        let account = Account::unprivileged(NOBODY).unwrap();
        assert_eq!((account.user, account.group), (65534, 65533));
    }

    #[test]
    fn an_account_with_the_rights_of_root_does_not_serve() {
        assert_eq!(Account::unprivileged("nobody:x:0:0::/:/bin/sh\n"), None);
    }

    #[test]
    fn a_line_that_is_no_account_is_passed_over() {
        assert_eq!(Account::unprivileged("# nobody\nnobody:x\n"), None);
    }
}
