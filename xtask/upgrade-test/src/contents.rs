//! Everything in a database, to see that nothing was changed.

use anyhow::Result;
use diesel::{QueryableByName, SqliteConnection, sql_query, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::BTreeMap;
use xtask_harness::database::{Database, Kind, postgres, sqlite};

/// What nodes write of themselves.
const OF_NODES: [&str; 2] = ["nodes", "write_proof"];

/// A row of a query for text.
#[derive(QueryableByName)]
pub(crate) struct Line {
    #[diesel(sql_type = Text)]
    pub(crate) text: String,
}

/// Returns the rows of each table, as text; of PostgreSQL their digest.
pub(crate) async fn of(database: &Database) -> Result<BTreeMap<String, Vec<String>>> {
    match database.kind() {
        Kind::Sqlite => of_file(&mut sqlite(database.url())?),
        Kind::Postgres => of_server(&mut postgres(database.url()).await?).await,
    }
}

/// Returns the names of the tables that a file has, but those that SQLite keeps for itself.
pub(crate) fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>> {
    lines(
        connection,
        "SELECT name AS text FROM sqlite_schema WHERE type = 'table' \
         AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid",
    )
}

/// Returns the columns of a table that are stored.
pub(crate) fn columns(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>> {
    let query = format!("SELECT name AS text FROM pragma_table_info('{table}')");
    lines(connection, &query)
}

/// Returns the rows of a query for text.
pub(crate) fn lines(connection: &mut SqliteConnection, query: &str) -> Result<Vec<String>> {
    let lines: Vec<Line> = diesel::RunQueryDsl::load(sql_query(query), connection)?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

/// Returns each row of a table as the values of an insert, in the order of the table.
pub(crate) fn values(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>> {
    let columns = columns(connection, table)?;
    let values: Vec<String> = columns
        .iter()
        .map(|name| format!("quote(\"{name}\")"))
        .collect();
    let values = values.join(" || ', ' || ");
    lines(
        connection,
        &format!("SELECT {values} AS text FROM \"{table}\""),
    )
}

fn of_file(connection: &mut SqliteConnection) -> Result<BTreeMap<String, Vec<String>>> {
    let mut all = BTreeMap::new();
    for table in tables(connection)? {
        let values = values(connection, &table)?;
        all.insert(table, values);
    }
    Ok(all)
}

async fn of_server(connection: &mut AsyncPgConnection) -> Result<BTreeMap<String, Vec<String>>> {
    let tables = "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<Line> = RunQueryDsl::load(sql_query(tables), connection).await?;
    let mut all = BTreeMap::new();
    for Line { text: table } in tables {
        if OF_NODES.contains(&table.as_str()) {
            continue;
        }
        let query = format!(
            "SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) \
             AS text FROM \"{table}\" AS t"
        );
        let lines: Vec<Line> = RunQueryDsl::load(sql_query(query), connection).await?;
        all.insert(table, lines.into_iter().map(|line| line.text).collect());
    }
    Ok(all)
}
