//! Reads the database of a GPUStack, without changing anything of it: in one read-only
//! transaction, so that all rows are of one moment, and some rows after others, so that
//! none has to be held for long.

mod cut;
mod expressions;
mod ids;
mod membership_tables;
mod memberships;
mod rows;
mod tables;

use crate::{database_url::DatabaseUrl, failure::unavailable, postgres::Source};
use apikey_domain::{
    error::PortError,
    import::{
        facts::{HighestIds, MOST_ID},
        source::{RowId, RowKind, SourceRow},
    },
    port::import_store::ImportSource,
};
use async_trait::async_trait;
use memberships::Resolved;
use rows::Page;
use std::collections::BTreeSet;
use tables::Tables;
use tokio_postgres::{Client, types::ToSql};

/// How many rows are read at once.
const PAGE: i64 = 500;

/// The beginning of the transaction. Nobody waits for it there, and it waits for nobody for
/// long. What a policy hides from the role must not be taken for gone: then the statement
/// fails.
const BEGIN: &str = "
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL row_security = off;
    SET LOCAL lock_timeout = '10s';
    SET LOCAL statement_timeout = '300s';
    SET LOCAL idle_in_transaction_session_timeout = 0;
";

/// How many rows of a kind there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct GpustackTotals {
    /// Users and organizations, groups, and parts of GPUStack.
    pub principals: u64,
    /// Keys.
    pub keys: u64,
}

/// The database of a GPUStack.
pub struct GpustackSource {
    client: Client,
    tables: Tables,
    groups: Resolved,
    stage: Stage,
    after: i64,
    totals: GpustackTotals,
}

/// What is read next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Users,
    Organizations,
    Others,
    Memberships,
    OtherMemberships,
    Keys,
    End,
}

// === impl GpustackSource ===

impl GpustackSource {
    /// Connects to a database, and looks whether it is that of a GPUStack.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when it cannot be reached, or is none: then it says what
    /// was found.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, PortError> {
        let url = match url {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(_) => {
                return Err(unavailable("GPUStack's database must be a PostgreSQL one"));
            }
        };
        let (client, _) = Source::from_url(url, 3)?.unasked().await?;
        client.batch_execute(BEGIN).await.map_err(unavailable)?;
        read_bytes_as_they_are(&client).await?;
        let tables = Tables::find(&client).await?;
        let groups = Resolved::read(&client, &tables).await?;
        let totals = GpustackTotals {
            principals: count(&client, &tables.principals).await?,
            keys: count(&client, "api_keys").await?,
        };
        Ok(Self {
            client,
            tables,
            groups,
            stage: Stage::Users,
            after: i64::MIN,
            totals,
        })
    }

    /// Returns how many rows there are.
    pub fn totals(&self) -> GpustackTotals {
        self.totals
    }

    async fn query(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, PortError> {
        self.client
            .query(sql, parameters)
            .await
            .map_err(unavailable)
    }

    /// Reads the next rows of a stage; none if it is at its end.
    async fn page(&self, stage: Stage) -> Result<Page, PortError> {
        let (tables, after) = (&self.tables, self.after);
        let sql = match stage {
            Stage::Users | Stage::Memberships => tables.users(),
            Stage::Organizations => tables.organizations(),
            Stage::Others => tables.others(),
            Stage::OtherMemberships => tables.other_memberships(),
            Stage::Keys => tables.keys(),
            Stage::End => return Ok(Page::default()),
        };
        let Some(sql) = sql else {
            return Ok(Page::default());
        };
        let found = self.query(&sql, &[&after, &PAGE]).await?;
        match stage {
            Stage::Users => rows::users(&found),
            Stage::Organizations => rows::organizations(&found, &self.groups),
            Stage::Others => rows::others(&found),
            Stage::OtherMemberships => rows::other_memberships(&found),
            Stage::Keys => rows::keys(&found),
            Stage::Memberships => {
                let users = ids::ids(&found)?;
                let all = self.groups.of(&self.client, tables, &users).await?;
                Ok(Page {
                    last: users.last().copied(),
                    rows: all,
                })
            }
            Stage::End => Ok(Page::default()),
        }
    }

    async fn present(&self, sql: &str, rows: &[RowId]) -> Result<BTreeSet<i64>, PortError> {
        let ids = rows.iter().filter_map(|row| row.text.parse().ok());
        let ids: Vec<i64> = ids.collect();
        let found = self.query(sql, &[&ids]).await?;
        Ok(BTreeSet::from_iter(ids::ids(&found)?))
    }
}

