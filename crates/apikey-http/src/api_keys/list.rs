//! The query of a list.

use crate::{
    error::HttpError,
    listing::{self, Paging},
    query::Query,
};
use apikey_domain::{
    access::{
        policy::{ApiKeyFilter, UserSelection},
        tenant::TenantContext,
    },
    key::{cursor::Walk, digest::Peppers, place::Place},
    listing::{Order, Window},
};

/// The query of a list or a watch, validated as a whole.
pub(super) struct ListQuery {
    /// The keys to list.
    pub(super) filter: ApiKeyFilter,
    /// Their order.
    pub(super) order: Order,
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
    Walk(Walk, Option<Place>, u32),
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
        query: &Query,
        peppers: &Peppers,
    ) -> Result<Self, HttpError> {
        let paging = Paging::read(query)?;
        let is_watch = query.flag("watch")?.unwrap_or(false);
        let page = page(paging)?;
        let cursor = query.text("cursor")?;
        if cursor.is_some() && query.text("page")?.is_some() {
            return Err(HttpError::invalid("query.page: not together with cursor"));
        }
        let user = &context.caller.user;
        // Only platform admins may set it; for all others it is ignored.
        let user_id = if user.is_admin {
            query.text("user_id")?
        } else {
            None
        };
        let selection = UserSelection::parse(user, user_id.as_deref())?;
        let order = Order::parse(&query.text("sort_by")?.unwrap_or_default())?;
        let search = listing::search(query)?;
        let filter = ApiKeyFilter::new(context, selection, search);
        let page = match cursor {
            None => page,
            Some(cursor) => {
                let walk = Walk {
                    reader: user.id,
                    filter: filter.clone(),
                    order: order.clone(),
                };
                let after = walk.place(&cursor, peppers)?;
                Delivery::Walk(walk, after, Window::check_limit(paging.per_page)?)
            }
        };
        Ok(Self {
            filter,
            order,
            paging,
            delivery: if is_watch { Delivery::Watch } else { page },
        })
    }
}

fn page(paging: Paging) -> Result<Delivery, HttpError> {
    if paging.page == Paging::ALL {
        Window::check_limit(paging.per_page)?;
        return Ok(Delivery::All);
    }
    paging.window().map(Delivery::Page)
}
