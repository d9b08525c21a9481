//! A site on ports 443 and 80, or on the sockets of a service manager. The arguments are the folder
//! of the certificate and its key, and the webroot of certbot.

#![forbid(unsafe_code)]
#![allow(clippy::print_stderr)] // as the page about TLS shows it

use std::{
    env,
    io::{self, Read},
    os::unix::net::UnixStream,
    path::Path,
    thread,
};

use signal_hook::{consts::SIGHUP, low_level::pipe};
use wsgi::{
    Environ, StartResponse, Status,
    middleware::{AcmeChallenges, HttpsRedirect},
    server::{Listener, Server, Tls},
};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> io::Result<()> {
    let folders: Vec<_> = env::args_os().skip(1).collect();
    let [certificates, webroot] = &folders[..] else {
        return Err(io::Error::other("usage: hello CERTIFICATES WEBROOT"));
    };
    let certificates = Path::new(certificates);
    let (chain, key) = (
        certificates.join("fullchain.pem"),
        certificates.join("privkey.pem"),
    );
    let tls = Tls::from_pem_files(chain, key)?;
    let mut builder = Server::builder();
    for listener in listeners(&tls)? {
        builder = builder.listener(listener);
    }
    let site = AcmeChallenges::new(HttpsRedirect::new(hello)).webroot(webroot);
    reload_on_sighup(tls)?;
    builder.build(site)?.serve_until_stopped()
}

/// The sockets of a service manager, or else ports 443 and 80.
fn listeners(tls: &Tls) -> io::Result<Vec<Listener>> {
    let inherited = Listener::inherited()?;
    if inherited.is_empty() {
        return Ok(vec![
            Listener::bind_to("", 443)?.tls(tls),
            Listener::bind_to("", 80)?,
        ]);
    }
    let protect = |listener: Listener| match listener.name() {
        Some("http") => listener,
        _ => listener.tls(tls),
    };
    Ok(inherited.into_iter().map(protect).collect())
}

/// Reads the certificate and the key again at each SIGHUP. If they cannot be used, the old ones
/// stay.
fn reload_on_sighup(tls: Tls) -> io::Result<()> {
    let (mut signals, sender) = UnixStream::pair()?;
    pipe::register(SIGHUP, sender)?;
    thread::spawn(move || {
        while signals.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {
            if let Err(error) = tls.reload() {
                eprintln!("the old certificate stays in use: {error}");
            }
        }
    });
    Ok(())
}