#[async_trait]
impl ImportSource for GpustackSource {
    async fn next(&mut self) -> Result<Vec<SourceRow>, PortError> {
        while self.stage != Stage::End {
            let page = self.page(self.stage).await?;
            match page.last {
                Some(last) => self.after = last,
                None => {
                    self.stage = self.stage.next();
                    self.after = i64::MIN;
                }
            }
            if !page.rows.is_empty() {
                return Ok(page.rows);
            }
        }
        Ok(Vec::new())
    }

    async fn highest_ids(&mut self) -> Result<HighestIds, PortError> {
        // Users and organizations are in one table there.
        let principals = highest(&self.client, &self.tables.principals).await?;
        Ok(HighestIds {
            users: principals,
            principals,
            keys: highest(&self.client, "api_keys").await?,
        })
    }

    async fn absent(&mut self, rows: &[RowId]) -> Result<Vec<RowId>, PortError> {
        let Some(kind) = rows.first().map(|row| row.kind) else {
            return Ok(Vec::new());
        };
        if kind == RowKind::Membership {
            let pairs = rows.iter().filter_map(RowId::as_membership);
            let users: Vec<i64> = pairs.map(|(_, user)| user).collect();
            let present = self.groups.of(&self.client, &self.tables, &users).await?;
            let present = present
                .iter()
                .filter(|row| !matches!(row, SourceRow::LeftOut(..)));
            let present: BTreeSet<RowId> = present.map(SourceRow::id).collect();
            let absent = rows.iter().filter(|row| !present.contains(row));
            return Ok(absent.cloned().collect());
        }
        let sql = match kind {
            RowKind::User => self.tables.present_users(),
            RowKind::Organization => self.tables.present_organizations(),
            _ => self.tables.present_keys(),
        };
        let present = self.present(&sql, rows).await?;
        // What is not called as this calls its rows was not read from here, but from a list
        // that was given this name.
        let is_absent = |row: &&RowId| {
            let id: Option<i64> = row.text.parse().ok();
            id.is_some_and(|id| id.to_string() == row.text && !present.contains(&id))
        };
        Ok(rows.iter().filter(is_absent).cloned().collect())
    }
}

// === impl Stage ===

impl Stage {
    fn next(self) -> Self {
        match self {
            Self::Users => Self::Organizations,
            Self::Organizations => Self::Others,
            Self::Others => Self::Memberships,
            Self::Memberships => Self::OtherMemberships,
            Self::OtherMemberships => Self::Keys,
            Self::Keys | Self::End => Self::End,
        }
    }
}

/// A database that knows no encoding must not look whether a text is one: one row would fail
/// the statement, and so would a text that was cut within a character.
async fn read_bytes_as_they_are(client: &Client) -> Result<(), PortError> {
    let sql = "SELECT current_setting('server_encoding') = 'SQL_ASCII'";
    let row = client.query_one(sql, &[]).await.map_err(unavailable)?;
    if row.try_get(0).map_err(unavailable)? {
        let set = "SET LOCAL client_encoding = 'SQL_ASCII'";
        client.batch_execute(set).await.map_err(unavailable)?;
    }
    Ok(())
}

async fn highest(client: &Client, table: &str) -> Result<i64, PortError> {
    let sql = format!("SELECT COALESCE(max(id), 0)::bigint FROM {table} WHERE id <= $1::bigint");
    let row = client.query_one(&sql, &[&MOST_ID]).await;
    row.map_err(unavailable)?.try_get(0).map_err(unavailable)
}

async fn count(client: &Client, table: &str) -> Result<u64, PortError> {
    let sql = format!("SELECT count(*) FROM {table}");
    let row = client.query_one(&sql, &[]).await.map_err(unavailable)?;
    let count: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(u64::try_from(count).unwrap_or_default())
}
