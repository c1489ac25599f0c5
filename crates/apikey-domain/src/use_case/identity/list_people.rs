//! Listing the people among whom a caller may choose.

use crate::{
    access::{policy::PeopleShown, tenant::TenantContext},
    error::{Error, PortError},
    identifier::{PrincipalId, UserId},
    identity::{
        organization::Member,
        person::Person,
        user_list::{UserFilter, UserOrder},
    },
    listing::{Listed, Page, Piece, Window},
    port::directory::Directory,
    use_case::{
        batches::{BatchSource, Batches},
        identity::list_users::AllUsers,
        pieces::Pieces,
        ports::IdentityPorts,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// Lists one window of the people whom a caller is shown: of all users the newest first,
/// of an organization's members by id.
///
/// # Errors
///
/// Those of the store.
///
/// # Example
///
/// ```
/// use apikey_domain::{listing::Window, use_case::identity::list_people::list_people};
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, _bob) = (app.user("alice").await, app.user("bob").await);
/// let context = in_own_principal(&alice);
/// let first = Window::page(1, 20).unwrap();
/// let people = list_people(&context, &app.identity, false, first).await.unwrap();
/// assert_eq!(people.collect().await.unwrap()[0].username, alice.username);
/// # });
/// ```
pub async fn list_people(
    context: &TenantContext,
    ports: &IdentityPorts,
    only_current: bool,
    window: Window,
) -> Result<Pieces<Person>, Error> {
    let directory = Arc::clone(&ports.directory);
    let shown = PeopleShown::to(context, only_current);
    let page = match shown {
        PeopleShown::Everyone => {
            let (filter, order) = (UserFilter::ALL, UserOrder::default());
            people(directory.list_users(&filter, &order, window).await?)
        }
        PeopleShown::Members(id) => people(directory.list_members(id, window).await?),
        PeopleShown::Oneself => window.of(vec![oneself(context)]),
    };
    Ok(Pieces::new(page, move |ids| {
        let directory = Arc::clone(&directory);
        Box::pin(async move {
            Ok(match shown {
                PeopleShown::Members(id) => piece(directory.members(id, &ids).await?),
                _ => piece(directory.users(&ids).await?),
            })
        })
    }))
}

/// Iterates over everyone whom a caller is shown, in pieces, so that a list of any length
/// takes bounded memory.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role,
///     use_case::{identity::list_people::AllPeople, resolve_tenant::resolve_tenant},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let acme = app.organization("acme", &[(&alice, Role::Admin), (&bob, Role::User)]).await;
/// let context = resolve_tenant(signed_in(&alice), Some(acme.id), &*app.memory).await.unwrap();
/// let mut people = AllPeople::new(&context, &app.identity, true).unwrap();
/// assert_eq!(people.next().await.unwrap().len(), 2);
/// assert!(people.is_last());
/// # });
/// ```
pub struct AllPeople(Source);

enum Source {
    Users(AllUsers),
    Members(Batches<MemberSource>),
    Oneself(Option<Person>),
}

/// The members of an organization. A batch begins after the last member of the one before.
struct MemberSource {
    directory: Arc<dyn Directory>,
    organization_id: PrincipalId,
}

// === impl AllPeople ===

impl AllPeople {
    /// Creates an iterator that starts with the first of them.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] for all users, unless the caller is a platform admin.
    pub fn new(
        context: &TenantContext,
        ports: &IdentityPorts,
        only_current: bool,
    ) -> Result<Self, Error> {
        Ok(Self(match PeopleShown::to(context, only_current) {
            PeopleShown::Everyone => {
                let (filter, order) = (UserFilter::ALL, UserOrder::default());
                Source::Users(AllUsers::new(context.caller(), ports, filter, order)?)
            }
            PeopleShown::Members(organization_id) => Source::Members(Batches::of(MemberSource {
                directory: Arc::clone(&ports.directory),
                organization_id,
            })),
            PeopleShown::Oneself => Source::Oneself(Some(oneself(context))),
        }))
    }

    /// Returns whether nothing follows what has been returned.
    pub fn is_last(&self) -> bool {
        match &self.0 {
            Source::Users(users) => users.is_last(),
            Source::Members(members) => members.is_last(),
            Source::Oneself(person) => person.is_none(),
        }
    }

    /// Returns the next piece, which is empty at the end.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn next(&mut self) -> Result<Vec<Person>, Error> {
        Ok(match &mut self.0 {
            Source::Users(users) => users.next().await?.into_iter().map(Person::from).collect(),
            Source::Members(members) => members
                .next()
                .await?
                .into_iter()
                .map(Person::from)
                .collect(),
            Source::Oneself(person) => person.take().into_iter().collect(),
        })
    }
}

// === impl MemberSource ===

#[async_trait]
impl BatchSource for MemberSource {
    type Entry = Member;
    type Place = UserId;

    async fn batch(
        &self,
        after: Option<&UserId>,
    ) -> Result<(Piece<Member>, Option<UserId>), PortError> {
        let (id, after) = (self.organization_id, after.copied());
        self.directory
            .list_members_after(id, after, AllUsers::BATCH)
            .await
    }

    async fn entries(&self, ids: &[UserId]) -> Result<Piece<Member>, PortError> {
        self.directory.members(self.organization_id, ids).await
    }
}

fn oneself(context: &TenantContext) -> Person {
    context.caller().user().clone().into()
}

fn people<T: Listed<Id = UserId> + Into<Person>>(page: Page<T>) -> Page<Person> {
    Page {
        items: page.items.into_iter().map(T::into).collect(),
        rest: page.rest,
        total: page.total,
    }
}

fn piece<T: Listed<Id = UserId> + Into<Person>>(piece: Piece<T>) -> Piece<Person> {
    Piece {
        items: piece.items.into_iter().map(T::into).collect(),
        rest: piece.rest,
    }
}
