//! Hello world on `wsgi-server`, by a handler of `wsgi-adaptor` that takes a parameter.

use std::io;

use options::HELLO;
use wsgi_adaptor::{Adaptor, Request, Response};

fn hello(request: &Request<'_>) -> Response {
    match request.parameter_str("name") {
        "hello" => Response::text(HELLO),
        _ => Response::text("Who?\n"),
    }
}

fn main() -> io::Result<()> {
    serve_ours::serve(Adaptor::new().get("/{name}", hello))
}
