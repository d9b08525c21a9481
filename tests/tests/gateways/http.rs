//! The server's own HTTP.

use std::net::{SocketAddr, TcpStream};

use wsgi::Server;
use wsgi_tests::{Gateway, Notes, Request, Response, Run, Socket, exchange, run};

use crate::serving::Serving;

#[test]
fn every_pair_holds_over_http() {
    let (serving, address) = Serving::new(Server::builder().bind("127.0.0.1:0").unwrap());
    run(&Tcp { serving, address });
}

struct Tcp {
    serving: Serving,
    address: SocketAddr,
}

impl Run for Tcp {
    fn gateway(&self) -> Gateway {
        Gateway::http(Socket::Tcp)
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let stream = TcpStream::connect(self.address).map_err(|error| error.to_string())?;
        exchange(stream, request, notes)
    }

    fn log(&self) -> String {
        self.serving.log.to_string()
    }
}
