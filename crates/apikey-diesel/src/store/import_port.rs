//! Implements the ports of imports.

use super::{
    connection::Connection, import_batch, import_facts, imports, lock::Lock, ports::Store,
};
use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    identifier::{PrincipalId, UserId},
    import::{
        draft::Drafted,
        facts::{Administrators, Facts, ImportOptions},
        source::{RowId, RowKind, SourceName},
    },
    port::import_store::{Brought, ImportBatch, ImportStore, ImportView},
};
use async_trait::async_trait;
use std::collections::BTreeMap;

#[async_trait]
impl ImportStore for Store {
    async fn bring(&self, by: Authority, batch: ImportBatch) -> Result<Brought, PortError> {
        let at = by.at();
        self.writer
            .write(
                by,
                Lock::Aside,
                statement!(import_batch::bring, at: at, batch: &batch),
            )
            .await
    }
}

#[async_trait]
impl ImportView for Store {
    async fn facts(
        &self,
        source: &SourceName,
        options: &ImportOptions,
        drafted: &Drafted,
        merged: &BTreeMap<i64, UserId>,
    ) -> Result<Facts, PortError> {
        let (source, options, drafted) = (source.clone(), options.clone(), drafted.clone());
        let merged = merged.clone();
        self.readers
            .scan(statement!(
                import_facts::of_one,
                source: &source,
                options: &options,
                drafted: &drafted,
                merged: &merged
            ))
            .await
    }

    async fn administrators(&self) -> Result<Administrators, PortError> {
        self.readers
            .scan(statement!(import_facts::administrators,))
            .await
    }

    async fn organization_admins(&self, organization: PrincipalId) -> Result<u64, PortError> {
        self.readers
            .scan(statement!(import_facts::organization_admins, organization: organization))
            .await
    }

    async fn imported(
        &self,
        source: &SourceName,
        kind: RowKind,
        after: &str,
        most: u32,
    ) -> Result<Vec<RowId>, PortError> {
        let (source, after) = (source.clone(), after.to_owned());
        self.readers
            .scan(statement!(imports::list, source: &source, kind: kind, after: &after, most: most))
            .await
    }
}
