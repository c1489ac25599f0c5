//! Walking through a list of keys with cursors.

use crate::{
    access::{policy::KeySelection, tenant::TenantContext},
    error::Error,
    key::{api_key::ApiKey, cursor::Walk, place::Place},
    listing::{Order, Page, Piece},
    port::api_key_repository::KeyBatch,
    use_case::{pieces::Pieces, ports::KeyPorts},
};
use std::sync::Arc;

/// The next keys of a walk, and the cursor with which it goes on.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::api_key::ApiKey, listing::Page,
///     use_case::{keys::walk_api_keys::Step, pieces::Pieces},
/// };
///
/// # futures_executor::block_on(async {
/// let page = Page { items: Vec::<ApiKey>::new(), rest: Vec::new(), total: 0 };
/// let keys = Pieces::new(page, |_| unreachable!("the first piece is the last one"));
/// let step = Step { keys, next_cursor: None };
/// assert!(step.keys.collect().await.unwrap().is_empty());
/// # });
/// ```
#[derive(Debug)]
pub struct Step {
    /// The keys.
    pub keys: Pieces<ApiKey>,
    /// The cursor for the keys after them; `None` if there are none.
    pub next_cursor: Option<String>,
}

/// Returns at most `limit` of the selected keys that the caller is shown, in this order
/// after a place, or from the start without one.
///
/// Who walks from the first key to the end meets each key once that exists throughout
/// and keeps its place in the order. A key that is created, deleted or reordered
/// meanwhile is met at most once for each place it had.
///
/// # Errors
///
/// Those of [`Walk::of`] and of the repository.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection, listing::Order,
///     use_case::keys::walk_api_keys::walk_api_keys,
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let context = in_own_principal(&alice);
/// let list = (&KeySelection::OWN, &Order::default());
/// let step = walk_api_keys(&context, &app.keys, list, None, 20).await.unwrap();
/// assert_eq!(step.keys.total(), 1);
/// assert!(step.next_cursor.is_none());
/// # });
/// ```
pub async fn walk_api_keys(
    context: &TenantContext,
    ports: &KeyPorts,
    (selection, order): (&KeySelection, &Order),
    after: Option<&Place>,
    limit: u32,
) -> Result<Step, Error> {
    let walk = Walk::of(context, &ports.policies, selection, order.clone())?;
    let repository = Arc::clone(&ports.api_keys);
    let KeyBatch { piece, next } = repository
        .list_after(&walk.filter, &walk.order, after, limit)
        .await?;
    let Piece { items, rest } = piece;
    let shown = (items.len() + rest.len()) as u64;
    let total = match (after, &next) {
        (None, None) => shown,
        // A key may have been deleted meanwhile.
        _ => repository.total(&walk.filter).await?.max(shown),
    };
    let page = Page { items, rest, total };
    Ok(Step {
        keys: Pieces::new(page, move |ids| {
            let repository = Arc::clone(&repository);
            Box::pin(async move { repository.keys(&ids).await })
        }),
        next_cursor: next.map(|place| walk.cursor(&place, &ports.verify.peppers.in_use())),
    })
}
