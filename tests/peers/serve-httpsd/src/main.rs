//! Hello world on httpsd's pool of threads.

use std::error::Error;
use std::net::TcpListener;

use httpsd::{Request, Response, Server};
use options::{HELLO, Options};

/// The number of threads. Each connection holds one for as long as it is open.
const WORKERS: usize = 640;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args();
    // The server does not report its port, so the system names a free one first.
    let address = TcpListener::bind(options.bind)?.local_addr()?;
    let server = Server::bind(address)?
        .workers(WORKERS)
        .handler(|_request: &Request| Response::text(HELLO));
    options::listening_on(address);
    Ok(server.run()?)
}
