//! TLS: handshakes, requests, bytes and idle connections, compared with hyper and nginx.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{
    nginx::Nginx,
    options::Options,
    peer::{Peer, Server},
    program::Program,
    progress::progress,
    report::Table,
    running::Running,
};
use crate::{outside, result::Result, scratch::Scratch};

/// The length of the body of `/bulk`.
const BULK: usize = 4 << 20;

/// The number of idle connections.
const IDLE: u64 = 2_000;

/// A figure: the argument of `measure-tls`, how often it is done, and a unit of it for the title.
const FIGURES: [(&str, u64, &str); 4] = [
    ("full", 400, "a full handshake and a request"),
    ("resumed", 400, "a resumed handshake and a request"),
    ("hello", 4_000, "a request"),
    ("bulk", 40, "4 MiB"),
];

/// A server that speaks TLS.
#[derive(Debug)]
enum Contender {
    Peer(Peer),
    Nginx,
}

/// Measures our server, hyper, and nginx where it is installed.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let client = Program::build("measure-tls")?;
    let folder = scratch.path("");
    client.measure(&["certificate", &folder.to_string_lossy()])?;
    let mut contenders = vec![
        Contender::Peer(Peer::build("ours-tls")?),
        Contender::Peer(Peer::build("hyper-tls")?),
    ];
    match outside::path("nginx") {
        Some(_) => {
            fs::write(scratch.path("hello"), "Hello world!\n")?;
            fs::write(scratch.path("bulk"), vec![b'x'; BULK])?;
            contenders.push(Contender::Nginx);
        }
        None => println!("\nnginx by TLS is left out: it is not installed (nginx-light)"),
    }
    let names = || contenders.iter().map(Contender::name);
    let mut tables: Vec<Table> = FIGURES
        .iter()
        .map(|(_, _, unit)| Table::of(format!("CPU time by TLS of {unit}, microseconds"), names()))
        .collect();
    let mut idle = Table::of(
        format!("Bytes of each of {IDLE} idle connections by TLS"),
        names(),
    );
    for round in 1..=options.rounds {
        for (row, contender) in contenders.iter().enumerate() {
            progress(&format!("TLS of {}, round {round}", contender.name()));
            let running = contender.start(&folder)?;
            for ((figure, count, _), table) in FIGURES.iter().zip(&mut tables) {
                let microseconds = cpu_time(&client, &running, &folder, figure, *count)?;
                table.add(row, microseconds);
            }
            idle.add(row, bytes_each(&client, &running, &folder)?);
        }
    }
    tables.push(idle);
    Ok(tables)
}

/// The CPU time of the server for one of `count` times.
fn cpu_time(
    client: &Program,
    running: &Running,
    folder: &Path,
    figure: &str,
    count: u64,
) -> Result<f64> {
    let load = |count: u64| {
        let address = running.address().to_string();
        let certificate = folder.join("cert.pem");
        let count = count.to_string();
        client.measure(&[figure, &address, &certificate.to_string_lossy(), &count])
    };
    load(count / 10 + 1)?; // so that memory and caches are warm
    let process = running.process();
    let before = process.cpu_time()?;
    load(count)?;
    let nanoseconds = process.cpu_time()?.since(&before);
    Ok(nanoseconds as f64 / 1000.0 / count as f64)
}

/// The resident memory of the server for each idle connection.
fn bytes_each(client: &Program, running: &Running, folder: &Path) -> Result<f64> {
    let before = running.process().resident()?;
    let holder = Holder::start(client, running.address(), &folder.join("cert.pem"))?;
    // A time for the server to release what the last request used.
    thread::sleep(Duration::from_millis(500));
    let grown = running.process().resident()?.saturating_sub(before);
    drop(holder);
    Ok(grown as f64 / IDLE as f64)
}

/// A client that holds idle connections, until it is dropped.
struct Holder(Child);

impl Holder {
    fn start(client: &Program, address: SocketAddr, certificate: &Path) -> Result<Self> {
        let mut child = client
            .command()
            .args(["idle", &address.to_string()])
            .arg(certificate)
            .arg(IDLE.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("is piped");
        let holder = Self(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        match line.starts_with("ready") {
            true => Ok(holder),
            false => Err("the idle connections by TLS fail".into()),
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Contender {
    fn name(&self) -> &'static str {
        match self {
            Self::Peer(peer) => peer.name,
            Self::Nginx => "nginx",
        }
    }

    /// Starts it with the certificate in this folder.
    fn start(&self, folder: &Path) -> Result<Running> {
        let files = ["cert.pem", "key.pem"].map(|name| folder.join(name));
        match self {
            Self::Peer(peer) => {
                let [certificate, key] = &files;
                let mut command = Command::new(&peer.program);
                command.arg("--cert").arg(certificate).arg("--key").arg(key);
                Ok(Running::Peer(Server::start(&command)?))
            }
            Self::Nginx => {
                let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
                let text = configuration(address, folder, &files);
                Ok(Running::Nginx(Nginx::start_with(&text, address, folder)?))
            }
        }
    }
}

/// nginx with files, tickets and many requests on a connection.
fn configuration(address: SocketAddr, folder: &Path, [certificate, key]: &[PathBuf; 2]) -> String {
    let (folder, certificate, key) = (folder.display(), certificate.display(), key.display());
    format!(
        "server {{\nlisten {address} ssl;\nserver_name localhost;\nroot {folder};\n\
         ssl_certificate {certificate};\nssl_certificate_key {key};\n\
         ssl_session_tickets on;\nkeepalive_requests 1000000000;\n\
         types {{}}\ndefault_type text/plain;\n}}\n"
    )
}
