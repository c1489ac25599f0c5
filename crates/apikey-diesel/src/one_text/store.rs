//! The ports, over one database.

use super::{
    Connection, backend::Readers, members, organizations, read_keys, users, write_keys,
    writer::Writer,
};
use apikey_domain::{
    api_key::{ApiKey, ApiKeyChanges, NewApiKey, StoredCredential},
    change::{
        Position,
        hub::{ChangeHub, Interest, Subscription},
    },
    identifier::{ApiKeyId, PrincipalId, UserId},
    listing::{Order, Page, SearchTerm, Window},
    organization::{Member, NewOrganization, Organization, OrganizationChanges, Role, Standing},
    policy::{ApiKeyFilter, KeyReach},
    port::{
        StoreError, api_key_repository::ApiKeyRepository, change_feed::ChangeFeed,
        directory::Directory, key_facts_source::KeyFactsSource,
    },
    timestamp::Timestamp,
    user::{NewUser, User, UserChanges, UserCredential},
    verification::facts::KeyFacts,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Keys, people and the change feed of one database.
pub(crate) struct Store {
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    pub(super) hub: ChangeHub,
}

/// Sends a statement to the writer with copies of its arguments, because the
/// writer may run it again.
macro_rules! write {
    ($self:expr, $statement:path, $($argument:ident: $pass:expr),*) => {
        $self
            .writer
            .write(move |connection: &mut Connection| {
                $(let $argument = $argument.clone();)*
                Box::pin(async move { $statement(connection, $($pass),*).await })
            })
            .await
    };
}

#[async_trait]
impl ApiKeyRepository for Store {
    async fn create(&self, new: NewApiKey) -> Result<ApiKey, StoreError> {
        write!(self, write_keys::create, new: &new)
    }

    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, StoreError> {
        let mut connection = self.readers.quick().await?;
        read_keys::credential(&mut connection, access_key).await
    }

    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, StoreError> {
        let (filter, order) = (filter.clone(), order.clone());
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move { read_keys::list(connection, &filter, &order, window).await })
            })
            .await
    }

    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        previous: Option<&'a ApiKey>,
        limit: u32,
    ) -> Result<Vec<ApiKey>, StoreError> {
        let (filter, order, previous) = (filter.clone(), order.clone(), previous.cloned());
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move {
                    let previous = previous.as_ref();
                    read_keys::list_after(connection, &filter, &order, previous, limit).await
                })
            })
            .await
    }

    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: ApiKeyId,
        limit: u32,
    ) -> Result<(Position, Vec<ApiKey>), StoreError> {
        let filter = filter.clone();
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move {
                    read_keys::snapshot_after(connection, &filter, after, limit).await
                })
            })
            .await
    }

    async fn update(
        &self,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        write!(self, write_keys::update, id: id, reach: reach, changes: &changes, now: now)
    }

    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), StoreError> {
        let ids = ids.to_vec();
        write!(self, write_keys::record_uses, ids: &ids, at: at)
    }

    async fn delete(&self, id: ApiKeyId, reach: KeyReach) -> Result<Option<ApiKey>, StoreError> {
        write!(self, write_keys::delete, id: id, reach: reach)
    }
}

#[async_trait]
impl KeyFactsSource for Store {
    async fn find(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, StoreError> {
        let mut connection = self.readers.quick().await?;
        read_keys::key_facts(&mut connection, access_key).await
    }
}

#[async_trait]
impl Directory for Store {
    async fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        write!(self, users::create, new: &new)
    }

    async fn create_first_user(&self, new: NewUser) -> Result<Option<User>, StoreError> {
        write!(self, users::create_first, new: &new)
    }

    async fn has_users(&self) -> Result<bool, StoreError> {
        users::has_any(&mut *self.readers.quick().await?).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        users::find(&mut *self.readers.quick().await?, id).await
    }

    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, StoreError> {
        users::credential(&mut *self.readers.quick().await?, username).await
    }

    async fn list_users<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        window: Window,
    ) -> Result<Page<User>, StoreError> {
        let search = search.cloned();
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move { users::list(connection, search.as_ref(), window).await })
            })
            .await
    }

    async fn update_user(
        &self,
        id: UserId,
        changes: UserChanges,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        write!(self, users::update, id: id, changes: &changes, now: now)
    }

    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError> {
        write!(self, users::delete, id: id)
    }

    async fn create_organization(&self, new: NewOrganization) -> Result<Organization, StoreError> {
        write!(self, organizations::create, new: &new)
    }

    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, StoreError> {
        organizations::find(&mut *self.readers.quick().await?, id).await
    }

    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, StoreError> {
        let search = search.cloned();
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move {
                    organizations::list(connection, search.as_ref(), member, window).await
                })
            })
            .await
    }

    async fn update_organization(
        &self,
        id: PrincipalId,
        changes: OrganizationChanges,
        now: Timestamp,
    ) -> Result<Option<Organization>, StoreError> {
        write!(self, organizations::update, id: id, changes: &changes, now: now)
    }

    async fn delete_organization(&self, id: PrincipalId) -> Result<bool, StoreError> {
        write!(self, organizations::delete, id: id)
    }

    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, StoreError> {
        let mut connection = self.readers.quick().await?;
        members::standing(&mut connection, user_id, principal_id).await
    }

    async fn add_member(
        &self,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<Option<Member>, StoreError> {
        let added: Result<Option<Member>, StoreError> = write!(self, members::add, organization_id: organization_id, user_id: user_id, role: role, now: now);
        match added {
            // Deleted by another node between the look and the insert.
            Err(StoreError::OwnerGone) => Ok(None),
            added => added,
        }
    }

    async fn list_members(
        &self,
        organization_id: PrincipalId,
        window: Window,
    ) -> Result<Page<Member>, StoreError> {
        members::list(&mut *self.readers.quick().await?, organization_id, window).await
    }

    async fn update_member(
        &self,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, StoreError> {
        write!(self, members::update, organization_id: organization_id, user_id: user_id, role: role)
    }

    async fn remove_member(
        &self,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, StoreError> {
        write!(self, members::remove, organization_id: organization_id, user_id: user_id)
    }
}

#[async_trait]
impl ChangeFeed for Store {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, StoreError> {
        self.hub.subscribe(interest)
    }
}
