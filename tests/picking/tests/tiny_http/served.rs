//! A server for one request.

use std::{
    io::{self, Write},
    net::TcpStream,
    thread,
};

use tiny_http::{Request, Server};

/// The response to a request, as it arrives.
pub(crate) fn response(request: &str, answer: fn(Request) -> io::Result<()>) -> String {
    let server = Server::http("127.0.0.1:0").unwrap();
    let address = server.server_addr().to_ip().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| answer(server.recv().unwrap()).unwrap());
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        io::read_to_string(client).unwrap()
    })
}
