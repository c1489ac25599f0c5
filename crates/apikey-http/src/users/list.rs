//! The query of a list of users.

use crate::{
    error::HttpError,
    listing::{self, Paging},
    query::Query,
};
use apikey_domain::{
    identity::user_list::{UserFilter, UserOrder},
    listing::Window,
};

/// The query of a list, validated as a whole.
pub(super) struct UserQuery {
    /// The users that are asked for.
    pub(super) filter: UserFilter,
    /// Their order.
    pub(super) order: UserOrder,
    /// The requested page.
    pub(super) paging: Paging,
    /// How to deliver them.
    pub(super) delivery: Delivery,
}

/// How to deliver users.
pub(super) enum Delivery {
    /// One page.
    Page(Window),
    /// All users in one page.
    All,
    /// A stream of the existing users, then of changes.
    Watch,
}

impl UserQuery {
    /// Parses the query.
    ///
    /// # Errors
    ///
    /// 422 for the first invalid value.
    pub(super) fn read(query: &Query) -> Result<Self, HttpError> {
        let paging = Paging::read(query)?;
        let is_watch = query.flag("watch")?.unwrap_or(false);
        let delivery = paging
            .window_or_all()?
            .map_or(Delivery::All, Delivery::Page);
        let order = UserOrder::parse(&query.text("sort_by")?.unwrap_or_default())?;
        let search = listing::search(query)?;
        Ok(Self {
            filter: UserFilter { search },
            order,
            paging,
            delivery: if is_watch { Delivery::Watch } else { delivery },
        })
    }
}
