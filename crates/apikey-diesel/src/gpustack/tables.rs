//! The tables of a GPUStack, as far as they are read, and the statements that read them.
//!
//! Releases before organizations call `principals` `users`, and have the passwords there.

use super::expressions::{instant, list, long, not, short};
use crate::failure::unavailable;
use apikey_domain::error::PortError;
use std::collections::BTreeSet;
use tokio_postgres::Client;

/// What GPUStack 2.3.0 has in the tables that are read.
const COLUMNS: [(&str, &[&str]); 2] = [
    (
        "principals",
        &["id", "kind", "name", "is_admin", "created_at"],
    ),
    (
        "api_keys",
        &[
            "id",
            "name",
            "access_key",
            "hashed_secret_key",
            "user_id",
            "expires_at",
            "created_at",
        ],
    ),
];

/// What the tables of releases before organizations have at least.
const USERS: [&str; 4] = ["id", "username", "is_admin", "created_at"];

/// The tables that were found.
pub(super) struct Tables {
    /// The name of the table of principals.
    pub(super) principals: String,
    has_organizations: bool,
    columns: BTreeSet<(String, String)>,
}

// === impl Tables ===

impl Tables {
    /// Looks for the tables.
    ///
    /// # Errors
    ///
    /// If they are none that a GPUStack has. It says what was found.
    pub(super) async fn find(client: &Client) -> Result<Self, PortError> {
        let sql = "SELECT c.relname::text, a.attname::text FROM pg_attribute a \
                   JOIN pg_class c ON c.oid = a.attrelid \
                   WHERE a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid) \
                   AND c.relname IN ('principals', 'principal_memberships', 'user_passwords', \
                   'api_keys', 'users')";
        let found = client.query(sql, &[]).await.map_err(unavailable)?;
        let mut columns = BTreeSet::new();
        for row in found {
            let column = (
                row.try_get(0).map_err(unavailable)?,
                row.try_get(1).map_err(unavailable)?,
            );
            columns.insert(column);
        }
        let mut tables = Self {
            principals: "principals".to_owned(),
            has_organizations: true,
            columns,
        };
        if !tables.has_table("principals") && USERS.iter().all(|name| tables.has("users", name)) {
            tables.principals = "users".to_owned();
            tables.has_organizations = false;
        }
        for (table, columns) in COLUMNS {
            if table == "principals" && !tables.has_organizations {
                continue;
            }
            if let Some(missing) = columns.iter().find(|column| !tables.has(table, column)) {
                let found = match tables.names() {
                    none if none.is_empty() => "none of its tables".to_owned(),
                    names => format!("the tables {names}"),
                };
                return Err(unavailable(format!(
                    "this is not the database of a GPUStack that can be read: it has {found}, \
                     and no column {table}.{missing} (GPUStack 2.3.0 has it, and earlier \
                     releases have a table users in the place of principals)"
                )));
            }
        }
        Ok(tables)
    }

