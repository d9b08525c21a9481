//! The server, which is this test binary, run again.

use std::{
    env, fs,
    fs::File,
    io::{Read, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use wsgi_application::{Body, Chunk, Environ, Result, Sender, StartResponse, Status};
use wsgi_environ::Errors;
use wsgi_file_wrapper::FileWrapper;
use wsgi_server::{Listener, Server, Tls};

use crate::{
    figures::Figures,
    support::{eventually, folder::Folder},
};

/// Names the folder that the two processes share.
const FOLDER: &str = "WSGI_SOAK_FOLDER";

/// Set if the server spools large bodies.
const SPOOLS: &str = "WSGI_SOAK_SPOOLS";

/// The length of a large response.
pub(crate) const LARGE: usize = 2_000_000;

const CHUNK: usize = 50_000;

/// The content of a live page, which comes over a fifth of a second.
pub(crate) const TICKS: usize = 20;

pub(crate) const TICK: &str = "tick\n";

/// Senders of live pages, with the number of ticks that each still sends.
type Pages = Arc<Mutex<Vec<(Sender, usize)>>>;

/// The addresses of the server, and a setup that trusts it.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) plain: SocketAddr,
    pub(crate) encrypted: SocketAddr,
    pub(crate) tls: Arc<ClientConfig>,
}

/// The process of the server. It ends with this value.
pub(crate) struct ServerProcess {
    pub(crate) site: Site,
    folder: Folder,
    child: Child,
}

impl ServerProcess {
    pub(crate) fn start() -> Self {
        Self::run(|_| {})
    }

    /// A server that spools large bodies, so that slow ones hold no thread.
    pub(crate) fn start_spooling() -> Self {
        Self::run(|command| _ = command.env(SPOOLS, ""))
    }

    fn run(set: impl FnOnce(&mut Command)) -> Self {
        let folder = Folder::new();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = made.cert.pem() + &made.signing_key.serialize_pem();
        fs::write(folder.join("pem"), pem).unwrap();
        fs::write(folder.join("large"), vec![b'x'; LARGE]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();

        let mut command = Command::new(env::current_exe().unwrap());
        set(&mut command);
        let child = command
            .args(["--exact", "server::process", "--ignored", "--nocapture"])
            .env(FOLDER, folder.join(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let addresses = folder.join("addresses");
        eventually("the server listens", || addresses.exists());
        let addresses = fs::read_to_string(addresses).unwrap();
        let (plain, encrypted) = addresses.split_once(' ').unwrap();
        Self {
            site: Site {
                plain: plain.parse().unwrap(),
                encrypted: encrypted.parse().unwrap(),
                tls: Arc::new(tls),
            },
            folder,
            child,
        }
    }

    pub(crate) fn figures(&self) -> Figures {
        Figures::of(self.child.id())
    }

    /// Ends the server, and returns what it has logged.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut status = None;
        eventually("the server ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success());
        fs::read_to_string(self.folder.join("log")).unwrap()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's process, which ends when its standard input does.
#[test]
#[ignore = "is run by the other tests"]
fn process() {
    let folder = env::var_os(FOLDER).expect("a folder");
    let folder = Path::new(&folder);
    let pem = folder.join("pem");
    let tls = Tls::from_pem_files(&pem, &pem).unwrap();
    let log = File::create(folder.join("log")).unwrap();
    let large = folder.join("large");
    let pages = Pages::default();
    thread::spawn({
        let pages = pages.clone();
        move || tick(&pages)
    });
    let server = Server::builder()
        .bind("127.0.0.1:0")
        .unwrap()
        .listener(Listener::bind("127.0.0.1:0").unwrap().tls(&tls))
        .threads(2)
        .max_connections(10_000)
        .spool_bodies(env::var_os(SPOOLS).is_some())
        .errors(Errors::to(log))
        .build(
            move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
                answer(&large, &pages, environ, start_response)
            },
        );
    let server = Arc::new(server.unwrap());
    let addresses: Vec<_> = server
        .local_addrs()
        .iter()
        .map(|address| address.tcp().unwrap())
        .collect();
    fs::write(
        folder.join("new"),
        format!("{} {}", addresses[0], addresses[1]),
    )
    .unwrap();
    fs::rename(folder.join("new"), folder.join("addresses")).unwrap();
    let handle = server.handle();
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        handle.shutdown();
    });
    server.serve_forever().unwrap();
}

/// Sends ticks to all live pages.
fn tick(pages: &Pages) {
    let tick = Chunk::from(TICK).into_shared();
    loop {
        thread::sleep(Duration::from_millis(10));
        pages.lock().unwrap().retain_mut(|(sender, left)| {
            *left -= 1;
            sender.try_send(tick.clone()).is_ok() && *left > 0
        });
    }
}

fn answer(
    large: &Path,
    pages: &Pages,
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    match &*environ.path_info().to_string_lossy() {
        "/count" => {
            let (mut length, mut sum) = (0_u64, 0_u64);
            let mut block = vec![0; 16 * 1024];
            loop {
                let count = match environ.input().read(&mut block)? {
                    0 => break,
                    count => count,
                };
                length += count as u64;
                sum += block[..count]
                    .iter()
                    .map(|&byte| u64::from(byte))
                    .sum::<u64>();
            }
            start_response.start(Status::OK, ())?;
            Ok(format!("{length} {sum}").into())
        }
        "/bytes" => {
            start_response.start(Status::OK, ())?;
            Ok(vec![b'x'; LARGE].into())
        }
        "/file" => {
            start_response.start(Status::OK, ())?;
            Ok(FileWrapper::from_file(File::open(large)?).into())
        }
        "/chunks" => {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(std::iter::repeat_n(
                [b'x'; CHUNK].to_vec(),
                LARGE / CHUNK,
            )))
        }
        "/written" => {
            let mut writer = start_response.start(Status::OK, ())?;
            for _ in 0..LARGE / CHUNK {
                writer.write_all(&[b'x'; CHUNK])?;
            }
            Ok(Body::empty())
        }
        "/live" => {
            start_response.start(Status::OK, ())?;
            let (sender, body) = Body::channel(1024);
            pages.lock().unwrap().push((sender, TICKS));
            Ok(body)
        }
        "/sleep" => {
            thread::sleep(Duration::from_millis(20));
            start_response.start(Status::OK, ())?;
            Ok("slept".into())
        }
        _ => {
            start_response.start(Status::OK, ())?;
            Ok("small".into())
        }
    }
}
