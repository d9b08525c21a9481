//! The command line that every peer takes: `--bind ADDR --threads N`.

use std::env;
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process;
use std::thread;

/// The answer every peer gives, as `text/plain`.
pub const HELLO: &str = "Hello world!\n";

/// Where to listen, and with how many threads.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The address to listen on; port 0 lets the system choose one. By default `127.0.0.1:8000`.
    pub bind: SocketAddr,
    /// The threads that serve. By default one per core.
    pub threads: usize,
}

impl Options {
    /// The options of this process; a wrong command line ends it with status 2.
    #[must_use]
    pub fn from_args() -> Self {
        Self::parse(env::args().skip(1)).unwrap_or_else(|| {
            eprintln!("usage: [--bind ADDR:PORT] [--threads N]");
            process::exit(2)
        })
    }

    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8000)),
            threads: thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        while let Some(name) = args.next() {
            let value = args.next()?;
            match name.as_str() {
                "--bind" => options.bind = value.parse().ok()?,
                "--threads" => options.threads = value.parse::<NonZeroUsize>().ok()?.get(),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// Tells whoever started this process that connections to `address` are taken from now on.
pub fn listening_on(address: impl Display) {
    println!("listening on {address}");
}
