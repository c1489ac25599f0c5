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

/// Answers all keys `filter` admits, each batch written as it is read.
///
/// # Errors
///
/// What reading the first batch returns. When a later one cannot be read the
/// answer breaks off, so that no client takes a part for the whole.
pub(super) async fn answer(
    tenant: &Tenant,
    filter: ApiKeyFilter,
    order: Order,
    paging: Paging,
) -> Result<HttpResponse, HttpError> {
    let mut keys = AllApiKeys::new(tenant.ports(), filter, order);
    let first = keys.next().await?;
    let writing = Writing {
        keys,
        prefix: tenant.ports().verify.key_prefix.clone(),
        paging,
        total: 0,
        next: Next::Opening(first),
    };
    let chunks = stream::try_unfold(writing, |mut writing| async {
        match writing.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, writing))),
            Err(error) => {
                error.log();
                Err(BrokenOff)
            }
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(chunks))
}

/// An answer was ended before its end; why is in the log already.
#[derive(Debug)]
pub(super) struct BrokenOff;

/// An answer half written.
struct Writing {
    keys: AllApiKeys,
    prefix: KeyPrefix,
    paging: Paging,
    total: u64,
    next: Next,
}

enum Next {
    Opening(Vec<ApiKey>),
    Stretch,
    Nothing,
}

// === impl Writing ===

impl Writing {
    /// The next piece of the answer; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let mut buffer = Vec::new();
        let batch = match std::mem::replace(&mut self.next, Next::Stretch) {
            Next::Nothing => return Ok(None),
            Next::Opening(first) => {
                buffer.extend_from_slice(br#"{"items":["#);
                first
            }
            Next::Stretch => self.keys.next().await?,
        };
        for key in &batch {
            if self.total > 0 {
                buffer.push(b',');
            }
            self.total += 1;
            write_json(&mut buffer, &ApiKeyView::of(key, &self.prefix))?;
        }
        if batch.is_empty() {
            self.next = Next::Nothing;
            buffer.extend_from_slice(br#"],"pagination":"#);
            write_json(&mut buffer, &self.paging.view(self.total))?;
            buffer.push(b'}');
        }
        Ok(Some(buffer.into()))
    }
}

// === impl BrokenOff ===

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the answer broke off")
    }
}

impl std::error::Error for BrokenOff {}
