//! Keys of another service, which are imported while a node of the release before lives, and
//! once more when there is none.

use super::refusals::REFUSAL;
use crate::{
    nodes::COUNT,
    probes::Call,
    records::{key_fact, key_value},
    rights::{Reply, Right},
    session_load::DIGESTS,
    test_cluster::TestCluster,
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{fs, path::Path, process::Output};
use xtask_harness::{expectation::Expectation, random::scattered, server};

/// How many there are of each kind of digest.
const OF_EACH_KIND: u64 = 4;

/// What the numbers of their access keys begin at, so that no other key has them.
const FIRST: u64 = 1 << 56;

/// Keys to be imported, and their table.
pub(super) struct Imports {
    keys: Vec<Right>,
    table: String,
}

// === impl Imports ===

impl Imports {
    /// Makes keys for a new user.
    pub(super) async fn prepare(cluster: &TestCluster, node: usize) -> Result<Self> {
        let person = cluster.make_person(node).await?;
        let mut table = "user,access_key,digest,name,scope\n".to_owned();
        let mut keys = Vec::new();
        for number in 0..OF_EACH_KIND * DIGESTS.len() as u64 {
            let (secret, digest) = DIGESTS[number as usize % DIGESTS.len()];
            let access_key = format!("{:016x}", scattered(FIRST + number));
            let name = format!("imported-{number}");
            table += &format!(
                "{},{access_key},\"{digest}\",{name},inference\n",
                person.name()
            );
            keys.push(Right {
                key: format!("gpustack_{access_key}_{secret}"),
                fact: key_fact(&name),
                granted: key_value(&["inference"], &Value::Null),
                name,
                model: None,
                is_never_refused: false,
                ends_by_clock: false,
                expectation: Expectation::new(Reply::Refused),
            });
        }
        Ok(Self { keys, table })
    }

    /// Sees that none is imported beside an older node, which is said, and nothing stored.
    pub(super) async fn see_refused(
        &self,
        cluster: &TestCluster,
        program: &Path,
        database: &str,
    ) -> Result<()> {
        let output = self.import(program, database).await?;
        let said = said(&output);
        if output.status.success() || !said.contains(REFUSAL) {
            let done = format!("an import beside an older node: {}, {said}", output.status);
            cluster.findings.add(done);
        }
        for node in 0..COUNT {
            for right in &self.keys {
                cluster.probe_by(node, Call::Uncached, right).await;
            }
        }
        Ok(())
    }

    /// Imports all of them, and uses each on all nodes.
    pub(super) async fn see_done(
        &self,
        cluster: &TestCluster,
        program: &Path,
        database: &str,
    ) -> Result<()> {
        for right in &self.keys {
            right.expectation.begin(Reply::Accepted);
        }
        let output = self.import(program, database).await?;
        ensure!(output.status.success(), "an import: {}", said(&output));
        for right in &self.keys {
            right.expectation.settle(Reply::Accepted);
            cluster.records.add(&right.fact, &right.granted);
            for node in 0..COUNT {
                cluster.probe_by(node, Call::Uncached, right).await;
                cluster.probe(node, right).await;
            }
        }
        Ok(())
    }

    async fn import(&self, program: &Path, database: &str) -> Result<Output> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("keys.csv");
        fs::write(&file, &self.table)?;
        let mut command = server::command(program, database, folder.path());
        command.args(["import", "hashes"]).arg(&file);
        command.stdout(std::process::Stdio::piped());
        let running = tokio::task::spawn_blocking(move || command.output()).await?;
        running.context("the import does not start")
    }
}

fn said(output: &Output) -> String {
    let [out, error] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{error}")
}
