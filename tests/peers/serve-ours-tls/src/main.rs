//! Hello world on `wsgi-server` by TLS.

use std::io;

use options::{BULK, HELLO, Options};
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::{Listener, Server, Tls};

static BYTES: [u8; BULK] = [b'x'; BULK];

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(match environ.path_info() == "/bulk" {
        true => BYTES.as_slice().into(),
        false => HELLO.into(),
    })
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    let (certificate, key) = options.certificate()?;
    let tls = Tls::from_pem_files(certificate, key)?;
    let server = Server::builder()
        .listener(Listener::bind(&options.bind.to_string())?.tls(&tls))
        .threads(options.threads)
        .build(hello)?;
    options::listening_on(server.local_addr());
    server.serve_forever()
}
