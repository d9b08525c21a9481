//! A warm request with two head filters around a bytes body allocates nothing.

use std::io;

use wsgi_allocations::of_this_thread;
use wsgi_application::{
    Application, Environ, Filter, Head, Result, Scope, StartResponse, Status, filtered,
};
use wsgi_environ::{Field, Received};
use wsgi_gateway::{Engine, Exchange, Framing, Rules, Transport};

/// Adds a field to each response.
struct Stamped<A>(A, &'static str);

struct Stamp(&'static str);

impl Filter for Stamp {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.headers.set(self.0, "1")?;
        Ok(Scope::Head)
    }
}

impl<A: Application> Application for Stamped<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        filtered(&self.0, Stamp(self.1), environ, start_response)
    }
}

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    if environ.path_info() != "/hello" {
        return Err("not this one".into());
    }
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn written(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    use io::Write;
    let mut body = start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    writeln!(body, "Hello world!")?;
    Ok(().into())
}

/// Keeps the bytes of a response in the memory that it already has.
struct Memory(Vec<u8>);

impl Transport for Memory {
    fn head(&mut self, head: &Head, _: Framing) -> io::Result<()> {
        head.headers.write_to(&mut self.0);
        Ok(())
    }
    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The allocations of each of ten requests in a row.
fn allocations(application: &impl Application) -> Vec<usize> {
    let (engine, rules) = (Engine::new(), Rules::default());
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut memory = Memory(Vec::new());
    let received = Received {
        head: b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
        method: (0, 3),
        target: (4, 10),
        path: (4, 10),
        has_escapes: false,
        query: (10, 10),
        authority: None,
        protocol: "HTTP/1.1",
    };
    let field = Field {
        name: (21, 25),
        value: (27, 28),
    };
    let mut request = || {
        let before = of_this_thread();
        memory.0.clear();
        environ.clear();
        environ.receive(&received, [field]);
        let delivery = engine.respond(application, &mut environ, rules, &mut exchange, &mut memory);
        assert!(delivery.is_complete());
        delivery.rest.send(&mut memory).unwrap();
        assert!(memory.0.ends_with(
            b"Content-Type: text/plain\r\nX-Inner: 1\r\nX-Outer: 1\r\n\r\nHello world!\n"
        ));
        of_this_thread() - before
    };
    (0..10).map(|_| request()).collect()
}

#[track_caller]
fn check(application: impl Application) {
    let application = Stamped(Stamped(application, "X-Inner"), "X-Outer");
    let counts = allocations(&application);
    assert_ne!(counts[0], 0, "the counter counts");
    assert_eq!(counts[1..], [0; 9], "{counts:?}");
}

#[test]
fn a_warm_request_for_returned_bytes_through_two_filters_allocates_nothing() {
    check(hello);
}

#[test]
fn a_warm_request_for_written_bytes_through_two_filters_allocates_nothing() {
    check(written);
}
