//! The in-memory store deletes everything at once, so nobody is being removed.

use super::Memory;
use apikey_domain::{
    error::PortError,
    identifier::PrincipalId,
    listing::{Page, Piece, Window},
    port::removals::{Removal, RemovalStep, Removals},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl Removals for Memory {
    async fn list_removals(&self, window: Window) -> Result<Page<Removal>, PortError> {
        Ok(window.of(Vec::new()))
    }

    async fn removals(&self, _: &[PrincipalId]) -> Result<Piece<Removal>, PortError> {
        Ok(Piece::of(Vec::new()))
    }

    async fn continue_removals(&self, _: Timestamp, _: u32) -> Result<RemovalStep, PortError> {
        Ok(RemovalStep::Idle)
    }
}
