//! Hello world on `wsgi-server`, with an access log in the combined format, in the file that the
//! variable `ACCESS_LOG` names.

use std::{env, io};

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::{AccessLog, LogWriter};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

fn main() -> io::Result<()> {
    let path = env::var_os("ACCESS_LOG").ok_or(io::ErrorKind::NotFound)?;
    let log = LogWriter::builder().file(path)?;
    serve_ours::serve(AccessLog::new(hello, log))
}
