//! Makes the rows of a GPUStack, with all that may be wrong in them.

use apikey_diesel::testing::dump;

/// The tables of GPUStack 2.3.0.
const TABLES: &str = include_str!("../../../apikey-diesel/tests/gpustack/2.3.0.sql");

/// A principal.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) id: i64,
    pub(crate) kind: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) is_deleted: bool,
}

/// A membership.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) parent: i64,
    pub(crate) member: i64,
    pub(crate) role: Option<&'static str>,
    pub(crate) is_deleted: bool,
}

/// A key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) access_key: String,
    pub(crate) slow: String,
    pub(crate) fast: Option<String>,
    pub(crate) user: i64,
    pub(crate) owner: Option<i64>,
    pub(crate) scope: &'static str,
    pub(crate) models: Option<&'static str>,
    pub(crate) expires_at: Option<&'static str>,
    pub(crate) is_deleted: bool,
}

/// The rows.
pub(crate) struct Made {
    pub(crate) principals: Vec<Principal>,
    pub(crate) members: Vec<Member>,
    pub(crate) keys: Vec<Key>,
    random: u64,
}

// === impl Made ===

impl Made {
    pub(crate) fn new(seed: u64) -> Self {
        let mut made = Self {
            principals: Vec::new(),
            members: Vec::new(),
            keys: Vec::new(),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        };
        for id in 1..=40 {
            made.add_principal(id);
        }
        for _ in 0..60 {
            made.add_member();
        }
        for id in 1..=80 {
            made.add_key(id);
        }
        made
    }

    fn below(&mut self, most: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % most as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }

    fn add_principal(&mut self, id: i64) {
        let kinds = [
            "USER", "USER", "USER", "USER", "ORG", "ORG", "GROUP", "SYSTEM",
        ];
        let kind = self.one_of(&kinds);
        let name = match (kind, self.below(12)) {
            ("GROUP", _) if !self.principals.iter().any(|one| one.kind == "GROUP") => {
                Some("system/authenticated".to_owned())
            }
            (_, 0) => None,
            (_, 1) => Some(format!("{id} with spaces ")),
            (_, 2) => Some(format!("{id}:colon")),
            (_, 3) => Some(format!("{id}\ttab and \u{202e}")),
            (_, 4) => Some(format!("{id}{}", "x".repeat(250))),
            (_, 5) => Some(format!("Юзер {id} 🔑")),
            (_, 6) => Some(format!("it's \\ \"{id}\"")),
            _ => Some(format!("name{id}")),
        };
        let is_deleted = self.below(8) == 0;
        self.principals.push(Principal {
            id,
            kind,
            name,
            is_deleted,
        });
    }

    fn add_member(&mut self) {
        let (parent, member) = (self.below(42) as i64, self.below(42) as i64);
        let role = self.one_of(&[Some("OWNER"), Some("MEMBER"), None]);
        let is_deleted = self.below(6) == 0;
        self.members.push(Member {
            parent,
            member,
            role,
            is_deleted,
        });
    }

