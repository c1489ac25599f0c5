//! What the queries for pages of keys have in common.

use super::super::backend::Backend;
use crate::{
    rows::SortColumn,
    schema::{api_key_uses, api_keys},
};
use apikey_domain::{
    identifier::UserId,
    key::place::Place,
    listing::{Direction, Order, SortField},
};
use diesel::{
    BoxableExpression,
    dsl::sql,
    expression::SqlLiteral,
    sql_types::{BigInt, Bool, Nullable, Text},
};

/// The tables that every list of keys reads. The second one costs nothing where it is not
/// named: both databases leave it out.
pub(super) type Source = diesel::dsl::LeftJoinQuerySource<api_keys::table, api_key_uses::table>;

/// A condition on a source.
pub(crate) type ConditionOn<S> = Box<dyn BoxableExpression<S, Backend, SqlType = Bool>>;

/// A condition on the tables that every list of keys reads.
pub(super) type Condition = ConditionOn<Source>;

/// Where a page begins: so many keys after a place, or after the start of the list.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    pub(crate) after: Option<&'a Place>,
    pub(crate) skipped: i64,
}

/// The last use of keys in words that the index on the uses of a tenant has, too: never
/// is before all others.
pub(super) const LAST_USE: &str = "COALESCE(api_key_uses.last_used_at, -9223372036854775807)";

/// The values of a key by which an order sorts, as a row of places has them.
pub(super) type PlaceColumns = (
    SqlLiteral<Nullable<Text>>,
    SqlLiteral<Nullable<BigInt>>,
    SqlLiteral<Nullable<BigInt>>,
    SqlLiteral<Nullable<BigInt>>,
    SqlLiteral<Nullable<BigInt>>,
);

// === impl Start ===

impl<'a> Start<'a> {
    /// Begins after so many keys.
    pub(crate) fn offset(skipped: i64) -> Self {
        Self {
            after: None,
            skipped,
        }
    }

    /// Begins after a place, or with the first key without one.
    pub(crate) fn after(after: Option<&'a Place>) -> Self {
        Self { after, skipped: 0 }
    }
}

/// Returns the last use as a column.
pub(super) fn last_use() -> SqlLiteral<BigInt> {
    sql(LAST_USE)
}

/// Returns the columns of the fields of `order`. Those of other fields read nothing: what
/// they hold may not be in the index.
pub(super) fn place_columns(order: &Order) -> PlaceColumns {
    let column = |field, column| {
        let is_sorted_by = order.fields().iter().any(|(sorted, _)| *sorted == field);
        if is_sorted_by {
            column
        } else {
            "CAST(NULL AS BIGINT)"
        }
    };
    let name = match column(SortField::Name, "api_keys.name") {
        "api_keys.name" => "api_keys.name",
        _ => "CAST(NULL AS TEXT)",
    };
    (
        sql(name),
        sql(column(SortField::ExpiresAt, "api_keys.expires_at")),
        sql(column(SortField::CreatedAt, "api_keys.created_at")),
        sql(column(SortField::UpdatedAt, "api_keys.updated_at")),
        sql(column(SortField::LastUsedAt, LAST_USE)),
    )
}

/// Returns the condition that a column and the id come after a value and an id, as a pair.
/// On PostgreSQL a scan of an index that ends with the two begins there, however many keys
/// have the same value.
pub(crate) fn pair_after<S: 'static>(
    [column, id_column]: [&str; 2],
    direction: Direction,
    value: SortColumn,
    id: i64,
) -> ConditionOn<S> {
    let begin = format!("({column}, {id_column}) {} (", comparison(direction));
    with_id(&begin, value, ", ", id, ")")
}

/// Returns two conditions, of which one holds for each key after a place: that it has the
/// same value and a later id, or that it has a later value.
pub(super) fn halves_after<S: 'static>(
    [column, id_column]: [&str; 2],
    direction: Direction,
    value: SortColumn,
    id: i64,
) -> [ConditionOn<S>; 2] {
    let compares = comparison(direction);
    let same = format!("{column} = ");
    let later_id = format!(" AND {id_column} {compares} ");
    let beyond = sql::<Bool>(&format!("{column} {compares} "));
    let beyond: ConditionOn<S> = match value.clone() {
        SortColumn::Text(text) => Box::new(beyond.bind::<Text, _>(text)),
        SortColumn::Number(number) => Box::new(beyond.bind::<BigInt, _>(number)),
    };
    [with_id(&same, value, &later_id, id, ""), beyond]
}

fn comparison(direction: Direction) -> char {
    match direction {
        Direction::Ascending => '>',
        Direction::Descending => '<',
    }
}

fn with_id<S: 'static>(
    begin: &str,
    value: SortColumn,
    between: &str,
    id: i64,
    end: &str,
) -> ConditionOn<S> {
    let begin = sql::<Bool>(begin);
    match value {
        SortColumn::Text(text) => {
            let begun = begin.bind::<Text, _>(text).sql(between);
            Box::new(begun.bind::<BigInt, _>(id).sql(end))
        }
        SortColumn::Number(number) => {
            let begun = begin.bind::<BigInt, _>(number).sql(between);
            Box::new(begun.bind::<BigInt, _>(id).sql(end))
        }
    }
}

/// Returns the condition that the keys of this user are listed. It names no row of the
/// list, so both databases look once, and not for each key that is passed over.
pub(crate) fn is_listed<S: 'static>(user: UserId) -> ConditionOn<S> {
    Box::new(
        sql::<Bool>("NOT EXISTS (SELECT 1 FROM users AS robots WHERE robots.is_system ")
            .sql("AND robots.id = ")
            .bind::<BigInt, _>(user.0)
            .sql(")"),
    )
}

/// Sorts a query by one column.
macro_rules! directed {
    ($query:expr, $column:expr, $direction:expr) => {
        match $direction {
            Direction::Ascending => $query.then_order_by($column.asc()),
            Direction::Descending => $query.then_order_by($column.desc()),
        }
    };
}
pub(super) use directed;
