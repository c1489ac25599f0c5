//! The conditions for the keys after a given one in an order.

use super::{
    super::backend::Backend,
    source::{Condition, Source, last_use},
};
use crate::{
    rows::{expiry_column, last_use_column},
    schema::api_keys,
};
use apikey_domain::{
    key::api_key::ApiKey,
    listing::{Direction, Order, SortField},
};
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods,
    dsl::{Eq, Gt, GtEq, Lt, LtEq, sql},
    expression::AsExpression,
    sql_types::{BigInt, Bool, SqlType, Text},
};

/// Returns the conditions for keys after `previous` in `order`, all of which hold.
///
/// In an order by one field they are after it as a pair of that field and the id, where a
/// scan of an index starts however many keys have the same value.
pub(super) fn after(order: &Order, previous: &ApiKey) -> Vec<Condition> {
    match order.fields() {
        [(field, _)] => vec![after_pair(*field, order.id_direction(), previous)],
        [(field, direction), ..] => {
            // Implied by the condition; lets a scan of an index on the first field
            // start there.
            let first = compared(*field, *direction, previous).not_before;
            vec![after_in_each(order, previous), first]
        }
        [] => vec![after_in_each(order, previous)],
    }
}

/// Returns the comparison of a row with one that comes before it, and the parenthesis in
/// which that follows.
pub(super) fn compares(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => " > (",
        Direction::Descending => " < (",
    }
}

/// Returns the condition for keys after `previous` by a field and the id.
fn after_pair(field: SortField, direction: Direction, previous: &ApiKey) -> Condition {
    let (row, value) = match field {
        SortField::Name => {
            return Box::new(
                sql::<Bool>("(api_keys.name, api_keys.id)")
                    .sql(compares(direction))
                    .bind::<Text, _>(previous.name.as_str().to_owned())
                    .sql(", ")
                    .bind::<BigInt, _>(previous.id.0)
                    .sql(")"),
            );
        }
        SortField::ExpiresAt => (
            "(api_keys.expires_at, api_keys.id)",
            expiry_column(previous.expires_at),
        ),
        SortField::CreatedAt => (
            "(api_keys.created_at, api_keys.id)",
            previous.created_at.microseconds(),
        ),
        SortField::UpdatedAt => (
            "(api_keys.updated_at, api_keys.id)",
            previous.updated_at.microseconds(),
        ),
        SortField::LastUsedAt => (
            "(COALESCE(api_key_uses.last_used_at, -9223372036854775807), api_keys.id)",
            last_use_column(previous.last_used_at),
        ),
    };
    Box::new(
        sql::<Bool>(row)
            .sql(compares(direction))
            .bind::<BigInt, _>(value)
            .sql(", ")
            .bind::<BigInt, _>(previous.id.0)
            .sql(")"),
    )
}

/// Returns the condition for keys after `previous` in the first field, or equal there and
/// after it in the rest.
fn after_in_each(order: &Order, previous: &ApiKey) -> Condition {
    let id = previous.id.0;
    let mut condition = comparison(|| api_keys::id, order.id_direction(), id).after;
    for (field, direction) in order.fields().iter().rev() {
        let first = compared(*field, *direction, previous);
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

/// Compares a field with that of `previous`.
fn compared(field: SortField, direction: Direction, previous: &ApiKey) -> Comparison {
    match field {
        SortField::Name => {
            let name = previous.name.as_str().to_owned();
            comparison(|| api_keys::name, direction, name)
        }
        SortField::ExpiresAt => {
            let expires_at = expiry_column(previous.expires_at);
            comparison(|| api_keys::expires_at, direction, expires_at)
        }
        SortField::CreatedAt => {
            let created_at = previous.created_at.microseconds();
            comparison(|| api_keys::created_at, direction, created_at)
        }
        SortField::LastUsedAt => {
            let last_use_at = last_use_column(previous.last_used_at);
            comparison(last_use, direction, last_use_at)
        }
        SortField::UpdatedAt => {
            let updated_at = previous.updated_at.microseconds();
            comparison(|| api_keys::updated_at, direction, updated_at)
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
