//! Queries of lists of users for the fuzz targets.

use super::list::{Delivery, UserQuery};
use crate::query::fuzzing::ReadQuery;
use actix_web::ResponseError;
use apikey_domain::{
    identity::user_list::{UserFilter, UserOrder},
    listing::Window,
};

/// How users are delivered.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One page.
    Page(Window),
    /// All users in one page.
    All,
    /// A stream.
    Watch,
}

/// Reads the query of a list of users.
///
/// # Errors
///
/// The status of the refusal.
pub fn users_query(query: &ReadQuery) -> Result<(UserFilter, UserOrder, Wanted), u16> {
    let read = UserQuery::read(query.query());
    let read = read.map_err(|error| error.status_code().as_u16())?;
    let wanted = match read.delivery {
        Delivery::Page(window) => Wanted::Page(window),
        Delivery::All => Wanted::All,
        Delivery::Watch => Wanted::Watch,
    };
    Ok((read.filter, read.order, wanted))
}
