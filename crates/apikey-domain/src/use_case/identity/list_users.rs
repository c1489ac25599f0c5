//! Listing users, for platform admins.

use crate::{
    access::{policy::require_platform_admin, tenant::Caller},
    error::{Error, Forbidden, PortError},
    identifier::UserId,
    identity::{
        user::User,
        user_list::{UserFilter, UserOrder, UserPlace},
    },
    listing::{Piece, Window},
    port::directory::Directory,
    use_case::{
        batches::{BatchSource, Batches},
        pieces::Pieces,
        ports::IdentityPorts,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// Lists one window of the users that `filter` admits.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin; [`Error::TooBroad`] for a search or
/// an order that would look at too many users.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::user_list::{UserFilter, UserOrder}, listing::Window,
///     use_case::identity::list_users::list_users,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (root, alice) = (app.admin("root").await, app.user("alice").await);
/// let (order, first) = (UserOrder::parse("-username").unwrap(), Window::page(1, 20).unwrap());
/// let caller = signed_in(&root);
/// let users = list_users(&caller, &app.identity, &UserFilter::ALL, &order, first);
/// assert_eq!(users.await.unwrap().collect().await.unwrap(), [root, alice]);
/// # });
/// ```
pub async fn list_users(
    caller: &Caller,
    ports: &IdentityPorts,
    filter: &UserFilter,
    order: &UserOrder,
    window: Window,
) -> Result<Pieces<User>, Error> {
    require_platform_admin(caller)?;
    let page = ports.directory.list_users(filter, order, window).await?;
    let directory = Arc::clone(&ports.directory);
    Ok(Pieces::new(page, move |ids| {
        let directory = Arc::clone(&directory);
        Box::pin(async move { directory.users(&ids).await })
    }))
}

/// Iterates over every user that a filter admits, in pieces, so that a list of any length
/// takes bounded memory.
///
/// A user who exists throughout and keeps their place in the order is returned once. One
/// who is created, deleted or reordered meanwhile is returned at most once for each place
/// they had.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::user_list::{UserFilter, UserOrder}, use_case::identity::list_users::AllUsers,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = app.admin("root").await;
/// let (caller, order) = (signed_in(&root), UserOrder::default());
/// let mut all = AllUsers::new(&caller, &app.identity, UserFilter::ALL, order).unwrap();
/// assert_eq!(all.next().await.unwrap(), [root]);
/// assert!(all.is_last());
/// # });
/// ```
pub struct AllUsers(Batches<UserSource>);

struct UserSource {
    directory: Arc<dyn Directory>,
    filter: UserFilter,
    order: UserOrder,
}

// === impl AllUsers ===

impl AllUsers {
    /// The maximum number of users per batch.
    pub const BATCH: u32 = 500;

    /// Creates an iterator that starts with the first user.
    ///
    /// # Errors
    ///
    /// [`Forbidden`] for anyone but a platform admin.
    pub fn new(
        caller: &Caller,
        ports: &IdentityPorts,
        filter: UserFilter,
        order: UserOrder,
    ) -> Result<Self, Forbidden> {
        require_platform_admin(caller)?;
        Ok(Self(Batches::of(UserSource {
            directory: Arc::clone(&ports.directory),
            filter,
            order,
        })))
    }

    /// Returns whether nothing follows what has been returned.
    pub fn is_last(&self) -> bool {
        self.0.is_last()
    }

    /// Returns the next piece, which is empty at the end.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn next(&mut self) -> Result<Vec<User>, Error> {
        self.0.next().await
    }
}

// === impl UserSource ===

#[async_trait]
impl BatchSource for UserSource {
    type Entry = User;
    type Place = UserPlace;

    async fn batch(
        &self,
        after: Option<&UserPlace>,
    ) -> Result<(Piece<User>, Option<UserPlace>), PortError> {
        let (filter, order) = (&self.filter, &self.order);
        let batch = self
            .directory
            .list_users_after(filter, order, after, AllUsers::BATCH);
        let batch = batch.await?;
        Ok((batch.piece, batch.next))
    }

    async fn entries(&self, ids: &[UserId]) -> Result<Piece<User>, PortError> {
        self.directory.users(ids).await
    }
}
