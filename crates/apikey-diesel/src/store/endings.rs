//! Implements the port of what happens to keys that end by themselves.

use super::{connection::Connection, ended_keys, lock::Lock, notices, ports::Store};
use apikey_domain::{
    access::authority::Authority,
    change::{
        ended::{EndedPlace, EndedStep},
        notice::ExpiryNotices,
    },
    error::PortError,
    port::endings::{Endings, NoticeStep},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl Endings for Store {
    async fn has_notices(
        &self,
        notices: &ExpiryNotices,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let windows = notices.windows(now);
        self.readers
            .lookup(statement!(notices::has_any, windows: &windows))
            .await
    }

    async fn give_notices(
        &self,
        notices: &ExpiryNotices,
        now: Timestamp,
        most: u32,
    ) -> Result<NoticeStep, PortError> {
        let notices = notices.clone();
        self.writer
            .write(
                Authority::service(now),
                Lock::Aside,
                statement!(notices::give, notices: &notices, now: now, most: most),
            )
            .await
    }

    async fn delete_ended(
        &self,
        before: Timestamp,
        after: EndedPlace,
        now: Timestamp,
        most: u32,
    ) -> Result<EndedStep, PortError> {
        // Usually there is nothing to do, and no write need wait for that.
        let has_any = self
            .readers
            .lookup(statement!(ended_keys::has_any, before: before, after: after));
        if !has_any.await? {
            return Ok(EndedStep {
                deleted: 0,
                next: None,
            });
        }
        self.writer
            .end(
                Authority::service(now),
                Lock::Aside,
                statement!(ended_keys::delete, before: before, after: after, most: most),
            )
            .await
    }
}
