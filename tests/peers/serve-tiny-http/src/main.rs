//! Hello world on tiny_http, after the body of the request, with threads that take turns at its
//! queue of requests.

use std::error::Error;
use std::io;
use std::thread;

use options::{HELLO, Options};
use tiny_http::{Header, Response, Server};

fn serve(server: &Server) {
    let text_plain: Header = "Content-Type: text/plain".parse().expect("a valid header");
    for mut request in server.incoming_requests() {
        if io::copy(request.as_reader(), &mut io::sink()).is_err() {
            continue; // the client has left
        }
        // The client may have left.
        drop(request.respond(Response::from_string(HELLO).with_header(text_plain.clone())));
    }
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = Options::from_args();
    let server = Server::http(options.bind)?;
    options::listening_on(server.server_addr().to_ip().ok_or("listens on TCP")?);
    thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| serve(&server));
        }
    });
    Ok(())
}
