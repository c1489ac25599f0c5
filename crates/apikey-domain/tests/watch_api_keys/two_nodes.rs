//! Whatever happens, wherever and whenever a client breaks off and goes on: it
//! misses nothing, is told nothing twice, and knows in the end what is stored.

use crate::{BATCH, cluster::Cluster, interleaved::Write};
use apikey_domain::identifier::ApiKeyId;
use futures_executor::block_on;
use proptest::prelude::*;

/// A write, before it has a text that no other has.
#[derive(Clone, Debug)]
enum Plan {
    Create,
    Change(i64),
    Delete(i64),
}

#[derive(Clone, Debug)]
enum Step {
    Write(Plan),
    Hear(usize, u32),
    Read(usize),
    Connect(usize),
    Beat,
    Prune(u32),
}

fn write(plan: &Plan, number: &mut u32) -> Write {
    *number += 1;
    match *plan {
        Plan::Create => Write::Create(format!("new {number}")),
        Plan::Change(id) => Write::Change(ApiKeyId(id), number.to_string()),
        Plan::Delete(id) => Write::Delete(ApiKeyId(id)),
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    // Numbers on both sides of the border between two batches.
    let id = || prop_oneof![1..6_i64, BATCH as i64 - 1..BATCH as i64 + 6];
    prop_oneof![
        2 => Just(Plan::Create),
        3 => id().prop_map(Plan::Change),
        1 => id().prop_map(Plan::Delete),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => plan().prop_map(Step::Write),
        4 => (0..2_usize, 1..6_u32).prop_map(|(node, count)| Step::Hear(node, count)),
        4 => (1..6_usize).prop_map(Step::Read),
        2 => (0..2_usize).prop_map(Step::Connect),
        2 => Just(Step::Beat),
        1 => prop_oneof![3 => 1..4_u32, 1 => Just(u32::MAX)].prop_map(Step::Prune),
    ]
}

async fn take(cluster: &mut Cluster, step: Step, number: &mut u32) {
    match step {
        Step::Write(plan) => cluster.write(write(&plan, number)).await,
        Step::Hear(node, count) => cluster.nodes[node].hear(count).await,
        Step::Read(most) => drop(cluster.read(most).await),
        Step::Connect(node) => cluster.connect(node).await,
        Step::Beat => cluster.beat(),
        Step::Prune(count) => cluster.prune(count).await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_client_who_goes_on_knows_what_is_stored_whatever_happened(
        count in prop::sample::select(vec![0, 3, BATCH + 3]),
        around in prop::collection::vec(
            (prop::collection::vec(plan(), 0..4), prop::collection::vec(plan(), 0..4)),
            0..6,
        ),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        block_on(async {
            let mut number = 0;
            let mut writes = |plans: Vec<Plan>| {
                let writes = plans.iter().map(|plan| write(plan, &mut number));
                writes.collect::<Vec<_>>()
            };
            let around = around.into_iter();
            let around = around.map(|(before, after)| (writes(before), writes(after)));
            let around = around.collect();
            let mut cluster = Cluster::new(count, around).await;
            cluster.connect(0).await;
            for step in steps {
                take(&mut cluster, step, &mut number).await;
            }
            // What was to happen around reads may still happen during the first.
            for node in [0, 1, 0] {
                for node in &cluster.nodes {
                    node.hear(u32::MAX).await;
                }
                cluster.connect(node).await;
                for node in &cluster.nodes {
                    node.hear(u32::MAX).await;
                }
                cluster.read(usize::MAX).await;
            }
            assert_eq!(cluster.client.known(), cluster.stored().await);
        });
    }
}
