//! The index of names in an FTS5 table, whose words are the numbers of their parts.

use super::connection::Connection;
use crate::{name_index::Document, rows::NumberRow};
use diesel::{
    QueryResult,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

/// How many pages of the table are merged with others after documents were added.
const MERGED_PAGES: i64 = 60;

/// Returns at most `limit` documents that have all of these terms.
pub(crate) async fn lookup(
    connection: &mut Connection,
    terms: &[i32],
    limit: i64,
) -> QueryResult<Vec<i64>> {
    let query = diesel::sql_query(
        "SELECT rowid AS number FROM name_terms WHERE name_terms MATCH ? LIMIT ?",
    );
    let bound = query.bind::<Text, _>(words(terms)).bind::<BigInt, _>(limit);
    Ok(documents(bound.load(connection).await?))
}

/// Returns which of these documents there are.
pub(crate) async fn existing(
    connection: &mut Connection,
    documents_ids: &[i64],
) -> QueryResult<Vec<i64>> {
    let query = diesel::sql_query(
        "SELECT rowid AS number FROM name_terms \
         WHERE rowid IN (SELECT value FROM json_each(?))",
    );
    let bound = query.bind::<Text, _>(list(documents_ids));
    Ok(documents(bound.load(connection).await?))
}

/// Adds documents, or replaces them.
pub(crate) async fn put(connection: &mut Connection, documents: Vec<Document>) -> QueryResult<()> {
    for Document { id, terms } in documents {
        diesel::sql_query("INSERT OR REPLACE INTO name_terms (rowid, terms) VALUES (?, ?)")
            .bind::<BigInt, _>(id)
            .bind::<Text, _>(words(&terms))
            .execute(connection)
            .await?;
    }
    diesel::sql_query("INSERT INTO name_terms (name_terms, rank) VALUES ('merge', ?)")
        .bind::<BigInt, _>(MERGED_PAGES)
        .execute(connection)
        .await
        .map(drop)
}

/// Removes those of these documents that there are.
pub(crate) async fn remove(connection: &mut Connection, documents_ids: &[i64]) -> QueryResult<()> {
    let query =
        diesel::sql_query("DELETE FROM name_terms WHERE rowid IN (SELECT value FROM json_each(?))");
    let bound = query.bind::<Text, _>(list(documents_ids));
    bound.execute(connection).await.map(drop)
}

fn documents(rows: Vec<NumberRow>) -> Vec<i64> {
    rows.into_iter().map(|row| row.number).collect()
}

fn words(terms: &[i32]) -> String {
    let words: Vec<String> = terms.iter().map(|term| format!("{term:x}")).collect();
    words.join(" ")
}

fn list(ids: &[i64]) -> String {
    serde_json::Value::from(ids.to_vec()).to_string()
}
