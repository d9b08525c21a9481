//! Two applications in one program. A front server can start it by CGI, and a service manager with
//! its sockets. Otherwise they are at http://127.0.0.1:8000/hello and /time. Started by a symbolic
//! link with one of these names, the program is that application alone.

#![forbid(unsafe_code)]

use std::{env, io, time::SystemTime};

use wsgi::{Environ, Publisher, StartResponse, Status};

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
    Ok(format!("Hello from {}!\n", environ.script_name()).into())
}

fn time(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(format!("{}\n", time.as_secs()).into())
}

fn main() -> io::Result<()> {
    let program = env::args_os().next().unwrap_or_default();
    wsgi::run(
        Publisher::new()
            .publish("hello", hello)
            .publish("time", time)
            .program(program),
    )
}
