//! The conditions for the keys after a place in an order.

use super::{
    super::backend::{self, Backend},
    source::{Condition, LAST_USE, Source, halves_after, last_use, pair_after},
};
use crate::{
    rows::{SortColumn, sort_column},
    schema::api_keys,
};
use apikey_domain::{
    key::place::{Place, SortValue},
    listing::{Direction, Order, SortField},
};
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods,
    dsl::{Eq, Gt, GtEq, Lt, LtEq},
    expression::AsExpression,
    sql_types::{Bool, SqlType},
};

/// Returns the conditions for keys after `place` in `order`, all of which hold.
///
/// In an order by one field they are after it as a pair of that field and the id.
pub(super) fn conditions(order: &Order, place: &Place) -> Vec<Condition> {
    let values = place.values.as_slice();
    if let (Some(field), [value]) = (order.only_field(), values) {
        let columns = [column(field), "api_keys.id"];
        let direction = order.id_direction();
        return vec![pair_after(
            columns,
            direction,
            sort_column(value),
            place.id.0,
        )];
    }
    match (order.fields(), values) {
        ([(field, direction), ..], [value, ..]) => {
            // Implied by the condition; lets a scan of an index on the first field
            // start there.
            let first = compared(*field, *direction, value).not_before;
            vec![in_each(order, place), first]
        }
        _ => vec![in_each(order, place)],
    }
}

/// Returns the field of an order by one alone, and the conditions of the two halves of the
/// keys after `place`, where no scan begins at a pair.
pub(super) fn halves(order: &Order, place: &Place) -> Option<(SortField, [Condition; 2])> {
    let (Some(field), [value]) = (order.only_field(), place.values.as_slice()) else {
        return None;
    };
    let columns = [column(field), "api_keys.id"];
    let (value, direction) = (sort_column(value), order.id_direction());
    let halves = || (field, halves_after(columns, direction, value, place.id.0));
    (!backend::SEEKS_PAIRS).then(halves)
}

fn column(field: SortField) -> &'static str {
    match field {
        SortField::Name => "api_keys.name",
        SortField::ExpiresAt => "api_keys.expires_at",
        SortField::CreatedAt => "api_keys.created_at",
        SortField::UpdatedAt => "api_keys.updated_at",
        SortField::LastUsedAt => LAST_USE,
    }
}

/// Returns the condition for keys after `place` in the first field, or equal there and
/// after it in the rest.
fn in_each(order: &Order, place: &Place) -> Condition {
    let id = place.id.0;
    let mut condition = comparison(|| api_keys::id, order.id_direction(), id).after;
    for ((field, direction), value) in order.fields().iter().zip(&place.values).rev() {
        let first = compared(*field, *direction, value);
        condition = Box::new(first.after.or(first.equal.and(condition)));
    }
    condition
}

/// The conditions that compare a column with a value, in a direction.
struct Comparison {
    after: Condition,
    equal: Condition,
    not_before: Condition,
}

/// Compares a field with a value of it.
fn compared(field: SortField, direction: Direction, value: &SortValue) -> Comparison {
    let number = match sort_column(value) {
        SortColumn::Text(name) => return comparison(|| api_keys::name, direction, name),
        SortColumn::Number(number) => number,
    };
    match field {
        SortField::ExpiresAt => comparison(|| api_keys::expires_at, direction, number),
        SortField::UpdatedAt => comparison(|| api_keys::updated_at, direction, number),
        SortField::LastUsedAt => comparison(last_use, direction, number),
        // A name is no number.
        SortField::CreatedAt | SortField::Name => {
            comparison(|| api_keys::created_at, direction, number)
        }
    }
}

fn comparison<C, V>(column: impl Fn() -> C, direction: Direction, value: V) -> Comparison
where
    C: ExpressionMethods,
    V: AsExpression<C::SqlType> + Clone,
    C::SqlType: SqlType,
    Gt<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    Lt<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    Eq<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    GtEq<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    LtEq<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
{
    let equal = Box::new(column().eq(value.clone()));
    let (after, not_before): (Condition, Condition) = match direction {
        Direction::Ascending => (
            Box::new(column().gt(value.clone())),
            Box::new(column().ge(value)),
        ),
        Direction::Descending => (
            Box::new(column().lt(value.clone())),
            Box::new(column().le(value)),
        ),
    };
    Comparison {
        after,
        equal,
        not_before,
    }
}
