//! Servers of files: ours, compared with nginx, tower-http and actix-files.
//!
//! Each has one thread, and the client another core.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use super::{
    client::{self, HELLO},
    load::{Load, WARM_UP},
    nginx::{self, Nginx},
    options::Options,
    peer::{OURS, Peer, Server},
    program::Program,
    progress::progress,
    report::Table,
    running::Running,
};
use crate::{outside, result::Result, scratch::Scratch};

/// The bytes of a gigabyte.
const GIGABYTE: f64 = 1e9;

/// The length of the large file.
const LARGE: f64 = (10 << 20) as f64;

/// The time limit of a response.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of files.
#[derive(Debug)]
enum Contender {
    Peer(Peer),
    Nginx,
}

/// The subject of two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    /// A file of 4 KiB.
    Small,
    /// A file of 10 MiB.
    Large,
    /// The file of 4 KiB, which the client has already.
    NotModified,
    /// The files of a site, by a browser that takes compressed ones.
    Site,
    /// The listing of a folder with 10,000 files.
    Listing,
}

const FIGURES: [Figure; 5] = [
    Figure::Small,
    Figure::Large,
    Figure::NotModified,
    Figure::Site,
    Figure::Listing,
];

/// Our server with a folder that has a file `hello`.
pub(super) fn with_hello(ours: &Peer, scratch: &Scratch) -> Result<Peer> {
    let folder = scratch.path("hello");
    fs::create_dir(&folder)?;
    fs::write(folder.join("hello"), HELLO)?;
    let mut peer = ours.sibling("files");
    peer.variables.push(("FOLDER", folder.into_os_string()));
    Ok(peer)
}

/// Measures our server and the others, each restarted in each round.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let folder = scratch.path("files");
    fs::create_dir(&folder)?;
    let site = Program::build("make-site")?.lines(&[&folder.to_string_lossy()])?;
    let contenders = contenders()?;
    let names = || contenders.iter().map(Contender::name);
    let mut tables = FIGURES.map(|figure| figure.titles().map(|title| Table::of(title, names())));
    for round in 1..=options.rounds {
        for (row, contender) in contenders.iter().enumerate() {
            progress(&format!("files of {}, round {round}", contender.name()));
            let running = contender.start(&folder, scratch)?;
            for (figure, [cpu, rate]) in FIGURES.into_iter().zip(&mut tables) {
                if figure == Figure::Listing && contender.has_no_listings() {
                    continue;
                }
                let requests = figure.requests(running.address(), &site)?;
                let load = Load::of_requests(scratch, figure.connections(), &requests)?;
                load.run(running.address(), "/", WARM_UP)?;
                let (run, microseconds) = load
                    .run_with_cpu(
                        running.address(),
                        "/hello",
                        &[running.process()],
                        options.duration,
                    )
                    .map_err(|error| format!("{}: {error}", contender.name()))?;
                cpu.add(row, microseconds * figure.scale());
                rate.add(row, run.rate());
            }
        }
    }
    Ok(tables.into_iter().flatten().collect())
}

fn contenders() -> Result<Vec<Contender>> {
    let ours = Peer::build(OURS)?.sibling("files");
    let mut contenders = vec![Contender::Peer(ours)];
    match outside::path("nginx") {
        Some(_) => contenders.push(Contender::Nginx),
        None => println!("\nnginx with files is left out: it is not installed (nginx-light)"),
    }
    for name in ["tower-http", "actix-files"] {
        contenders.push(Contender::Peer(Peer::build(name)?));
    }
    Ok(contenders)
}

impl Figure {
    /// The titles of the tables of CPU time and of requests per second.
    fn titles(self) -> [String; 2] {
        let (what, unit) = match self {
            Self::Small => ("a file of 4 KiB", "microseconds"),
            Self::Large => ("files of 10 MiB", "milliseconds per GB"),
            Self::NotModified => ("a 304", "microseconds"),
            Self::Site => ("a file of a site", "microseconds"),
            Self::Listing => ("a listing of 10,000 files", "milliseconds"),
        };
        [
            format!("CPU time of {what}, {unit}"),
            format!("Requests per second for {what}"),
        ]
    }

    /// The factor from microseconds of a request to the unit of the table.
    fn scale(self) -> f64 {
        match self {
            Self::Large => GIGABYTE / LARGE / 1e3,
            Self::Listing => 1e-3,
            _ => 1.0,
        }
    }

