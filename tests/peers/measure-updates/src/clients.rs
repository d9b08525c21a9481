//! The clients of one visitor, by HTTP/1.1 on connections of their own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use crate::{CLIENTS, UPDATES};

/// The response to one request.
struct Response {
    status: u16,
    /// The name and value of the cookie that it sets.
    cookie: Option<String>,
    body: String,
}

/// Begins a session. Returns the cookie of its visitor.
pub(crate) fn begin(address: SocketAddr) -> io::Result<String> {
    let mut connection = connect(address)?;
    let response = send(&mut connection, "POST /begin", "")?;
    response.cookie.ok_or_else(|| io::Error::other("no cookie"))
}

/// Counts with all clients at once. Returns the number of acknowledged updates.
pub(crate) fn count(address: SocketAddr, cookie: &str) -> io::Result<usize> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| count_alone(address, cookie)))
            .collect();
        let counts = clients
            .into_iter()
            .map(|client| client.join().expect("a client does not panic"));
        counts.sum()
    })
}

fn count_alone(address: SocketAddr, cookie: &str) -> io::Result<usize> {
    let mut connection = connect(address)?;
    let mut acknowledged = 0;
    for _ in 0..UPDATES {
        let response = send(&mut connection, "POST /count", cookie)?;
        acknowledged += usize::from(response.status == 200);
    }
    Ok(acknowledged)
}

/// The value at the end.
pub(crate) fn kept(address: SocketAddr, cookie: &str) -> io::Result<String> {
    let mut connection = connect(address)?;
    Ok(send(&mut connection, "GET /kept", cookie)?.body)
}

fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    TcpStream::connect(address).map(BufReader::new)
}

/// Sends a request without a body, and reads a response whose length is declared.
fn send(
    connection: &mut BufReader<TcpStream>,
    method_and_path: &str,
    cookie: &str,
) -> io::Result<Response> {
    let request = format!(
        "{method_and_path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Length: 0\r\n\r\n"
    );
    connection.get_mut().write_all(request.as_bytes())?;
    let status_line = line(connection)?;
    let status = status_line.split(' ').nth(1).and_then(|s| s.parse().ok());
    let mut response = Response {
        status: status.ok_or_else(|| io::Error::other("no status"))?,
        cookie: None,
        body: String::new(),
    };
    let mut length = 0;
    loop {
        let field = line(connection)?;
        let Some((name, value)) = field.split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().map_err(io::Error::other)?;
        } else if name.eq_ignore_ascii_case("set-cookie") {
            response.cookie = value.split(';').next().map(str::to_owned);
        }
    }
    connection.take(length).read_to_string(&mut response.body)?;
    Ok(response)
}

fn line(connection: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
