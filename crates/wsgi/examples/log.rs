//! A greeting at http://127.0.0.1:8000. The lines of requests and of errors go to a logger of the
//! `log` crate. The variable `RUST_LOG=info` shows them.

use wsgi::{
    Environ, StartResponse, Status,
    environ::Errors,
    middleware::{AccessLog, LogWriter, RequestId},
    server::Server,
};

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    if environ.path_info() == "/tea" {
        return Err("out of tea".into());
    }
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> std::io::Result<()> {
    env_logger::init();
    let app = AccessLog::new(hello, LogWriter::builder().log()?);
    Server::builder()
        .bind("127.0.0.1:8000")?
        .errors(Errors::log())
        .build(RequestId::new(app))?
        .serve_until_stopped()
}
