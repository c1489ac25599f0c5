//! The walk from a clone to two nodes, a restore and another pepper, word for word.
//!
//! PostgreSQL, its tools, nginx, git, openssl and curl are the real ones. What differs from
//! the machine of a reader:
//!
//! - The addresses, also those in the configuration of nginx. There are two PostgreSQL
//!   servers, of which each lets in only who has a password, and its superuser.
//! - `/usr/local/bin` and `/etc/nginx` are folders of this test. nginx runs before the
//!   first command with a configuration that, as Debian's, reads `conf.d`.
//! - `sudo` becomes nobody else: it names the superuser of PostgreSQL.
//! - The clone is one of the commits of this checkout, with the documents as they are now.
//! - `cargo build` takes no minutes: what stands in for it demands the arguments that
//!   `docs/operations.md` says, and puts the program under test where cargo would.

use super::{OPERATIONS, TWO_NODES, must_be_true, root, session::Session};
use crate::gateways::configuration::named_program;
use xtask_harness::{database::run_on_postgres, server::free_address};
use xtask_programs::postgres::{Cluster, Durability, Settings, find_or_install_programs};

/// Where the document says that the repository is.
const REPOSITORY: &str = "https://git.example/apikey.git";
/// The addresses of the nodes and of nginx.
const ADDRESSES: [&str; 4] = [
    "127.0.0.1:8081",
    "127.0.0.1:8082",
    "127.0.0.1:8083",
    "127.0.0.1:8000",
];
/// How the program is built.
const BUILD: &str = "build --release --locked -p apikey-server";
/// The superuser, as everywhere but in a cluster of xtask.
const SUPERUSER: &str = "postgres";

#[tokio::test]
async fn the_steps_to_two_nodes_are_true() {
    let operations = std::fs::read_to_string(root().join(OPERATIONS)).unwrap();
    assert!(operations.contains(&format!("`cargo {BUILD}`")));
    let (first, second) = (cluster().await, cluster().await);
    let mut session = Session::without_server();
    let folder = session.folder().display().to_string();
    session.replace(REPOSITORY, &root().display().to_string());
    session.replace("/usr/local/bin", &format!("{folder}/bin"));
    session.replace("/etc/nginx", &format!("{folder}/nginx"));
    session.replace("127.0.0.1:5432", &format!("127.0.0.1:{}", first.port()));
    session.replace("127.0.0.1:5433", &format!("127.0.0.1:{}", second.port()));
    session.replace("-p 5433", &format!("-p {}", second.port()));
    let mut changed = String::new();
    for documented in ADDRESSES {
        let actual = free_address().unwrap().to_string();
        changed += &format!("s/{documented};/{actual};/; ");
        session.replace(documented, &actual);
    }
    add_programs(&session, first.port());
    start_nginx(&mut session, &changed);
    // Others may own the files of the checkout, as in a container.
    let git = "[safe]\n\tdirectory = *\n";
    std::fs::write(session.folder().join(".gitconfig"), git).unwrap();
    must_be_true(TWO_NODES, &session);
}

/// Starts a PostgreSQL server as a package would set it up.
async fn cluster() -> Cluster {
    let mut cluster = Cluster::start(&Settings {
        durability: Durability::Throwaway,
        max_connections: 100,
    })
    .unwrap();
    let create = format!("CREATE ROLE {SUPERUSER} SUPERUSER LOGIN");
    run_on_postgres(&cluster.url(), &[create]).await.unwrap();
    let url = cluster.url().replace("apikey@", &format!("{SUPERUSER}@"));
    let rename = "ALTER ROLE apikey RENAME TO of_the_cluster";
    run_on_postgres(&url, &[rename]).await.unwrap();
    cluster.demand_passwords(SUPERUSER).unwrap();
    cluster
}

/// Adds what stands in for programs that may not or need not run here.
fn add_programs(session: &Session, port: u16) {
    let sudo = format!(
        "#!/bin/sh\n\
         if [ \"$1 $2\" = '-u {SUPERUSER}' ]; then\n\
         \tshift 2\n\
         \texport PGHOST=127.0.0.1 PGPORT={port} PGUSER={SUPERUSER}\n\
         fi\n\
         exec \"$@\"\n"
    );
    session.add_program("sudo", &sudo);
    let server = env!("CARGO_BIN_EXE_apikey-server");
    let root = root();
    let root = root.display();
    let cargo = format!(
        "#!/bin/sh\n\
         [ \"$*\" = '{BUILD}' ] && [ -f crates/apikey-server/Cargo.toml ] || exit 1\n\
         mkdir -p target/release && ln -s '{server}' target/release/apikey-server\n\
         cp -R '{root}/docs' .\n"
    );
    session.add_program("cargo", &cargo);
}

/// Has nginx run before the first command, and puts one on the `PATH` that talks to it. That
/// one changes the addresses in the file of the document first.
fn start_nginx(session: &mut Session, changed: &str) {
    let folder = session.folder().join("nginx");
    std::fs::create_dir_all(folder.join("conf.d")).unwrap();
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {name};"))
        .concat();
    // Another user could not enter the folder; who is not root cannot name one.
    let user = match rustix::process::geteuid().is_root() {
        true => "user root;",
        false => "",
    };
    let configuration = format!(
        "{user} worker_processes 1; pid nginx.pid; events {{}}\n\
         http {{ access_log off; {folders} include conf.d/*.conf; }}\n"
    );
    std::fs::write(folder.join("nginx.conf"), configuration).unwrap();
    let program = named_program("APIKEY_TEST_NGINX");
    let folder = folder.display();
    let run = format!(
        "'{}' -p '{folder}' -e '{folder}/error.log' -c nginx.conf",
        program.display()
    );
    let nginx = format!(
        "#!/bin/sh\n\
         sed -i '{changed}' '{folder}/conf.d/apikey.conf' && exec {run} \"$@\"\n"
    );
    session.add_program("nginx", &nginx);
    let tools = find_or_install_programs().unwrap();
    session.begin_with(&format!("PATH=\"$PATH\":'{}'", tools.display()));
    session.begin_with(&format!("{run} -g 'daemon off;' &"));
}
