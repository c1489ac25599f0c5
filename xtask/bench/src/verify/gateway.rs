//! What a question adds to each request behind nginx.

use crate::{
    bench::Bench,
    table::{Aim, Table},
    variant::{Variant, take_turns},
    verify::load::{HOT_KEYS, PATH, hot_keys},
};
use anyhow::{Result, ensure};
use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use xtask_harness::server::{Server, free_address};
use xtask_programs::{gateways, workspace::Workspace};

/// How long it may take to listen.
const START_LIMIT: Duration = Duration::from_secs(10);

/// What makes nginx ask.
const ASK: &str = "auth_request /_apikey;";

/// What is added to the shipped configuration. Nothing is written outside the
/// folder, and no connection ends.
const SETTINGS: &str = "http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    server { listen 127.0.0.1:9000; return 200; }";

pub(super) fn run(bench: &Bench, workspace: &Workspace) -> Result<()> {
    let program = gateways::nginx(workspace)?;
    let shipped = fs::read_to_string(workspace.root().join("docs/gateways/nginx.conf"))?;
    let dataset = hot_keys(bench)?;
    let empty = bench.serve_bare(&dataset.database, None)?;
    let server = bench.serve(&dataset.database, &[])?;
    let folder = tempfile::tempdir()?;
    let start = |asked| start(&program, &shipped, folder.path(), asked);
    let gateways = [
        start(None)?,
        start(Some(empty.address()))?,
        start(Some(server.address()))?,
    ];
    let mut variants = gateways
        .each_ref()
        .map(|gateway| Variant::new("", gateway, PATH, 1, HOT_KEYS));
    for variant in &variants {
        variant.warm_up(HOT_KEYS, bench.scale.turn / 4)?;
    }
    take_turns(bench, &mut variants, bench.scale.turn)?;

    let subject = "Behind nginx as configured in docs/gateways, one connection,";
    let mut table = Table::new(bench, subject);
    let [alone, empty, server] = variants.map(|one| one.measurements.median_latency);
    table.row("nginx that asks nobody, median, ms", &alone, None);
    let (empty, server) = (empty.minus(&alone), server.minus(&alone));
    table.row("added by asking an empty handler, ms", &empty, None);
    table.row("added by asking the server, ms", &server, None);
    let ratio = server.ratio_to(&empty);
    table.row("ratio of what is added", ratio, Aim::AtMost(1.2));
    table.print()
}

/// Starts nginx before a service that answers nothing; it asks at an address
/// before each request, or nobody. Its files are in a folder.
fn start(
    program: &Path,
    shipped: &str,
    folder: &Path,
    asked: Option<SocketAddr>,
) -> Result<Server> {
    let address = free_address()?;
    let file = format!("{}.conf", address.port());
    fs::write(folder.join(&file), adapted(shipped, address, asked)?)?;
    // One process, so that killing it leaves nobody behind.
    let globally = format!(
        "daemon off; master_process off; pid {}.pid;",
        address.port()
    );
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .args(["-p", ".", "-e", "stderr", "-c", &file, "-g", &globally]);
    let nginx = Server::launch(command, address, folder.join(format!("{file}.log")))?;
    let started = Instant::now();
    while TcpStream::connect(address).is_err() {
        let is_late = started.elapsed() > START_LIMIT;
        ensure!(!is_late, "nginx does not start; it says:\n{}", nginx.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(nginx)
}

/// Puts other addresses into the shipped configuration, one worker and a service.
fn adapted(shipped: &str, listen: SocketAddr, asked: Option<SocketAddr>) -> Result<String> {
    let service = free_address()?;
    let mut text = shipped.to_owned();
    for (old, new) in [
        (ASK, asked.map_or("", |_| ASK).to_owned()),
        ("worker_processes auto;", String::new()),
        ("http {", SETTINGS.to_owned()),
        ("127.0.0.1:8000", listen.to_string()),
        ("127.0.0.1:9000", service.to_string()),
        ("127.0.0.1:8080", asked.unwrap_or(service).to_string()),
    ] {
        ensure!(text.contains(old), "nginx.conf does not hold `{old}`");
        text = text.replace(old, &new);
    }
    Ok(text)
}
