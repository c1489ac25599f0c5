//! The index of names in an inverted index of arrays of numbers.

use super::connection::Connection;
use crate::{name_index::Document, schema::name_terms};
use diesel::{
    ExpressionMethods, PgArrayExpressionMethods, QueryDsl, QueryResult, upsert::excluded,
};
use diesel_async::RunQueryDsl;

/// Returns at most `limit` documents that have all of these terms.
pub(crate) async fn lookup(
    connection: &mut Connection,
    terms: &[i32],
    limit: i64,
) -> QueryResult<Vec<i64>> {
    name_terms::table
        .filter(name_terms::terms.contains(terms))
        .select(name_terms::document)
        .limit(limit)
        .load(connection)
        .await
}

/// Returns which of these documents there are.
pub(crate) async fn existing(
    connection: &mut Connection,
    documents: &[i64],
) -> QueryResult<Vec<i64>> {
    name_terms::table
        .filter(name_terms::document.eq_any(documents))
        .select(name_terms::document)
        .load(connection)
        .await
}

/// Adds documents, or replaces them.
pub(crate) async fn put(connection: &mut Connection, documents: Vec<Document>) -> QueryResult<()> {
    let rows: Vec<_> = documents
        .into_iter()
        .map(|document| {
            (
                name_terms::document.eq(document.id),
                name_terms::terms.eq(document.terms),
            )
        })
        .collect();
    diesel::insert_into(name_terms::table)
        .values(rows)
        .on_conflict(name_terms::document)
        .do_update()
        .set(name_terms::terms.eq(excluded(name_terms::terms)))
        .execute(connection)
        .await
        .map(drop)
}

/// Removes those of these documents that there are.
pub(crate) async fn remove(connection: &mut Connection, documents: &[i64]) -> QueryResult<()> {
    diesel::delete(name_terms::table.filter(name_terms::document.eq_any(documents)))
        .execute(connection)
        .await
        .map(drop)
}
