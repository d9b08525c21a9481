//! The command line of every peer: `--bind ADDR --threads N`, and `--cert FILE --key FILE` where it
//! speaks TLS.

use std::env;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process;
use std::thread;

/// The body of every peer's response, of type `text/plain`.
pub const HELLO: &str = "Hello world!\n";

/// The length of the body of `/bulk`, where a peer has one.
pub const BULK: usize = 4 << 20;

/// The address, the number of threads, and the files of a certificate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on, by default `127.0.0.1:8000`. Port 0 means a free port.
    pub bind: SocketAddr,
    /// The number of threads that serve, by default one per core.
    pub threads: usize,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Options {
    /// The options of this process. Wrong ones end it with status 2.
    #[must_use]
    pub fn from_args() -> Self {
        Self::parse(env::args().skip(1)).unwrap_or_else(|| {
            eprintln!("usage: [--bind ADDR:PORT] [--threads N] [--cert FILE --key FILE]");
            process::exit(2)
        })
    }

    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8000)),
            threads: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            cert: None,
            key: None,
        };
        while let Some(name) = args.next() {
            let value = args.next()?;
            match name.as_str() {
                "--bind" => options.bind = value.parse().ok()?,
                "--threads" => options.threads = value.parse::<NonZeroUsize>().ok()?.get(),
                "--cert" => options.cert = Some(value.into()),
                "--key" => options.key = Some(value.into()),
                _ => return None,
            }
        }
        Some(options)
    }

    /// The files of the certificate and of its key.
    ///
    /// # Errors
    ///
    /// The command line has none.
    pub fn certificate(&self) -> io::Result<(&Path, &Path)> {
        let files = self.cert.as_deref().zip(self.key.as_deref());
        files.ok_or_else(|| io::Error::other("--cert and --key are missing"))
    }
}

/// The folder whose files are served, in the variable `FOLDER`.
///
/// # Errors
///
/// There is no such variable.
pub fn folder() -> io::Result<PathBuf> {
    let folder = env::var_os("FOLDER").ok_or_else(|| io::Error::other("FOLDER is not set"))?;
    Ok(folder.into())
}

/// Reports to the process's parent that it accepts connections to `address`.
pub fn listening_on(address: impl Display) {
    println!("listening on {address}");
}
