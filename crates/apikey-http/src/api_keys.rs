//! `/v2/api-keys`: the endpoints that are compatible with GPUStack. See
//! `docs/api.md`.

mod body;
mod conditions;
pub(crate) mod described;
mod entity_tag;
pub(crate) mod explanation;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod list;
mod patch;
mod revocation;
mod rotation;
mod tagged;
mod view;
mod walk;
mod watch;

pub(crate) use view::ApiKeyView;

use crate::{
    body::Body,
    error::{HttpError, place::Place},
    idempotency_key::idempotency_key,
    late_answer::check_if_late,
    list_answer,
    list_reader::ListReader,
    listing::PagedEntries,
    path::Path,
    query::Query,
    response::{self, write_json},
    tenant::Tenant,
    whole_list::WholeList,
};
use actix_web::{HttpRequest, HttpResponse, http::header};
use apikey_domain::{
    identifier::{ApiKeyId, UserId},
    key::{api_key::ApiKey, changes::ApiKeyChanges, credential::CredentialNumber},
    use_case::keys::{
        change_api_keys,
        create_api_key::{CreateApiKey, create_api_key},
        create_once::create_api_key_once,
        list_api_keys::{AllApiKeys, list_api_keys},
        preview_change::preview_change,
        read_api_key::{explain_api_key, read_api_key},
        revoke_api_key::revoke_api_key,
        rotate_api_key::{self, rotate_api_key},
        rotate_once::rotate_api_key_once,
        walk_api_keys::walk_api_keys,
    },
};
use body::{CreateApiKeyBody, UpdateApiKeyBody};
use explanation::{ExplainBody, ExplanationView, Question};
use list::{Delivery, ListQuery};
use patch::PatchApiKeyBody;
use revocation::RevokeBody;
use rotation::RotateBody;
use walk::WalkedKeys;

/// `POST /v2/api-keys`: creates a key. Only this response contains the whole key, and for
/// some minutes that to the same request with the same idempotency key.
pub(crate) async fn create(
    tenant: Tenant,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    create_for(&tenant, None, &request, body).await
}

/// `POST /v2/users/{id}/api-keys`: creates a key that is that of another user.
pub(crate) async fn create_for_user(
    tenant: Tenant,
    path: Path,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let user_id = UserId(path.id("id")?);
    create_for(&tenant, Some(user_id), &request, body).await
}

async fn create_for(
    tenant: &Tenant,
    user_id: Option<UserId>,
    request: &HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let key = idempotency_key(request.headers())?;
    let request = CreateApiKey {
        user_id,
        ..body.json::<CreateApiKeyBody>().await?.try_into()?
    };
    let (context, ports) = (&tenant.context, tenant.ports());
    let created = match key {
        Some(key) => create_api_key_once(context, ports, request, key).await?,
        None => create_api_key(context, ports, request).await?.into(),
    };
    tenant.shown_once(&created)
}

/// `GET /v2/api-keys`: lists one page or all keys, or watches them.
pub(crate) async fn list(
    tenant: Tenant,
    query: Query,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let ListQuery {
        selection,
        order,
        now,
        paging,
        delivery,
    } = ListQuery::read(&tenant.context, tenant.ports(), &query)?;
    let (context, ports) = (&tenant.context, tenant.ports());
    let reader = ListReader::in_tenant(&tenant);
    let turn = reader.turn().await?;
    match delivery {
        Delivery::Watch => {
            watch::respond(&tenant, &selection, request.headers(), reader, turn).await
        }
        Delivery::All => {
            let prefix = ports.verify.key_prefix.clone();
            let all = WholeList {
                list: AllApiKeys::new(context, ports, &selection, order)?,
                paging,
                write: move |buffer: &mut Vec<u8>, key: &ApiKey| {
                    write_json(buffer, &ApiKeyView::of(key, &prefix, now))
                },
            };
            list_answer::respond(all, reader, turn).await
        }
        Delivery::Walk(after, limit) => {
            let list = (&selection, &order);
            let step = turn
                .read(walk_api_keys(context, ports, list, after.as_ref(), limit))
                .await?;
            let keys = WalkedKeys {
                step,
                now,
                prefix: ports.verify.key_prefix.clone(),
                per_page: limit,
            };
            list_answer::respond(keys, reader, turn).await
        }
        Delivery::Page(window) => {
            let pieces = turn
                .read(list_api_keys(context, ports, &selection, &order, window))
                .await?;
            let prefix = ports.verify.key_prefix.clone();
            let write = move |buffer: &mut Vec<u8>, key: &ApiKey| {
                write_json(buffer, &ApiKeyView::of(key, &prefix, now))
            };
            list_answer::respond(PagedEntries::new(pieces, paging, write), reader, turn).await
        }
    }
}

