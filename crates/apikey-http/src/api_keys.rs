//! `/v2/api-keys`: the calls that GPUStack has, too. See `docs/api.md`.

mod all;
mod body;
mod list;
mod view;
mod watch;

pub(crate) use view::ApiKeyView;

use crate::{
    body::Body, error::HttpError, listing::PageView, path::Path, query::Query, response,
    tenant::Tenant,
};
use actix_web::{HttpRequest, HttpResponse};
use apikey_domain::{
    identifier::ApiKeyId,
    use_case::keys::{
        change_api_keys, create_api_key::create_api_key, list_api_keys::list_api_keys,
    },
};
use body::{CreateApiKeyBody, UpdateApiKeyBody};
use list::{Delivery, ListQuery};

/// `POST /v2/api-keys`: creates a key and shows the whole of it, this once.
pub(crate) async fn create(tenant: Tenant, body: Body) -> Result<HttpResponse, HttpError> {
    let request = body.json::<CreateApiKeyBody>().await?.try_into()?;
    let created = create_api_key(&tenant.context, tenant.ports(), request).await?;
    let view = ApiKeyView::of(&created.api_key, &tenant.ports().verify.key_prefix);
    let buffer = Vec::with_capacity(view::room_for(&created.api_key));
    response::json_in(buffer, &view.with_value(created.value.expose()))
}

/// `GET /v2/api-keys`: one page, all of them, or a watch.
pub(crate) async fn list(
    tenant: Tenant,
    query: Query,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let ListQuery {
        filter,
        order,
        paging,
        delivery,
    } = ListQuery::read(&tenant.context, &query)?;
    match delivery {
        Delivery::Watch => watch::answer(&tenant, filter, request.headers()).await,
        Delivery::All => all::answer(&tenant, filter, order, paging).await,
        Delivery::Page(window) => {
            let page = list_api_keys(tenant.ports(), &filter, &order, window).await?;
            let prefix = &tenant.ports().verify.key_prefix;
            response::json(&PageView::of(&page, paging, |key| {
                ApiKeyView::of(key, prefix)
            }))
        }
    }
}

/// `PUT /v2/api-keys/{id}`: changes what the body names.
pub(crate) async fn update(
    tenant: Tenant,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let changes = body.json::<UpdateApiKeyBody>().await?.try_into()?;
    let (context, ports) = (&tenant.context, tenant.ports());
    let key = change_api_keys::update_api_key(context, ports, id, changes).await?;
    response::json(&ApiKeyView::of(&key, &ports.verify.key_prefix))
}

/// `DELETE /v2/api-keys/{id}`: deletes a key.
pub(crate) async fn delete(tenant: Tenant, path: Path) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    change_api_keys::delete_api_key(&tenant.context, tenant.ports(), id).await?;
    response::json(&())
}
