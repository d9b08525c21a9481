//! Hello world on rouille, with its pool of threads.

use std::error::Error;

use options::{HELLO, Options};
use rouille::{Response, Server};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = Options::from_args();
    let server = Server::new(options.bind, |_request| {
        Response::text(HELLO).with_unique_header("Content-Type", "text/plain")
    })?
    .pool_size(options.threads);
    options::listening_on(server.server_addr());
    server.run();
    Ok(())
}
