//! What a neighbor does meanwhile.

use crate::{
    bench::Bench,
    keys::stored,
    load::{
        pressure::{Answers, Pressure},
        template::Template,
        visitor::FillNumbered,
    },
    neighbors::{
        deed::write_number,
        deletion::Deletion,
        request,
        stage::{EVENTS, FORMER_KEYS, Stage},
        watches::Watches,
    },
};
use anyhow::{Context, Result};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use xtask_harness::{database::Kind, random::scattered, server::Server};

/// How often a key is changed that is watched.
const CHANGE_INTERVAL: Duration = Duration::from_millis(200);

/// How many connections delete keys that are not there.
const DELETERS: usize = 8;

/// How long a load is there before anything is measured.
const RAMP: Duration = Duration::from_millis(500);

/// What a neighbor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Situation {
    /// There is none.
    Undisturbed,
    /// Lists of pages deep in many keys.
    Lists,
    /// Many watches of the keys of one user, which change.
    Watches,
    /// Deletions of keys that are not there.
    Missing,
    /// There is none, and a second node.
    TwoNodes,
    /// One of two nodes changes a few keys.
    Changes,
    /// Both nodes change the same keys.
    Contention,
    /// The deletion of a user with many keys.
    Deletion,
}

/// A neighbor at work.
#[derive(Default)]
pub(super) struct Load {
    pressure: Option<Pressure>,
    watches: Option<Watches>,
    deletion: Option<Deletion>,
    node: Option<Server>,
}

// === impl Situation ===

impl Situation {
    /// Returns those that take turns, and the one that can be seen only once.
    pub(super) fn all(kind: Kind) -> (Vec<Self>, Self) {
        let mut turns = vec![Self::Undisturbed, Self::Lists, Self::Watches, Self::Missing];
        if kind == Kind::Postgres {
            turns.extend([Self::TwoNodes, Self::Changes, Self::Contention]);
        }
        (turns, Self::Deletion)
    }

    /// Returns what it is called.
    pub(super) fn name(self, bench: &Bench) -> String {
        let of = bench.scale.neighbor;
        match self {
            Self::Undisturbed => "nothing".to_owned(),
            Self::Lists => format!("{} connections that list deep pages", of.readers),
            Self::Watches => format!("{} watches with changes", of.watches),
            Self::Missing => format!("{DELETERS} connections that delete what is not there"),
            Self::TwoNodes => "nothing, two nodes".to_owned(),
            Self::Changes => "one of two nodes that changes 20 keys".to_owned(),
            Self::Contention => "two nodes that change the same 20 keys".to_owned(),
            Self::Deletion => "the deletion of a user with many keys".to_owned(),
        }
    }

    /// Returns the one that it is compared with: the same without the load.
    pub(super) fn undisturbed(self) -> Self {
        match self {
            Self::TwoNodes | Self::Changes | Self::Contention => Self::TwoNodes,
            _ => Self::Undisturbed,
        }
    }

    /// Begins it.
    pub(super) fn start(self, bench: &Bench, stage: &Stage) -> Result<Load> {
        let to = stage.server.address();
        let mut load = Load::default();
        match self {
            Self::Undisturbed => {}
            Self::Lists => load.pressure = Some(lists(bench, stage)),
            Self::Watches => {
                let (number, count) = (stage.changer.first_key, bench.scale.neighbor.watches);
                let watches = Watches::open(to, &request::watch(number), count)?;
                load.watches = Some(watches);
                load.pressure = Some(change(bench, stage, &[to], 1, CHANGE_INTERVAL)?);
            }
            Self::Missing => {
                let key = stored(stage.remembered.first_key);
                let delete = (to, request::delete_key(&key));
                let connections = vec![delete; DELETERS];
                let former: FillNumbered = Arc::new(|number, slot| {
                    write_number(FORMER_KEYS + scattered(number) % EVENTS, slot);
                });
                load.pressure = Some(Pressure::start(connections, &former, Duration::ZERO));
            }
            Self::TwoNodes => load.node = Some(bench.serve(&stage.dataset.database, &[])?),
            Self::Changes | Self::Contention => {
                let node = bench.serve(&stage.dataset.database, &[])?;
                let other = match self {
                    Self::Changes => to,
                    _ => node.address(),
                };
                let nodes = [to, other];
                load.pressure = Some(change(bench, stage, &nodes, usize::MAX, Duration::ZERO)?);
                load.node = Some(node);
            }
            Self::Deletion => {
                let user = stage.owner.user;
                let request = request::delete_user(&stored(stage.administrator.first_key), user);
                let key = stored(stage.changer.first_key);
                let first = stage.ids(bench, &stage.changer)?;
                let first = first.first().context("the other tenant has no key")?;
                let write = request::change_key(&key, *first);
                load.deletion = Some(Deletion::start(to, request, user, write));
                return Ok(load);
            }
        }
        std::thread::sleep(RAMP);
        Ok(load)
    }
}

// === impl Load ===

impl Load {
    /// Returns whether it has come to its end. Most have none.
    pub(super) fn is_over(&mut self, bench: &Bench, stage: &Stage) -> Result<bool> {
        match &mut self.deletion {
            Some(deletion) => deletion.is_over(bench, &stage.dataset),
            None => Ok(true),
        }
    }

    /// Ends it, and returns what the neighbor was answered, and what is to be said
    /// besides.
    pub(super) fn end(self) -> Result<(Option<Answers>, Vec<String>)> {
        let mut said = Vec::new();
        let answers = self.pressure.map(Pressure::end);
        said.extend(self.watches.map(Watches::end).transpose()?);
        said.extend(self.deletion.map(Deletion::end));
        self.node.map(Server::stop).transpose()?;
        Ok((answers, said))
    }
}

fn lists(bench: &Bench, stage: &Stage) -> Pressure {
    let page = request::page(&stored(stage.owner.first_key));
    let readers = bench.scale.neighbor.readers;
    let connections = vec![(stage.server.address(), page); readers];
    // The deeper half of the pages.
    let pages = stage.owner.keys / 30;
    let deep: FillNumbered = Arc::new(move |number, slot| {
        write_number(pages / 2 + scattered(number) % (pages / 2), slot);
    });
    Pressure::start(connections, &deep, Duration::ZERO)
}

/// Changes a neighbor's keys, each at most by so many connections in all, on some nodes.
fn change(
    bench: &Bench,
    stage: &Stage,
    nodes: &[SocketAddr],
    most: usize,
    rest: Duration,
) -> Result<Pressure> {
    let key = stored(stage.changer.first_key);
    let ids = stage.ids(bench, &stage.changer)?;
    let connections: Vec<(SocketAddr, Template)> = nodes
        .iter()
        .flat_map(|node| ids.iter().map(|id| (*node, request::change_key(&key, *id))))
        .take(most)
        .collect();
    let as_of: FillNumbered = Arc::new(write_number);
    Ok(Pressure::start(connections, &as_of, rest))
}
