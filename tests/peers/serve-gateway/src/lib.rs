//! Hello world on `wsgi-server`, for a front server.

use std::{env, io, thread};

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::{Protocol, Server};

/// Serves with this process's command line. It is that of the other peers, but an address may also
/// be a Unix socket: `unix:PATH`.
///
/// # Errors
///
/// The command line is wrong, the address cannot be listened on, or the server fails.
pub fn serve(protocol: Protocol) -> io::Result<()> {
    let mut bind = "127.0.0.1:8000".to_owned();
    let mut threads = thread::available_parallelism()?.get();
    let mut args = env::args().skip(1);
    while let (Some(name), Some(value)) = (args.next(), args.next()) {
        match &*name {
            "--bind" => bind = value,
            "--threads" => threads = value.parse().map_err(io::Error::other)?,
            _ => return Err(io::Error::other("usage: [--bind ADDRESS] [--threads N]")),
        }
    }
    let builder = Server::builder().protocol(protocol).threads(threads);
    let server = builder.bind(&bind)?.build(hello)?;
    options::listening_on(server.local_addr());
    server.serve_forever()
}

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}
