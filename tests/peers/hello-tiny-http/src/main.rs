//! The hello world of tiny_http.

use std::error::Error;

use tiny_http::{Response, Server};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = Server::http("127.0.0.1:8000")?;
    for request in server.incoming_requests() {
        request.respond(Response::from_string("Hello world!\n"))?;
    }
    Ok(())
}
