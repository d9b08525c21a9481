//! The server behind nginx by FastCGI, SCGI and HTTP, compared with hyper and PHP.

use std::{fs, path::PathBuf, process::Command};

use super::{
    client,
    daemon::Daemon,
    fastcgi, instructions,
    load::{Load, WARM_UP},
    nginx::{Nginx, Way},
    options::Options,
    peer::{OURS, Peer, Server},
    process::Process,
    progress::progress,
    report::Table,
};
use crate::{outside, result::Result, scratch::Scratch};

const CONNECTIONS: u64 = 32;

/// A backend, and the protocol between nginx and it.
#[derive(Debug)]
struct Backend {
    name: &'static str,
    way: Way,
    server: Kind,
}

#[derive(Debug)]
enum Kind {
    /// On TCP.
    Peer(Peer),
    /// On a Unix socket.
    Program(PathBuf),
    Php(PathBuf),
}

/// A running backend.
enum Running {
    Peer(Server),
    Daemon(Daemon),
}

/// Measures the installed backends, behind one nginx in each round.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let ours = Peer::build(OURS)?;
    let gateway = Peer::build("gateway")?;
    let fastcgi = gateway.sibling("fastcgi");
    let mut tables = vec![instructions(options, &ours, &fastcgi, scratch)?];

    if outside::path("nginx").is_none() {
        println!("\nServers behind nginx are left out: nginx is not installed (nginx-light)");
        return Ok(tables);
    }
    let backends = backends(ours, &gateway)?;
    let load = Load::new(scratch, CONNECTIONS, 1)?;
    let names = || backends.iter().map(|backend| backend.name);
    let mut cpu = Table::of(
        "CPU time per request behind nginx, microseconds of the application's processes",
        names(),
    );
    let mut rate = Table::of("Requests per second behind nginx", names());
    for round in 1..=options.rounds {
        for (row, backend) in backends.iter().enumerate() {
            progress(&format!("{} behind nginx, round {round}", backend.name));
            let running = backend.start(scratch)?;
            let nginx = Nginx::start(backend.way, &running.address(), scratch)?;
            load.run(nginx.address, "/hello", WARM_UP)?;
            let processes = running.processes()?;
            let (run, microseconds) =
                load.run_with_cpu(nginx.address, "/hello", &processes, options.duration)?;
            cpu.add(row, microseconds);
            rate.add(row, run.rate());
        }
    }
    tables.extend([cpu, rate]);
    Ok(tables)
}

fn backends(ours: Peer, gateway: &Peer) -> Result<Vec<Backend>> {
    let backend = |name, way, server| Backend { name, way, server };
    let program = |name| Kind::Program(gateway.sibling(name).program);
    let mut backends = vec![
        backend("FastCGI", Way::FastCgi, program("fastcgi")),
        backend("SCGI", Way::Scgi, program("scgi")),
        backend("HTTP", Way::Http, Kind::Peer(ours)),
        backend("hyper", Way::Http, Kind::Peer(Peer::build("hyper")?)),
    ];
    match php() {
        Some(program) => backends.push(backend("php-fpm", Way::FastCgi, Kind::Php(program))),
        None => println!("\nPHP behind nginx is left out: it is not installed (php-fpm)"),
    }
    Ok(backends)
}

/// User-space instructions per request by FastCGI, as a multiple of those by HTTP.
fn instructions(
    options: &Options,
    http: &Peer,
    fastcgi: &Peer,
    scratch: &Scratch,
) -> Result<Table> {
    let mut table = Table::of(
        "User-space instructions per request, ours",
        ["HTTP", "FastCGI"],
    );
    for round in 1..=options.rounds {
        progress(&format!("instructions by HTTP and FastCGI, round {round}"));
        let count = instructions::per_request(http, scratch, |address, requests| {
            let mut client = client::Client::connect(address)?;
            (0..requests).try_for_each(|_| client.hello())
        })?;
        table.add(0, count);
        let count = instructions::per_request(fastcgi, scratch, |address, requests| {
            let mut client = fastcgi::Client::connect(address)?;
            (0..requests).try_for_each(|_| client.hello())
        })?;
        table.add(1, count);
    }
    Ok(table)
}

impl Backend {
    fn start(&self, scratch: &Scratch) -> Result<Running> {
        let socket = scratch.path(format!("{}.sock", self.name));
        match &self.server {
            Kind::Peer(peer) => peer.start().map(Running::Peer),
            Kind::Program(program) => {
                let mut command = Command::new(program);
                command
                    .arg("--bind")
                    .arg(format!("unix:{}", socket.display()));
                Daemon::start(command, socket).map(Running::Daemon)
            }
            Kind::Php(program) => {
                let (file, listen) = (scratch.path("php.conf"), socket.display());
                fs::write(
                    &file,
                    format!(
                        "[global]\ndaemonize = no\nerror_log = /dev/null\n\
                         [www]\nlisten = {listen}\npm = static\npm.max_children = {CONNECTIONS}\n"
                    ),
                )?;
                fs::write(scratch.path("hello.php"), PHP)?;
                let mut command = Command::new(program);
                // PHP refuses to run as root without the second option.
                command.args(["--nodaemonize", "--allow-to-run-as-root", "--fpm-config"]);
                command.arg(file);
                Daemon::start(command, socket).map(Running::Daemon)
            }
        }
    }
}

impl Running {
    /// The address in the notation of nginx.
    fn address(&self) -> String {
        match self {
            Self::Peer(server) => server.address.to_string(),
            Self::Daemon(daemon) => format!("unix:{}", daemon.socket.display()),
        }
    }

    fn processes(&self) -> Result<Vec<Process>> {
        let process = match self {
            Self::Peer(server) => server.process(),
            Self::Daemon(daemon) => daemon.process(),
        };
        Ok(process.with_children()?)
    }
}

/// The same response by PHP.
const PHP: &str = "<?php header('Content-Type: text/plain'); echo \"Hello world!\\n\";\n";

/// PHP's FastCGI server. Its name contains its version.
fn php() -> Option<PathBuf> {
    let files = fs::read_dir("/usr/sbin").ok()?.filter_map(Result::ok);
    let is_php = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("php-fpm"))
    };
    files.map(|file| file.path()).find(is_php)
}
