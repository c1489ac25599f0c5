//! Keys that end for good.

use super::{ENDED, Tenant};
use crate::{measured::Kind, standing::Refusal};
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use xtask_harness::request::Request;

// === impl Tenant ===

impl Tenant {
    pub(super) async fn delete(&mut self) -> Result<()> {
        let index = self.draw_key();
        let own = self.keys.swap_remove(index);
        let gone = self.standing(&own).refused(Refusal::Unknown);
        own.secret.standing.begin(gone);
        self.delete_shown(own.id).await?;
        own.secret.standing.settle(gone);
        Ok(())
    }

    pub(super) async fn revoke(&mut self) -> Result<()> {
        let index = self.draw_key();
        let own = self.keys.swap_remove(index);
        let secret = Arc::clone(&own.secret);
        let revoked = self.standing(&own).refused(Refusal::Revoked);
        secret.standing.begin(revoked);
        let path = format!("/v2/api-keys/{}/revoke", own.id);
        let body = json!({"reason": "superseded", "comment": "in the soak"});
        let shown = self
            .change_key(Kind::End, own.id, Request::post(path, &body))
            .await?;
        ensure!(shown["status"] == "revoked", "it is not revoked: {shown}");
        secret.standing.settle(revoked);
        self.ended.push(secret);
        if self.ended.len() > ENDED {
            let ended = self.ended.remove(0);
            let gone = revoked.refused(Refusal::Unknown);
            ended.standing.begin(gone);
            self.delete_shown(ended.id).await?;
            ended.standing.settle(gone);
        }
        Ok(())
    }

    /// Deletes a key. One that is gone when this is asked again was deleted before.
    async fn delete_shown(&mut self, id: i64) -> Result<()> {
        let request = Request::new(Method::DELETE, format!("/v2/api-keys/{id}"));
        let reply = self.send(Kind::End, request).await?;
        if !(reply.is_repeated && reply.status == 404) {
            reply.json(200)?;
        }
        self.world.records.end(&format!("key {id}"));
        Ok(())
    }
}
