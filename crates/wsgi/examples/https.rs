//! A greeting at https://localhost:8443. The arguments are the files of a certificate and its key.

use std::{env, io};

use wsgi::{
    Environ, StartResponse, Status,
    server::{Listener, Server, Tls},
};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> io::Result<()> {
    let mut files = env::args_os().skip(1);
    let (Some(certificate), Some(key)) = (files.next(), files.next()) else {
        return Err(io::Error::other("usage: https CERTIFICATE KEY"));
    };
    let listener = Listener::bind("localhost:8443")?.tls(&Tls::from_pem_files(certificate, key)?);
    Server::builder()
        .listener(listener)
        .build(hello)?
        .serve_until_stopped()
}
