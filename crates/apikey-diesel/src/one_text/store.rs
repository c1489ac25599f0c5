//! The ports, over one database.

use super::{
    Connection, backend::Readers, events, members, organizations, read_keys, users, write_keys,
    writer::Writer,
};
use apikey_domain::{
    access::policy::{ApiKeyFilter, KeyReach},
    change::{
        Membership, Position,
        attribution::Attribution,
        event::{EventFilter, EventPage},
        hub::{ChangeHub, Interest, Subscription},
        snapshot::Snapshot,
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{
            Member, NewOrganization, Organization, OrganizationChanges, Role, Standing,
        },
        user::{NewUser, User, UserChanges, UserCredential},
    },
    key::api_key::{ApiKey, ApiKeyChanges, NewApiKey, StoredCredential},
    listing::{Order, Page, SearchTerm, Window},
    port::{
        api_key_repository::ApiKeyRepository, change_feed::ChangeFeed, directory::Directory,
        event_log::EventLog, key_facts_source::KeyFactsSource, principals::Principals,
    },
    timestamp::Timestamp,
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

/// Sends a statement to the writer, on whose behalf it is made, with copies of its arguments, because the
/// writer may run it again.
macro_rules! write {
    ($self:expr, $by:expr, $statement:path, $($argument:ident: $pass:expr),*) => {
        $self
            .writer
            .write($by, move |connection: &mut Connection| {
                $(let $argument = $argument.clone();)*
                Box::pin(async move { $statement(connection, $($pass),*).await })
            })
            .await
    };
}

#[async_trait]
impl ApiKeyRepository for Store {
    async fn create(&self, by: Attribution, new: NewApiKey) -> Result<ApiKey, PortError> {
        write!(self, by, write_keys::create, new: &new)
    }

    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError> {
        let mut connection = self.readers.quick().await?;
        read_keys::credential(&mut connection, access_key).await
    }

    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError> {
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
    ) -> Result<Vec<ApiKey>, PortError> {
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
    ) -> Result<(Snapshot, Vec<ApiKey>), PortError> {
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
        by: Attribution,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError> {
        write!(self, by, write_keys::update, by: by, id: id, reach: reach, changes: &changes)
    }

    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError> {
        let ids = ids.to_vec();
        let by = Attribution::of_nobody(at);
        write!(self, by, write_keys::record_uses, ids: &ids, at: at)
    }

    async fn delete(
        &self,
        by: Attribution,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError> {
        write!(self, by, write_keys::delete, id: id, reach: reach)
    }
}

#[async_trait]
impl KeyFactsSource for Store {
    async fn find(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let mut connection = self.readers.quick().await?;
        read_keys::key_facts(&mut connection, access_key).await
    }
}

#[async_trait]
impl Principals for Store {
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError> {
        users::find(&mut *self.readers.quick().await?, id).await
    }

    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, PortError> {
        let mut connection = self.readers.quick().await?;
        members::standing(&mut connection, user_id, principal_id).await
    }
}

#[async_trait]
impl Directory for Store {
    async fn create_user(&self, by: Attribution, new: NewUser) -> Result<User, PortError> {
        write!(self, by, users::create, new: &new)
    }

    async fn create_first_user(
        &self,
        by: Attribution,
        new: NewUser,
    ) -> Result<Option<User>, PortError> {
        write!(self, by, users::create_first, new: &new)
    }

    async fn has_users(&self) -> Result<bool, PortError> {
        users::has_any(&mut *self.readers.quick().await?).await
    }

    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, PortError> {
        users::credential(&mut *self.readers.quick().await?, username).await
    }

    async fn list_users<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        window: Window,
    ) -> Result<Page<User>, PortError> {
        let search = search.cloned();
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move { users::list(connection, search.as_ref(), window).await })
            })
            .await
    }

    async fn update_user(
        &self,
        by: Attribution,
        id: UserId,
        changes: UserChanges,
    ) -> Result<Option<User>, PortError> {
        write!(self, by, users::update, by: by, id: id, changes: &changes)
    }

    async fn delete_user(&self, by: Attribution, id: UserId) -> Result<bool, PortError> {
        write!(self, by, users::delete, id: id)
    }

    async fn create_organization(
        &self,
        by: Attribution,
        new: NewOrganization,
    ) -> Result<Organization, PortError> {
        write!(self, by, organizations::create, new: &new)
    }

    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, PortError> {
        organizations::find(&mut *self.readers.quick().await?, id).await
    }

    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, PortError> {
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
        by: Attribution,
        id: PrincipalId,
        changes: OrganizationChanges,
    ) -> Result<Option<Organization>, PortError> {
        write!(self, by, organizations::update, by: by, id: id, changes: &changes)
    }

    async fn delete_organization(
        &self,
        by: Attribution,
        id: PrincipalId,
    ) -> Result<bool, PortError> {
        write!(self, by, organizations::delete, id: id)
    }

    async fn add_member(
        &self,
        by: Attribution,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError> {
        let membership = Membership {
            organization_id,
            user_id,
            role,
        };
        let added: Result<Option<Member>, PortError> =
            write!(self, by, members::add, by: by, membership: membership);
        match added {
            // Deleted by another node between the look and the insert.
            Err(PortError::OwnerGone) => Ok(None),
            added => added,
        }
    }

    async fn list_members(
        &self,
        organization_id: PrincipalId,
        window: Window,
    ) -> Result<Page<Member>, PortError> {
        members::list(&mut *self.readers.quick().await?, organization_id, window).await
    }

    async fn update_member(
        &self,
        by: Attribution,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError> {
        let membership = Membership {
            organization_id,
            user_id,
            role,
        };
        write!(self, by, members::update, membership: membership)
    }

    async fn remove_member(
        &self,
        by: Attribution,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, PortError> {
        write!(self, by, members::remove, organization_id: organization_id, user_id: user_id)
    }
}

#[async_trait]
impl ChangeFeed for Store {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        self.hub.subscribe(interest)
    }
}

#[async_trait]
impl EventLog for Store {
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let filter = filter.clone();
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(async move { events::list(connection, &filter, after, limit).await })
            })
            .await
    }

    async fn list_key_events(
        &self,
        filter: &ApiKeyFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let filter = filter.clone();
        self.readers
            .patient(move |connection: &mut Connection| {
                Box::pin(
                    async move { events::list_of_keys(connection, &filter, after, limit).await },
                )
            })
            .await
    }

    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, PortError> {
        let by = Attribution::of_nobody(before);
        write!(self, by, events::prune, before: before, limit: limit)
    }
}
