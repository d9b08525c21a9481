//! Hello world on `wsgi-server`, which keeps numbers unless the variable `METRICS` is `off`.

use std::{env, io};

use options::{HELLO, Options};
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::{Metrics, Server};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    let mut builder = Server::builder()
        .bind(&options.bind.to_string())?
        .threads(options.threads);
    if env::var_os("METRICS").is_none_or(|value| value != "off") {
        builder = builder.metrics(&Metrics::new());
    }
    let server = builder.build(hello)?;
    options::listening_on(server.local_addr());
    server.serve_forever()
}
