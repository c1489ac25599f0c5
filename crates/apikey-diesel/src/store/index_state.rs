//! How far the index of names is filled.

use super::{backend, connection::Connection};
use crate::{
    name_index::Indexed,
    rows::NumberRow,
    schema::{full_name_index, name_index},
    stored_names::Named,
};
use apikey_domain::change::Position;
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// The parts of the index. Each is filled on its own: a release that does not know one of
/// them fills the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The names of users, organizations and keys.
    Names,
    /// The full names of users.
    FullNames,
}

/// How far a part of the index is filled.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) part: Part,
    pub(super) horizon: Option<i64>,
    pub(super) number: i64,
    /// Up to which ids the rows are in it that were there before, for each of its kinds.
    pub(super) swept: Vec<(Indexed, i64)>,
    pub(super) is_complete: bool,
}

const USERS: Indexed = Indexed::Name(Named::User);
const ORGANIZATIONS: Indexed = Indexed::Name(Named::Organization);
const KEYS: Indexed = Indexed::Name(Named::ApiKey);

// === impl Part ===

impl Part {
    pub(super) const ALL: [Self; 2] = [Self::Names, Self::FullNames];

    /// Returns the part that has what is searched by names of a kind.
    pub(super) fn of(indexed: Indexed) -> Self {
        match indexed {
            Indexed::Name(_) => Self::Names,
            Indexed::FullName => Self::FullNames,
        }
    }

    /// Returns the kinds that it has.
    pub(super) fn kinds(self) -> &'static [Indexed] {
        match self {
            Self::Names => &[USERS, ORGANIZATIONS, KEYS],
            Self::FullNames => &[Indexed::FullName],
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Names => "name_index",
            Self::FullNames => "full_name_index",
        }
    }
}

// === impl State ===

impl State {
    pub(super) fn beginning_at(part: Part, position: Position) -> Self {
        Self {
            part,
            horizon: Some(position.horizon),
            number: position.number,
            swept: part.kinds().iter().map(|indexed| (*indexed, 0)).collect(),
            is_complete: false,
        }
    }

    pub(super) fn through(&self) -> Option<Position> {
        let number = self.number;
        self.horizon.map(|horizon| Position { horizon, number })
    }

    pub(super) async fn read(connection: &mut Connection, part: Part) -> QueryResult<Self> {
        let (horizon, number, is_complete, swept) = match part {
            Part::Names => {
                let columns = (
                    name_index::horizon,
                    name_index::number,
                    name_index::is_complete,
                    (
                        name_index::swept_users,
                        name_index::swept_organizations,
                        name_index::swept_keys,
                    ),
                );
                let row: (Option<i64>, i64, bool, (i64, i64, i64)) = name_index::table
                    .select(columns)
                    .get_result(connection)
                    .await?;
                let (horizon, number, is_complete, (users, organizations, keys)) = row;
                let swept = vec![(USERS, users), (ORGANIZATIONS, organizations), (KEYS, keys)];
                (horizon, number, is_complete, swept)
            }
            Part::FullNames => {
                let columns = (
                    full_name_index::horizon,
                    full_name_index::number,
                    full_name_index::is_complete,
                    full_name_index::swept_users,
                );
                let row: (Option<i64>, i64, bool, i64) = full_name_index::table
                    .select(columns)
                    .get_result(connection)
                    .await?;
                (row.0, row.1, row.2, vec![(Indexed::FullName, row.3)])
            }
        };
        Ok(Self {
            part,
            horizon,
            number,
            swept,
            is_complete,
        })
    }

    /// Returns the state and locks it, unless another node has.
    pub(super) async fn locked(
        connection: &mut Connection,
        part: Part,
    ) -> QueryResult<Option<Self>> {
        let (table, skip) = (part.table(), backend::SKIP_LOCKED);
        let lock = format!("SELECT id AS number FROM {table}{skip}");
        let free: Vec<NumberRow> = diesel::sql_query(lock).load(connection).await?;
        match free.is_empty() {
            true => Ok(None),
            false => Self::read(connection, part).await.map(Some),
        }
    }

    pub(super) async fn save(&self, connection: &mut Connection) -> QueryResult<()> {
        let swept = |indexed| {
            let mut swept = self.swept.iter();
            swept.find_map(|(one, id)| (*one == indexed).then_some(*id))
        };
        let saved = match self.part {
            Part::Names => {
                let update = diesel::update(name_index::table).set((
                    name_index::horizon.eq(self.horizon),
                    name_index::number.eq(self.number),
                    name_index::is_complete.eq(self.is_complete),
                    swept(USERS).map(|id| name_index::swept_users.eq(id)),
                    swept(ORGANIZATIONS).map(|id| name_index::swept_organizations.eq(id)),
                    swept(KEYS).map(|id| name_index::swept_keys.eq(id)),
                ));
                update.execute(connection).await
            }
            Part::FullNames => {
                let update = diesel::update(full_name_index::table).set((
                    full_name_index::horizon.eq(self.horizon),
                    full_name_index::number.eq(self.number),
                    full_name_index::is_complete.eq(self.is_complete),
                    swept(Indexed::FullName).map(|id| full_name_index::swept_users.eq(id)),
                ));
                update.execute(connection).await
            }
        };
        saved.map(drop)
    }
}
