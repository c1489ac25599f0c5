//! The query of a list.

use super::conditions::conditions;
use crate::{
    error::HttpError,
    listing::{self, Paging},
    query::Query,
};
use apikey_domain::{
    access::{
        policy::{KeySelection, UserSelection},
        tenant::TenantContext,
    },
    key::{cursor::Walk, place::Place},
    listing::{Order, Window},
    timestamp::Timestamp,
    use_case::ports::KeyPorts,
};

/// The query of a list or a watch, validated as a whole.
pub(super) struct ListQuery {
    /// The keys that are asked for.
    pub(super) selection: KeySelection,
    /// Their order.
    pub(super) order: Order,
    /// The instant at which keys have the status that is asked for, and that is shown.
    pub(super) now: Timestamp,
    /// The requested page.
    pub(super) paging: Paging,
    /// How to deliver the keys.
    pub(super) delivery: Delivery,
}

/// How to deliver the keys.
pub(super) enum Delivery {
    /// One page.
    Page(Window),
    /// All keys in one page.
    All,
    /// The keys after a place, or the first ones without it, at most so many.
    Walk(Option<Place>, u32),
    /// A stream of the existing keys, then of changes.
    Watch,
}

impl ListQuery {
    /// Parses the query.
    ///
    /// # Errors
    ///
    /// 422 for the first invalid value.
    pub(super) fn read(
        context: &TenantContext,
        ports: &KeyPorts,
        query: &Query,
    ) -> Result<Self, HttpError> {
        let policies = &ports.policies;
        let paging = Paging::read(query)?;
        let is_watch = query.flag("watch")?.unwrap_or(false);
        let page = paging
            .window_or_all()?
            .map_or(Delivery::All, Delivery::Page);
        let cursor = query.text("cursor")?;
        if cursor.is_some() && query.text("page")?.is_some() {
            return Err(HttpError::invalid_parameter(
                "page",
                "not together with cursor",
            ));
        }
        // For those who are shown their own keys anyway it is ignored.
        let user_id = if policies.show_others(context)? {
            query.text("user_id")?
        } else {
            None
        };
        let users = UserSelection::parse(user_id.as_deref())?;
        let order = Order::parse(&query.text("sort_by")?.unwrap_or_default())?;
        let search = listing::search(query)?;
        let now = ports.verify.clock.now();
        let selection = KeySelection {
            users,
            search,
            conditions: conditions(query, now, is_watch)?,
        };
        let page = match cursor {
            None => page,
            Some(cursor) => {
                let walk = Walk::of(context, policies, &selection, order.clone())?;
                let after = walk.place(&cursor, &ports.verify.peppers.in_use())?;
                Delivery::Walk(after, Window::check_limit(paging.per_page)?)
            }
        };
        Ok(Self {
            selection,
            order,
            now,
            paging,
            delivery: if is_watch { Delivery::Watch } else { page },
        })
    }
}