    fn connections(self) -> u64 {
        match self {
            Self::Large => 8,
            Self::Listing => 1,
            _ => 32,
        }
    }

    /// The requests to a server, after a look at its responses.
    fn requests(self, address: SocketAddr, site: &[String]) -> Result<Vec<String>> {
        let requests: Vec<String> = match self {
            Self::Small | Self::NotModified => vec![plain("/4-kib", address)],
            Self::Large => vec![plain("/10-mib", address)],
            Self::Listing => vec![plain("/many/", address)],
            Self::Site => site
                .iter()
                .map(|path| client::request(path, address))
                .collect(),
        };
        for request in &requests {
            let head = head(address, request)?;
            let is_coded = head.to_ascii_lowercase().contains("\r\ncontent-encoding: ");
            let is_text = [".html", ".css", ".js", ".svg"]
                .iter()
                .any(|end| request.contains(&format!("{end} ")));
            if !head.starts_with("HTTP/1.1 200 ") || is_coded != is_text {
                return Err(format!("{request}\nis answered by\n{head}").into());
            }
        }
        if self != Self::NotModified {
            return Ok(requests);
        }
        let request = with_validators(&requests[0], &head(address, &requests[0])?);
        match head(address, &request)? {
            head if head.starts_with("HTTP/1.1 304 ") => Ok(vec![request]),
            head => Err(format!("{request}\nis answered by\n{head}").into()),
        }
    }
}

/// A request that does not accept compressed files.
fn plain(path: &str, address: SocketAddr) -> String {
    let request = client::request(path, address);
    let lines = request.split_inclusive("\r\n");
    lines
        .filter(|line| !line.starts_with("Accept-Encoding"))
        .collect()
}

/// The same request by a client that has the response with this head.
fn with_validators(request: &str, head: &str) -> String {
    let value = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(value)
    };
    let mut conditional = request.trim_end().to_owned();
    for (validator, condition) in [
        ("ETag", "If-None-Match"),
        ("Last-Modified", "If-Modified-Since"),
    ] {
        if let Some(value) = value(validator) {
            conditional += &format!("\r\n{condition}: {value}");
        }
    }
    conditional + "\r\n\r\n"
}

/// The head of a response.
fn head(address: SocketAddr, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            return Ok(String::from_utf8_lossy(&bytes[..end + 2]).into_owned());
        }
        match stream.read(&mut buffer)? {
            0 => return Err("a response has no head".into()),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

impl Contender {
    fn name(&self) -> &'static str {
        match self {
            Self::Peer(peer) if peer.name == "files" => OURS,
            Self::Peer(peer) => peer.name,
            Self::Nginx => "nginx",
        }
    }

    fn has_no_listings(&self) -> bool {
        self.name() == "tower-http"
    }

    fn start(&self, folder: &Path, scratch: &Scratch) -> Result<Running> {
        match self {
            Self::Peer(peer) => {
                let mut command = Command::new(&peer.program);
                command.env("FOLDER", folder).args(["--threads", "1"]);
                Ok(Running::Peer(Server::start(&command)?))
            }
            Self::Nginx => {
                let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
                let text = configuration(address, folder);
                let nginx = Nginx::start_with(&text, address, &scratch.path(""))?;
                Ok(Running::Nginx(nginx))
            }
        }
    }
}

/// nginx with files, and with compressed ones by the modules that it has.
fn configuration(address: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    let brotli = match nginx::has_brotli() {
        true => "brotli_static on;\n",
        false => "",
    };
    format!(
        "include /etc/nginx/mime.types;\nsendfile on;\ntcp_nopush on;\n\
         server {{\nlisten {address};\nroot {folder};\nautoindex on;\n\
         gzip_static on;\n{brotli}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_accepts_no_coding() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8000));
        let request = plain("/4-kib", address);
        assert!(request.starts_with("GET /4-kib HTTP/1.1\r\nHost: "));
        assert!(!request.contains("Accept-Encoding") && request.ends_with("\r\n\r\n"));
    }

    #[test]
    fn a_client_that_has_a_response_sends_its_validators() {
        let head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nlast-modified: then\r\n";
        let request = with_validators("GET / HTTP/1.1\r\nHost: a\r\n\r\n", head);
        assert_eq!(
            request,
            "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"1\"\r\nIf-Modified-Since: then\r\n\r\n"
        );
    }
}
