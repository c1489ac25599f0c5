//! Showing what of deleted users and organizations is still going, to platform admins.

use crate::{
    access::{policy::require_platform_admin, tenant::Caller},
    error::Error,
    identity::removal::Removal,
    listing::Window,
    use_case::{pieces::Pieces, ports::IdentityPorts},
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
/// use apikey_domain::{listing::Window, use_case::identity::list_removals::list_removals};
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let first = Window::page(1, 20).unwrap();
/// let removals = list_removals(&root, &app.identity, first).await.unwrap();
/// assert_eq!(removals.total(), 0);
/// # });
/// ```
pub async fn list_removals(
    caller: &Caller,
    ports: &IdentityPorts,
    window: Window,
) -> Result<Pieces<Removal>, Error> {
    require_platform_admin(caller)?;
    let page = ports.directory.list_removals(window).await?;
    let directory = Arc::clone(&ports.directory);
    Ok(Pieces::new(page, move |ids| {
        let directory = Arc::clone(&directory);
        Box::pin(async move { directory.removals(&ids).await })
    }))
}
