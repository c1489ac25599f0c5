//! How long the certificate of the server is good.

use super::{CONNECT_TIMEOUT, Source};
use crate::postgres::{bare_client, url::client_config};
use apikey_domain::error::{PortError, with_causes};
use std::{sync::Arc, time::Duration};

impl Source {
    /// Returns whether the certificate of the server, which is good now, has expired in `ahead`:
    /// whether it would be refused by a clock that shows that time.
    pub(crate) async fn expires_within(&self, ahead: Duration) -> Result<bool, PortError> {
        if self.tls.is_none() {
            return Ok(false);
        }
        let tls = Arc::new(client_config(ahead)?);
        let _counted = self.limit.count();
        let opened = bare_client::open(&self.config, Some(&tls), |_| {});
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, opened).await;
        Ok(opened.is_ok_and(|opened| opened.is_err_and(|error| is_expired(&error))))
    }
}

/// Returns whether a certificate was refused for its age. The driver of TLS tells it in words.
fn is_expired(error: &PortError) -> bool {
    with_causes(error).to_ascii_lowercase().contains("expired")
}
