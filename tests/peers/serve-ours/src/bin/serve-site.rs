//! Hello world on `wsgi-server`, as a site serves it: at the last of five mounts, with ids of
//! requests, security headers, and an access log in the file that the variable `ACCESS_LOG` names.

use std::{env, io};

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::{AccessLog, LogWriter, Mounts, RequestId, SecurityHeaders};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

fn main() -> io::Result<()> {
    let path = env::var_os("ACCESS_LOG").ok_or(io::ErrorKind::NotFound)?;
    let log = LogWriter::builder().file(path)?;
    let prefixes = ["/", "/about", "/articles", "/search", "/hello"];
    let mounts = prefixes.into_iter();
    let site = mounts.fold(Mounts::new(), |mounts, prefix| mounts.mount(prefix, hello));
    serve_ours::serve(RequestId::new(AccessLog::new(SecurityHeaders::new(site), log)))
}
