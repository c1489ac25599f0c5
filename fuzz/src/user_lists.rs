//! Target `user_lists`: the query of a list of users.

use crate::linear::must_be_linear;
use apikey_domain::{
    identity::user_list::UserOrder,
    listing::{Direction, UserSortField, Window},
};
use apikey_http::fuzzing::{
    query::{Parameter, ReadQuery},
    users::{Wanted, users_query},
};

/// The fields by which users are sorted.
const FIELDS: [(&str, UserSortField); 7] = [
    ("username", UserSortField::Username),
    ("is_admin", UserSortField::IsAdmin),
    ("full_name", UserSortField::FullName),
    ("source", UserSortField::Source),
    ("is_active", UserSortField::IsActive),
    ("created_at", UserSortField::CreatedAt),
    ("updated_at", UserSortField::UpdatedAt),
];

/// What a plain reader finds.
struct Expected {
    search: Option<String>,
    fields: Vec<(UserSortField, Direction)>,
    id_direction: Direction,
    wanted: Wanted,
}

/// Checks a query. How its parameters are read is the business of the target `queries`.
///
/// # Panics
///
/// When a list is not what a plain reader finds.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(query) = ReadQuery::of(text) else {
        return;
    };
    match (expected(&query), users_query(&query)) {
        (Err(expected), read) => assert_eq!(read.err(), Some(expected), "{text}"),
        (Ok(_), Err(status)) => panic!("{status} for {text}"),
        (Ok(expected), Ok((filter, order, wanted))) => {
            assert_eq!(wanted, expected.wanted, "{text}");
            assert_eq!(order.fields(), expected.fields, "{text}");
            assert_eq!(order.id_direction(), expected.id_direction, "{text}");
            must_be_reversible(&order);
            assert_eq!(filter.search.is_some(), expected.search.is_some(), "{text}");
            if let (Some(term), Some(search)) = (filter.search, expected.search) {
                assert!(term.is_in(&search), "{text}");
            }
        }
    }
    must_be_linear(data, |long| {
        let query = std::str::from_utf8(long).ok().and_then(ReadQuery::of);
        let _ = query.as_ref().map(users_query);
    });
}

fn expected(query: &ReadQuery) -> Result<Expected, u16> {
    let page = query.integer("page")?.unwrap_or(1);
    let per_page = query.integer("perPage")?.unwrap_or(100);
    let is_watch = query.flag("watch")?.unwrap_or(false);
    let (fields, id_direction) = sorted(query.text("sort_by"))?;
    let search = query.text("search")?.filter(|text| !text.is_empty());
    let is_searchable = |text: &String| text.chars().count() <= 255 && !text.contains('\0');
    let is_valid = (page == -1 || page >= 1)
        && (1..=1_000).contains(&per_page)
        && search.as_ref().is_none_or(is_searchable);
    if !is_valid {
        return Err(422);
    }
    let offset = i128::from(page - 1) * i128::from(per_page);
    let wanted = match page {
        _ if is_watch => Wanted::Watch,
        -1 => Wanted::All,
        _ => Wanted::Page(Window {
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
            limit: u32::try_from(per_page).map_err(|_| 422_u16)?,
        }),
    };
    Ok(Expected {
        search,
        fields,
        id_direction,
        wanted,
    })
}

/// Returns the fields that a text names, each once, and the direction of the last one.
fn sorted(text: Parameter<String>) -> Result<(Vec<(UserSortField, Direction)>, Direction), u16> {
    let text = text?.unwrap_or_default();
    if text.chars().all(char::is_whitespace) {
        let newest = (UserSortField::CreatedAt, Direction::Descending);
        return Ok((vec![newest], Direction::Descending));
    }
    let (mut fields, mut last) = (Vec::new(), Direction::Ascending);
    let mut rest = Some(text.as_str());
    while let Some(list) = rest {
        let end = list.find(',');
        let part = list[..end.unwrap_or(list.len())].trim();
        rest = end.map(|end| &list[end + 1..]);
        let is_descending = part.starts_with('-');
        let name = &part[usize::from(is_descending)..];
        let field = FIELDS.iter().find(|(known, _)| *known == name);
        let (_, field) = field.ok_or(422_u16)?;
        last = if is_descending {
            Direction::Descending
        } else {
            Direction::Ascending
        };
        if !fields.iter().any(|(known, _)| known == field) {
            fields.push((*field, last));
        }
    }
    Ok((fields, last))
}

fn must_be_reversible(order: &UserOrder) {
    assert_ne!(order.reversed(), *order);
    assert_eq!(order.reversed().reversed(), *order);
}
