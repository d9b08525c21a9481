//! A slow connection to a server.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// Starts a proxy that delays every part of an answer, and returns its address. It runs as long as
/// the test.
pub(crate) fn slow_way_to(server: &str, delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = server.to_owned();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(onward) = TcpStream::connect(&server) else {
                return;
            };
            let pairs = (client.try_clone().ok(), onward.try_clone().ok());
            let (Some(client_out), Some(onward_out)) = pairs else {
                return;
            };
            thread::spawn(move || carry(client, onward_out, Duration::ZERO));
            thread::spawn(move || carry(onward, client_out, delay));
        }
    });
    address
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        thread::sleep(delay);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}
