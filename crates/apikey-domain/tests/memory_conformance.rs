//! The store in memory keeps every obligation of the ports.

use apikey_domain::testing::{
    Memory,
    conformance::{Clause, Subject},
};
use std::sync::Arc;

fn run(clause: Clause) {
    let store = Arc::new(Memory::new());
    futures_executor::block_on(clause(Subject {
        api_keys: store.clone(),
        directory: store.clone(),
        change_feed: store,
    }));
}

apikey_domain::conformance_suite!(run);
