//! Hello world on rouille, after the body of the request, with its pool of threads.

use std::error::Error;
use std::io;

use options::{HELLO, Options};
use rouille::{Response, Server};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = Options::from_args();
    let server = Server::new(options.bind, |request| {
        let mut body = request.data().expect("the body was not taken before");
        if io::copy(&mut body, &mut io::sink()).is_err() {
            return Response::empty_400();
        }
        Response::text(HELLO).with_unique_header("Content-Type", "text/plain")
    })?
    .pool_size(options.threads);
    options::listening_on(server.server_addr());
    server.run();
    Ok(())
}
