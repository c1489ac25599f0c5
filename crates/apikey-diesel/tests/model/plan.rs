//! The plans of queries.

use apikey_diesel::{
    DatabaseUrl,
    testing::{TestDatabase, sqlite_connection},
};
use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};

pub(crate) async fn client(database: &TestDatabase) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(&database.url_text, tokio_postgres::NoTls);
    let (client, driver) = connected.await.unwrap();
    tokio::spawn(driver);
    client
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Returns the plan of a query, whatever the table's size.
pub(crate) async fn plan(database: &TestDatabase, query: &str) -> String {
    match &database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = sqlite_connection(path).unwrap();
            let plan = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"));
            let plan: Vec<Plan> = plan.load(&mut connection).unwrap();
            plan.into_iter().map(|line| line.detail + "\n").collect()
        }
        DatabaseUrl::Postgres(_) => {
            let client = client(database).await;
            client
                .batch_execute("SET enable_seqscan = off")
                .await
                .unwrap();
            let plan = client
                .query(&format!("EXPLAIN {query}"), &[])
                .await
                .unwrap();
            plan.iter()
                .map(|line| line.get::<_, String>(0) + "\n")
                .collect()
        }
    }
}
