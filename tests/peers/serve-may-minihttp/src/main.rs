//! Hello world on may_minihttp, after the body of the request.

use std::io;
use std::net::TcpListener;

use may_minihttp::{HttpServer, HttpService, Request, Response};
use options::{HELLO, Options};

#[derive(Clone)]
struct Hello;

impl HttpService for Hello {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        if request.method() == "POST" {
            io::copy(&mut request.body(), &mut io::sink())?;
        }
        response.header("Content-Type: text/plain").body(HELLO);
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    may::config().set_workers(options.threads);
    // The server does not report its port, so the system names a free one first.
    let address = TcpListener::bind(options.bind)?.local_addr()?;
    let server = HttpServer(Hello).start(address)?;
    options::listening_on(address);
    server
        .join()
        .map_err(|_| io::Error::other("the server panicked"))
}
