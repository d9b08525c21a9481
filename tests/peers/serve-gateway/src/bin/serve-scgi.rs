//! Hello world on `wsgi-server`, by SCGI.

use std::io;

use wsgi_server::Protocol;

fn main() -> io::Result<()> {
    serve_gateway::serve(Protocol::Scgi)
}
