//! Looks at what there is before an import, and changes nothing.

use super::{
    connection::{Connection, Source},
    import_facts, imports,
};
use crate::failure::unavailable;
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    import::{
        draft::Drafted,
        facts::{Administrators, Facts, ImportOptions},
        source::{RowId, RowKind, SourceName},
    },
    port::import_store::ImportView,
};
use async_trait::async_trait;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use std::collections::BTreeMap;
use tokio::sync::Mutex;

/// A connection that only reads.
struct Look(Mutex<Connection>);

/// Looks into a database; `None` if it has no tables of this service.
pub(crate) async fn look(
    source: &Source,
    read_only: &str,
) -> Result<Option<Box<dyn ImportView>>, PortError> {
    let mut connection = source.connect().await?.into_inner();
    connection
        .batch_execute(read_only)
        .await
        .map_err(unavailable)?;
    if !can_read(&mut connection, "api_keys").await {
        return Ok(None);
    }
    if !can_read(&mut connection, "imports").await {
        return Err(unavailable(
            "its tables are those of an earlier release: run `apikey-server migrate` first",
        ));
    }
    Ok(Some(Box::new(Look(Mutex::new(connection)))))
}

async fn can_read(connection: &mut Connection, table: &str) -> bool {
    let read = format!("SELECT 1 FROM {table} LIMIT 1");
    diesel::sql_query(read).execute(connection).await.is_ok()
}

#[async_trait]
impl ImportView for Look {
    async fn facts(
        &self,
        source: &SourceName,
        options: &ImportOptions,
        drafted: &Drafted,
        merged: &BTreeMap<i64, UserId>,
    ) -> Result<Facts, PortError> {
        let mut connection = self.0.lock().await;
        import_facts::of_one(&mut connection, source, options, drafted, merged).await
    }

    async fn administrators(&self) -> Result<Administrators, PortError> {
        import_facts::administrators(&mut *self.0.lock().await).await
    }

    async fn organization_admins(&self, organization: PrincipalId) -> Result<u64, PortError> {
        import_facts::organization_admins(&mut *self.0.lock().await, organization).await
    }

    async fn imported(
        &self,
        source: &SourceName,
        kind: RowKind,
        after: &str,
        most: u32,
    ) -> Result<Vec<RowId>, PortError> {
        let mut connection = self.0.lock().await;
        imports::list(&mut connection, source, kind, after, most).await
    }
}
