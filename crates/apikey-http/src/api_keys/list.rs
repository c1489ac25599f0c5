//! What is asked of a list.

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
    listing::{Order, Window},
};

/// What is asked of a list, valid as a whole; also a watch is asked for in
/// these words.
pub(super) struct ListQuery {
    /// Which keys.
    pub(super) filter: ApiKeyFilter,
    /// In which order.
    pub(super) order: Order,
    /// Which page, as it was asked for.
    pub(super) paging: Paging,
    /// How they are wanted.
    pub(super) delivery: Delivery,
}

/// How the keys are wanted.
pub(super) enum Delivery {
    /// One page.
    Page(Window),
    /// All in one page.
    All,
    /// What is there, then what happens.
    Watch,
}

impl ListQuery {
    /// Reads the query of a list.
    ///
    /// # Errors
    ///
    /// 422 for the first value that is not what it must be.
    pub(super) fn read(context: &TenantContext, query: &Query) -> Result<Self, HttpError> {
        let paging = Paging::read(query)?;
        let is_watch = query.flag("watch")?.unwrap_or(false);
        let page = page(paging)?;
        let user = &context.caller.user;
        // For everyone else it is ignored, whatever it says.
        let user_id = match user.is_admin {
            true => query.text("user_id")?,
            false => None,
        };
        let selection = UserSelection::parse(user, user_id.as_deref())?;
        let order = Order::parse(&query.text("sort_by")?.unwrap_or_default())?;
        let search = listing::search(query)?;
        Ok(Self {
            filter: ApiKeyFilter::new(context, selection, search),
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