    fn names(&self) -> String {
        let names: BTreeSet<&str> = self
            .columns
            .iter()
            .map(|(table, _)| table.as_str())
            .collect();
        Vec::from_iter(names).join(", ")
    }

    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        self.columns
            .contains(&(table.to_owned(), column.to_owned()))
    }

    fn has_table(&self, table: &str) -> bool {
        self.columns.iter().any(|(name, _)| name == table)
    }

    pub(super) fn has_memberships(&self) -> bool {
        self.has_organizations && self.has("principal_memberships", "member_principal_id")
    }

    /// Returns a column, or an expression in its place if it is not there.
    pub(super) fn or(&self, alias: &str, table: &str, column: &str, otherwise: &str) -> String {
        match self.has(table, column) {
            true => format!("{alias}.{column}"),
            false => otherwise.to_owned(),
        }
    }

    fn of_principal(&self, column: &str, otherwise: &str) -> String {
        self.or("p", &self.principals, column, otherwise)
    }

    fn of_key(&self, column: &str, otherwise: &str) -> String {
        self.or("k", "api_keys", column, otherwise)
    }

    /// Returns the kind of a principal, in capitals.
    pub(super) fn kind(&self, alias: &str) -> String {
        match self.has_organizations {
            true => format!("upper({alias}.kind::text)"),
            false if self.has("users", "is_system") => {
                format!("CASE WHEN {alias}.is_system THEN 'SYSTEM' ELSE 'USER' END")
            }
            false => "'USER'".to_owned(),
        }
    }

    /// Returns whether a principal is not deleted.
    pub(super) fn is_live(&self, alias: &str) -> String {
        match self.has(&self.principals, "deleted_at") {
            true => format!("{alias}.deleted_at IS NULL"),
            false => "TRUE".to_owned(),
        }
    }

    pub(super) fn users(&self) -> Option<String> {
        let principals = &self.principals;
        let name = if self.has_organizations {
            "p.name"
        } else {
            "p.username"
        };
        let full_name = match self.has_organizations {
            true => self.of_principal("display_name", "NULL"),
            false => self.of_principal("full_name", "NULL"),
        };
        let password = |column: &str| match self.has("user_passwords", "owner_principal_id") {
            true => {
                let live = match self.has("user_passwords", "deleted_at") {
                    true => "AND w.deleted_at IS NULL",
                    false => "",
                };
                format!(
                    "(SELECT {column} FROM user_passwords w WHERE w.owner_principal_id = p.id \
                     {live} ORDER BY w.id DESC LIMIT 1)"
                )
            }
            false => match column {
                "w.hashed_secret" => self.of_principal("hashed_password", "NULL"),
                _ => self.of_principal("require_password_change", "FALSE"),
            },
        };
        Some(format!(
            "SELECT p.id::bigint, {} AS name, {} AS full_name, left({}::text, 1000) AS password, \
             COALESCE({}, FALSE) AS must_change, p.is_admin, {} AS is_active, \
             left({}::text, 100) AS source, {} AS created_at, {} AS updated_at, \
             {} AS is_deleted \
             FROM {principals} p WHERE {} = 'USER' AND p.id > $1::bigint ORDER BY p.id LIMIT $2",
            short(name),
            short(&full_name),
            password("w.hashed_secret"),
            password("w.require_password_change"),
            self.of_principal("is_active", "TRUE"),
            self.of_principal("source", "NULL"),
            instant("p.created_at"),
            instant(&self.of_principal("updated_at", "p.created_at")),
            not(&self.is_live("p")),
            self.kind("p"),
        ))
    }

    pub(super) fn organizations(&self) -> Option<String> {
        let principals = &self.principals;
        let owned = match self.has_memberships() {
            true => format!(
                "EXISTS (SELECT 1 FROM principal_memberships m JOIN {principals} u \
                 ON u.id = m.member_principal_id WHERE m.parent_principal_id = p.id \
                 AND upper(m.role::text) = 'OWNER' AND {} AND {} = 'USER' AND {})",
                self.is_live_membership(),
                self.kind("u"),
                self.is_live("u"),
            ),
            false => "FALSE".to_owned(),
        };
        self.has_organizations.then(|| {
            format!(
                "SELECT p.id::bigint, {} AS slug, {} AS name, {} AS description, \
                 {owned} AS is_owned, {} AS created_at, {} AS updated_at, {} AS is_deleted \
                 FROM {principals} p WHERE {} = 'ORG' AND p.id > $1::bigint ORDER BY p.id LIMIT $2",
                short("p.name"),
                short(&self.of_principal("display_name", "NULL")),
                long(&self.of_principal("description", "NULL")),
                instant("p.created_at"),
                instant(&self.of_principal("updated_at", "p.created_at")),
                not(&self.is_live("p")),
                self.kind("p"),
            )
        })
    }

    /// Returns what reads the principals that are neither users nor organizations.
    pub(super) fn others(&self) -> Option<String> {
        let name = if self.has_organizations {
            "p.name"
        } else {
            "p.username"
        };
        Some(format!(
            "SELECT p.id::bigint, {} AS name, {} AS kind FROM {} p \
             WHERE {} NOT IN ('USER', 'ORG') AND p.id > $1::bigint ORDER BY p.id LIMIT $2",
            short(name),
            self.kind("p"),
            self.principals,
            self.kind("p"),
        ))
    }

    pub(super) fn keys(&self) -> Option<String> {
        let owner = match self.has("api_keys", "owner_principal_id") {
            true => "k.owner_principal_id::bigint",
            // Before organizations every key was for its user.
            false => "k.user_id::bigint",
        };
        Some(format!(
            "SELECT k.id::bigint, {} AS name, {} AS description, \
             left(k.access_key::text, 600) AS access_key, \
             left(k.hashed_secret_key::text, 1000) AS slow, left({}::text, 1000) AS fast, \
             k.user_id::bigint AS user_id, {owner} AS owner, {} AS scope, {} AS models, \
             COALESCE({}, FALSE) AS is_custom, {} AS expires_at, {} AS created_at, \
             {} AS updated_at, {} AS is_deleted, \
             COALESCE({} = 'USER' AND {}, FALSE) AND {} AS has_user \
             FROM api_keys k LEFT JOIN {} p ON p.id = k.user_id \
             WHERE k.id > $1::bigint ORDER BY k.id LIMIT $2",
            short("k.name"),
            long(&self.of_key("description", "NULL")),
            self.of_key("secret_key_digest", "NULL"),
            list(&self.of_key("scope", "'[\"*\"]'")),
            list(&self.of_key("allowed_model_names", "NULL")),
            self.of_key("is_custom", "FALSE"),
            instant("k.expires_at"),
            instant("k.created_at"),
            instant(&self.of_key("updated_at", "k.created_at")),
            not(&self.is_live_key()),
            self.kind("p"),
            self.is_live("p"),
            self.has_live_owner(),
            self.principals,
        ))
    }

    /// Returns whether a key acts for everything, or for what there is and is not deleted.
    fn has_live_owner(&self) -> String {
        match self.has("api_keys", "owner_principal_id") {
            true => format!(
                "(k.owner_principal_id IS NULL OR EXISTS (SELECT 1 FROM {} o \
                 WHERE o.id = k.owner_principal_id AND {}))",
                self.principals,
                self.is_live("o"),
            ),
            false => "TRUE".to_owned(),
        }
    }

    fn is_live_key(&self) -> String {
        match self.has("api_keys", "deleted_at") {
            true => "k.deleted_at IS NULL".to_owned(),
            false => "TRUE".to_owned(),
        }
    }

    pub(super) fn present_users(&self) -> String {
        self.present("USER")
    }

    pub(super) fn present_organizations(&self) -> String {
        self.present("ORG")
    }

    fn present(&self, kind: &str) -> String {
        format!(
            "SELECT p.id::bigint FROM {} p WHERE p.id = ANY($1::bigint[]) AND {} = '{kind}' AND {}",
            self.principals,
            self.kind("p"),
            self.is_live("p"),
        )
    }

    pub(super) fn present_keys(&self) -> String {
        format!(
            "SELECT k.id::bigint FROM api_keys k JOIN {} p ON p.id = k.user_id \
             WHERE k.id = ANY($1::bigint[]) AND {} AND {} = 'USER' AND {} AND {}",
            self.principals,
            self.is_live_key(),
            self.kind("p"),
            self.is_live("p"),
            self.has_live_owner(),
        )
    }
}
