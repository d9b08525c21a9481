//! A client that loads a server by TLS.
//!
//! - `measure-tls certificate FOLDER` writes `cert.pem` and `key.pem` for `localhost`.
//! - `measure-tls full|resumed|hello|bulk|idle ADDR CERT N` makes that many handshakes, requests on
//!   one connection, or connections that stay open until standard input ends.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// A connection after its handshake.
type Stream = StreamOwned<ClientConnection, TcpStream>;

/// The time limit of a response.
const PATIENCE: Duration = Duration::from_secs(30);

/// The fields of a browser that follows a link. With `Host` they are eight.
const FIELDS: &str = "\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
Accept-Language: en-US,en;q=0.5\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Connection: keep-alive\r\n\
Upgrade-Insecure-Requests: 1\r\n\
Cache-Control: max-age=0\r\n";

fn main() -> Result {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (what, address, certificate, count) = match args[..] {
        ["certificate", folder] => return certificate(Path::new(folder)),
        [what, address, certificate, count] => (what, address, certificate, count),
        _ => return Err("usage: certificate FOLDER, or WHAT ADDR CERT N".into()),
    };
    let address = address.parse()?;
    let count: u64 = count.parse()?;
    let mut config = config(certificate)?;
    match what {
        "full" => {
            config.resumption = Resumption::disabled();
            handshakes(address, &Arc::new(config), count, HandshakeKind::Full)
        }
        "resumed" => {
            let config = Arc::new(config);
            hello(&mut connect(address, &config)?)?; // the tickets come with the response
            handshakes(address, &config, count, HandshakeKind::Resumed)
        }
        "hello" => {
            let mut stream = connect(address, &Arc::new(config))?;
            (0..count).try_for_each(|_| hello(&mut stream))
        }
        "bulk" => {
            let mut stream = connect(address, &Arc::new(config))?;
            (0..count).try_for_each(|_| get(&mut stream, "/bulk").map(drop))
        }
        "idle" => idle(address, config, count),
        _ => Err(format!("no measure {what}").into()),
    }
}

fn certificate(folder: &Path) -> Result {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    fs::write(folder.join("cert.pem"), made.cert.pem())?;
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem())?;
    Ok(())
}

fn config(certificate: &str) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate)?)?;
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

/// Makes handshakes, each with a request, so that both kinds do the same beside the handshake.
fn handshakes(
    address: SocketAddr,
    config: &Arc<ClientConfig>,
    count: u64,
    kind: HandshakeKind,
) -> Result {
    for _ in 0..count {
        let mut stream = connect(address, config)?;
        check(&stream, kind)?;
        hello(&mut stream)?;
    }
    Ok(())
}

fn check(stream: &Stream, expected: HandshakeKind) -> Result {
    match stream.conn.handshake_kind() {
        Some(kind) if kind == expected => Ok(()),
        kind => Err(format!("a handshake is {kind:?}, not {expected:?}").into()),
    }
}

/// Opens connections with one request each, and keeps them until standard input ends.
fn idle(address: SocketAddr, config: ClientConfig, count: u64) -> Result {
    let config = Arc::new(config);
    let mut sockets = Vec::new();
    for _ in 0..count {
        let mut stream = connect(address, &config)?;
        hello(&mut stream)?;
        sockets.push(stream.sock); // the server does not notice that nobody can decrypt any more
    }
    println!("ready 1");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn connect(address: SocketAddr, config: &Arc<ClientConfig>) -> Result<Stream> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let connection = ClientConnection::new(config.clone(), ServerName::try_from("localhost")?)?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Requests `/hello` and checks the response.
fn hello(stream: &mut Stream) -> Result {
    match get(stream, "/hello")? {
        13 => Ok(()),
        length => Err(format!("a body of {length} bytes").into()),
    }
}

/// Requests a path. Returns the length of the body.
fn get(stream: &mut Stream, path: &str) -> Result<usize> {
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{FIELDS}\r\n").as_bytes())?;
    let mut buffer = vec![0; 1 << 16];
    let mut filled = 0;
    let (start, length) = loop {
        filled += receive(stream, &mut buffer[filled..])?;
        if let Some(end) = buffer[..filled]
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
        {
            let head = str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
            let length = head
                .split("\r\ncontent-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next())
                .ok_or("a response without a length")?;
            break (end + 4, length.parse::<usize>()?);
        }
    };
    let mut left = length.saturating_sub(filled - start);
    while left > 0 {
        left -= receive(stream, &mut buffer)?.min(left);
    }
    Ok(length)
}

fn receive(stream: &mut Stream, buffer: &mut [u8]) -> io::Result<usize> {
    match stream.read(buffer)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        count => Ok(count),
    }
}
