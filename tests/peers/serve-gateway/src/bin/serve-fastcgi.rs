//! Hello world on `wsgi-server`, by FastCGI.

use std::io;

use wsgi_server::Protocol;

fn main() -> io::Result<()> {
    serve_gateway::serve(Protocol::FastCgi)
}
