//! Servers of raw sockets.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use wsgi_application::{Application, application};
use wsgi_environ::{Environ, Input};
use wsgi_proxy::Proxy;

/// The time after which a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server that handles its connections one after the other.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    /// The notes that it has made.
    pub(crate) notes: Receiver<String>,
}

impl Upstream {
    /// Serves each connection in a thread of its own. `serve` gets its number and returns what is
    /// to be noted.
    pub(crate) fn new(
        serve: impl Fn(usize, &mut TcpStream) -> String + Send + Sync + Clone + 'static,
    ) -> Self {
        Self::noting(move |number, stream, notes| {
            let _ = notes.send(serve(number, stream));
        })
    }

    /// Answers each connection's only request, which has no body, with these bytes, and closes the
    /// connection. It notes the requests.
    pub(crate) fn answering(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::noting(move |_, stream, notes| {
            let _ = notes.send(read_head(stream));
            let _ = stream.write_all(&response);
            finish(stream);
        })
    }

    fn noting(
        serve: impl Fn(usize, &mut TcpStream, &Sender<String>) + Send + Sync + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, notes) = channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (mut stream, serve, sender) = (stream.unwrap(), serve.clone(), sender.clone());
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(PATIENCE)).unwrap();
                thread::spawn(move || serve(number, &mut stream, &sender));
            }
        });
        Self { address, notes }
    }

    pub(crate) fn proxy(&self) -> Proxy {
        self.proxy_to("")
    }

    pub(crate) fn proxy_to(&self, base: &str) -> Proxy {
        Proxy::new(&format!("http://{}{base}", self.address)).unwrap()
    }

    /// The next note.
    pub(crate) fn note(&self) -> String {
        self.notes.recv_timeout(PATIENCE).expect("a note in time")
    }
}

/// A proxy whose only request has a body in memory and no deadline, as one that a server has
/// received at once.
pub(crate) fn with_body_in_memory(proxy: Proxy, body: Vec<u8>) -> impl Application {
    application(move |_, start_response| {
        let mut environ = Environ::new();
        environ.set("REQUEST_METHOD", "POST");
        environ.set("PATH_INFO", "/");
        environ.set_input(Input::from_bytes(body.clone()));
        assert!(environ.input().buffered().is_some());
        proxy.call(&mut environ, start_response)
    })
}

/// Reads a head; what was read of it, if the connection ends.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.extend_from_slice(&byte);
    }
    String::from_utf8(head).unwrap()
}

/// Ends the server's side, and reads until the client ends its own, so that nothing is reset.
pub(crate) fn finish(stream: &mut TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let mut block = [0; 4096];
    while matches!(stream.read(&mut block), Ok(1..)) {}
}

/// The value of a field of a head.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    let found = lines.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
    Some(found.1)
}
