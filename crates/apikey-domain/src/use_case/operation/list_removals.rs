//! Showing what of deleted users and organizations is still going, to platform admins.

use crate::{
    access::{policy::require_platform_admin, tenant::Caller},
    error::Error,
    listing::Window,
    port::removals::Removal,
    use_case::{pieces::Pieces, ports::KeyPorts},
};
use std::sync::Arc;

/// Lists the removals under way, those that began first before others.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin.
///
/// # Example
///
/// ```
/// use apikey_domain::{listing::Window, use_case::operation::list_removals::list_removals};
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let first = Window::page(1, 20).unwrap();
/// let removals = list_removals(&root, &app.keys, first).await.unwrap();
/// assert_eq!(removals.total(), 0);
/// # });
/// ```
pub async fn list_removals(
    caller: &Caller,
    ports: &KeyPorts,
    window: Window,
) -> Result<Pieces<Removal>, Error> {
    require_platform_admin(caller)?;
    let page = ports.server.removals.list_removals(window).await?;
    let removals = Arc::clone(&ports.server.removals);
    Ok(Pieces::new(page, move |ids| {
        let removals = Arc::clone(&removals);
        Box::pin(async move { removals.removals(&ids).await })
    }))
}
