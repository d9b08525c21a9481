//! Hello world on `wsgi-server`, at the last of five mounts.

use std::io;

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::Mounts;

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

fn main() -> io::Result<()> {
    let prefixes = ["/", "/about", "/articles", "/search", "/hello"];
    let mounts = prefixes.into_iter();
    serve_ours::serve(mounts.fold(Mounts::new(), |mounts, prefix| mounts.mount(prefix, hello)))
}
