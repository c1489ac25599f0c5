//! The machine and the programs that the figures are of.

use crate::bench::Bench;
use anyhow::Result;
use diesel::{dsl::sql, sql_types::Text};
use std::process::Command;
use xtask_harness::database::{Kind, postgres, sqlite};
use xtask_programs::{process, workspace::Workspace};

/// A commit costs nothing where the databases are on a file system in memory.
const DESCRIBE: &str = r#"
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    databases=$(df --output=fstype "${TMPDIR:-/tmp}" | tail -n 1)
    load=$(cut -d ' ' -f 1 /proc/loadavg)
    echo "$(nproc) cores of ${model:-$(uname -m)}, $(uname -sr), databases on $databases," \
        "load $load at the start"
    echo "$(rustc --version), commit $(git describe --always --dirty 2> /dev/null)"
"#;

/// Returns what the machine is, and what the server is built from.
pub(crate) fn describe(workspace: &Workspace) -> Result<String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", DESCRIBE]).current_dir(workspace.root());
    process::output(&mut shell)
}

/// Returns the name and the version of the database system.
pub(crate) fn database_system(bench: &Bench) -> Result<String> {
    let version: String = bench.block_on(async {
        let database = bench.engine.create().await?;
        Ok(match database.kind() {
            Kind::Sqlite => {
                let query = sql::<Text>("SELECT sqlite_version()");
                diesel::RunQueryDsl::get_result(query, &mut sqlite(database.url())?)?
            }
            Kind::Postgres => {
                let mut connection = postgres(database.url()).await?;
                let query = sql::<Text>("SELECT current_setting('server_version')");
                diesel_async::RunQueryDsl::get_result(query, &mut connection).await?
            }
        })
    })?;
    Ok(format!("{} {version}", bench.engine.kind()))
}
