//! All keys in one page, in constant memory.

use super::view::ApiKeyView;
use crate::{error::HttpError, listing::Paging, response::write_json, tenant::Tenant};
use actix_web::{HttpResponse, http::header};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    key::{api_key::ApiKey, token::KeyPrefix},
    listing::Order,
    use_case::keys::list_api_keys::AllApiKeys,
};
use bytes::Bytes;
use futures_util::stream;

/// Returns a response with all keys that match `filter`. Each batch is written
/// as it is read.
///
/// # Errors
///
/// The error of reading the first batch. If a later batch cannot be read, the
/// response is aborted, so that no client takes a part of the list for the whole.
pub(super) async fn respond(
    tenant: &Tenant,
    filter: ApiKeyFilter,
    order: Order,
    paging: Paging,
) -> Result<HttpResponse, HttpError> {
    let mut keys = AllApiKeys::new(tenant.ports(), filter, order);
    let first = keys.next().await?;
    let writer = PageWriter {
        keys,
        prefix: tenant.ports().verify.key_prefix.clone(),
        paging,
        total: 0,
        state: State::Opening(first),
    };
    let chunks = stream::try_unfold(writer, |mut writer| async {
        match writer.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, writer))),
            Err(error) => {
                error.log();
                Err(Aborted)
            }
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(chunks))
}

/// A response was aborted. The cause has been logged.
#[derive(Debug)]
pub(super) struct Aborted;

/// Writes the response, one chunk at a time.
struct PageWriter {
    keys: AllApiKeys,
    prefix: KeyPrefix,
    paging: Paging,
    total: u64,
    state: State,
}

/// What the next chunk contains.
enum State {
    /// The opening of the JSON object and the first batch.
    Opening(Vec<ApiKey>),
    /// Another batch.
    Batch,
    /// Nothing: the response is complete.
    Complete,
}

// === impl PageWriter ===

impl PageWriter {
    /// Returns the next chunk of the response; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let mut buffer = Vec::new();
        let batch = match std::mem::replace(&mut self.state, State::Batch) {
            State::Complete => return Ok(None),
            State::Opening(first) => {
                buffer.extend_from_slice(br#"{"items":["#);
                first
            }
            State::Batch => self.keys.next().await?,
        };
        for key in &batch {
            if self.total > 0 {
                buffer.push(b',');
            }
            self.total += 1;
            write_json(&mut buffer, &ApiKeyView::of(key, &self.prefix))?;
        }
        if batch.is_empty() {
            self.state = State::Complete;
            buffer.extend_from_slice(br#"],"pagination":"#);
            write_json(&mut buffer, &self.paging.view(self.total))?;
            buffer.push(b'}');
        }
        Ok(Some(buffer.into()))
    }
}

// === impl Aborted ===

impl std::fmt::Display for Aborted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the answer broke off")
    }
}

impl std::error::Error for Aborted {}