/// `GET /v2/api-keys/{id}`: reads a key. Its entity tag changes with everything but its
/// last use.
pub(crate) async fn read(tenant: Tenant, path: Path) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let key = read_api_key(&tenant.context, tenant.ports(), id).await?;
    tenant.tagged(&key)
}

/// `PATCH /v2/api-keys/{id}`: changes what the body names, or says what would become of
/// the key.
pub(crate) async fn patch(
    tenant: Tenant,
    path: Path,
    query: Query,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let is_preview = is_preview(&query)?;
    patch::check_format(request.headers())?;
    let if_match = tagged::if_match(&request)?;
    let changes = ApiKeyChanges::try_from(body.json::<PatchApiKeyBody>().await?)?;
    let (context, ports) = (&tenant.context, tenant.ports());
    let changes = tenant.expecting(id, if_match, changes).await?;
    if is_preview {
        let key = preview_change(context, ports, id, changes).await?;
        check_if_late(&tenant).await?;
        return response::json(&tenant.view(&key));
    }
    let key = change_api_keys::update_api_key(context, ports, id, changes).await?;
    tenant.tagged(&key)
}

/// `POST /v2/api-keys/{id}/revoke`: ends the use of a key for good.
pub(crate) async fn revoke(
    tenant: Tenant,
    path: Path,
    query: Query,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    if is_preview(&query)? {
        return Err(HttpError::invalid_parameter(
            "dry_run",
            "a revocation cannot be tried",
        ));
    }
    let new = body.json::<RevokeBody>().await?.try_into()?;
    let key = revoke_api_key(&tenant.context, tenant.ports(), id, new).await?;
    tenant.tagged(&key)
}

/// `POST /v2/api-keys/{id}/rotate`: gives a key another secret. Only this response contains
/// it, and for some minutes that to the same request with the same idempotency key.
pub(crate) async fn rotate(
    tenant: Tenant,
    path: Path,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let key = idempotency_key(request.headers())?;
    let request = body.json::<RotateBody>().await?.try_into()?;
    let (context, ports) = (&tenant.context, tenant.ports());
    let rotated = match key {
        Some(key) => rotate_api_key_once(context, ports, id, request, key).await?,
        None => rotate_api_key(context, ports, id, request).await?.into(),
    };
    tenant.shown_once(&rotated)
}

/// `DELETE /v2/api-keys/{id}/credentials/{credential_id}`: ends a credential that is not the
/// active one.
pub(crate) async fn end_credential(tenant: Tenant, path: Path) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let number = CredentialNumber(path.id("credential_id")?);
    let (context, ports) = (&tenant.context, tenant.ports());
    let key = rotate_api_key::end_credential(context, ports, id, number).await?;
    tenant.tagged(&key)
}

/// `POST /v2/api-keys/{id}/explain`: says what a verification would decide, and why.
pub(crate) async fn explain(
    tenant: Tenant,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let question = Question::try_from(body.json::<ExplainBody>().await?);
    let question = question
        .map_err(|invalid| HttpError::invalid_at(Place::of_body(invalid.field), invalid.message))?;
    let (context, ports) = (&tenant.context, tenant.ports());
    let explained = explain_api_key(context, ports, id, question.wanted(), question.at).await?;
    check_if_late(&tenant).await?;
    response::json(&ExplanationView::of(&explained, &question))
}

/// `PUT /v2/api-keys/{id}`: updates the fields in the body.
pub(crate) async fn update(
    tenant: Tenant,
    path: Path,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    let if_match = tagged::if_match(&request)?;
    let changes = body.json::<UpdateApiKeyBody>().await?.try_into()?;
    let changes = tenant.expecting(id, if_match, changes).await?;
    let (context, ports) = (&tenant.context, tenant.ports());
    let key = change_api_keys::update_api_key(context, ports, id, changes).await?;
    response::json(&tenant.view(&key))
}

/// `DELETE /v2/api-keys/{id}`: deletes a key.
pub(crate) async fn delete(
    tenant: Tenant,
    path: Path,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let id = ApiKeyId(path.id("id")?);
    // One that was ignored would delete what its client has not seen.
    if request.headers().contains_key(header::IF_MATCH) {
        let message = "If-Match: a deletion takes no condition";
        return Err(HttpError::bad_request(message).at(Place::Header("If-Match")));
    }
    change_api_keys::delete_api_key(&tenant.context, tenant.ports(), id).await?;
    response::json(&())
}

/// Returns whether a request only asks what would become of a key. One that misspells this
/// is refused: it would make the change.
fn is_preview(query: &Query) -> Result<bool, HttpError> {
    query.check_names(&["dry_run"])?;
    Ok(query.flag("dry_run")?.unwrap_or(false))
}