    fn add_key(&mut self, id: i64) {
        let slow = format!(
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ${}",
            base64ish(id)
        );
        let fast = match self.below(4) {
            0 => None,
            1 => Some("sha256$only".to_owned()),
            _ => Some(format!("sha256$salt{id}${:064x}", id)),
        };
        let slow = match self.below(8) {
            0 => format!("md5${id}"),
            _ => slow,
        };
        let user = self.below(42) as i64;
        let owner = match self.below(4) {
            0 => None,
            1 => Some(user),
            _ => Some(self.below(42) as i64),
        };
        let name = match self.below(6) {
            0 => String::new(),
            1 => format!("new\nline {id}"),
            _ => format!("key{}", self.below(4)),
        };
        // Of one user for one owner GPUStack has a name once, unless the owner is null.
        let is_taken = self.keys.iter().any(|other| {
            owner.is_some() && (other.user, other.owner, &other.name) == (user, owner, &name)
        });
        let name = if is_taken {
            format!("{name}{id}")
        } else {
            name
        };
        let scopes = [
            "[\"*\"]",
            "[\"inference\"]",
            "[\"management\", \"inference\"]",
            "[\"inference\", \"unheard-of\"]",
            "[\"unheard-of\"]",
            "[]",
            "null",
            "{\"a\": 1}",
            "[1, 2]",
            "\"inference\"",
        ];
        let models = [
            None,
            Some("null"),
            Some("[]"),
            Some("[\"qwen3-0.6b\", \"bge-m3\"]"),
            Some("[\"\"]"),
            Some("[null]"),
            Some("{}"),
        ];
        let instants = [
            None,
            Some("2027-11-25 18:51:55.231476"),
            Some("2020-01-01 00:00:00"),
            Some("infinity"),
            Some("-infinity"),
            Some("20000-01-01 00:00:00"),
        ];
        let (plain, odd) = (self.below(3), self.below(scopes.len()));
        let key = Key {
            id,
            name,
            access_key: match self.below(20) {
                0 if !self.keys.iter().any(|key| key.access_key.is_empty()) => String::new(),
                _ => format!("{:016x}", id * 1_000 + 7),
            },
            slow,
            fast,
            user,
            owner,
            scope: if plain > 0 { scopes[0] } else { scopes[odd] },
            models: if plain > 1 {
                None
            } else {
                self.one_of(&models)
            },
            expires_at: self.one_of(&instants),
            is_deleted: self.below(10) == 0,
        };
        self.keys.push(key);
    }

    /// Returns what makes the tables, without what keeps rows from being wrong, and the rows.
    pub(crate) fn statements(&self) -> Vec<String> {
        let tables = dump::statements(TABLES);
        let is_made = |text: &String| !text.contains("FOREIGN KEY") && !text.starts_with("INSERT");
        let mut statements: Vec<String> = tables.into_iter().filter(is_made).collect();
        let created = "'2026-11-25 18:51:55.211102', '2026-11-25 18:51:55.21112'";
        for one in &self.principals {
            let (id, kind, name) = (one.id, one.kind, quoted(one.name.as_deref()));
            let deleted = deleted(one.is_deleted);
            statements.push(format!(
                "INSERT INTO principals (deleted_at, is_admin, id, created_at, updated_at, kind, \
                 name) VALUES ({deleted}, FALSE, {id}, {created}, '{kind}', {name})"
            ));
        }
        for (id, one) in self.members.iter().enumerate() {
            let (parent, member, role) = (one.parent, one.member, quoted(one.role));
            let deleted = deleted(one.is_deleted);
            statements.push(format!(
                "INSERT INTO principal_memberships (id, parent_principal_id, \
                 member_principal_id, role, created_at, updated_at, deleted_at) \
                 VALUES ({id}, {parent}, {member}, {role}, {created}, {deleted})"
            ));
        }
        for key in &self.keys {
            let owner = key.owner.map_or("NULL".to_owned(), |id| id.to_string());
            statements.push(format!(
                "INSERT INTO api_keys (deleted_at, name, id, access_key, hashed_secret_key, \
                 user_id, expires_at, created_at, updated_at, allowed_model_names, is_custom, \
                 scope, owner_principal_id, secret_key_digest) VALUES ({}, {}, {}, {}, {}, {}, \
                 {}, {created}, {}, FALSE, {}, {owner}, {})",
                deleted(key.is_deleted),
                quoted(Some(&key.name)),
                key.id,
                quoted(Some(&key.access_key)),
                quoted(Some(&key.slow)),
                key.user,
                quoted(key.expires_at),
                quoted(key.models),
                quoted(Some(key.scope)),
                quoted(key.fast.as_deref()),
            ));
        }
        statements
    }
}

/// Returns an output of a hash that is another one for each number.
fn base64ish(id: i64) -> String {
    format!("{}{id:04}", "A".repeat(38)) + "A"
}

fn deleted(is_deleted: bool) -> &'static str {
    if is_deleted { "now()" } else { "NULL" }
}

fn quoted(text: Option<&str>) -> String {
    text.map_or("NULL".to_owned(), |text| {
        format!("'{}'", text.replace('\'', "''"))
    })
}
