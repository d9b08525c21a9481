//! A passed deadline, as the logs of a program tell of it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use wsgi::{
    Environ, Server, StartResponse, Status,
    environ::Errors,
    middleware::{AccessLog, LogWriter, RequestId},
};

/// The time that a test waits for an event: longer than a busy machine takes.
const PATIENCE: Duration = Duration::from_secs(20);

#[track_caller]
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_access_log_has_one_line_at_the_deadline_and_the_errors_stream_one_with_the_id() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let returned = Arc::new(AtomicBool::new(false));
    let app = {
        let (gate, returned) = (gate.clone(), returned.clone());
        move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> wsgi::Result {
            let open = gate.0.lock().unwrap();
            drop(gate.1.wait_timeout_while(open, PATIENCE, |open| !*open));
            returned.store(true, SeqCst);
            start_response.start(Status::OK, ())?;
            Ok("late".into())
        }
    };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = LogWriter::builder().max_delay(Duration::from_millis(1));
    let log = log.closure({
        let lines = lines.clone();
        move |line| lines.lock().unwrap().push(line.to_owned())
    });
    let log = log.unwrap();
    let handle = log.handle();
    let (errors, entries) = Errors::buffer();
    let server = Server::builder()
        .bind("127.0.0.1:0")
        .unwrap()
        .errors(errors)
        .request_timeout(Duration::from_millis(100))
        .build(AccessLog::new(RequestId::new(app), log))
        .unwrap();
    let (address, server_handle) = (server.local_addr().tcp().unwrap(), server.handle());
    let serving = thread::spawn(move || server.serve_forever());

    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = "GET /slow?x HTTP/1.1\r\nHost: test\r\nUser-Agent: a test\r\n\r\n";
    client.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(
        response.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"),
        "{response}"
    );

    eventually("a line at the deadline", || {
        lines.lock().unwrap().len() == 1
    });
    let line = lines.lock().unwrap()[0].clone();
    assert!(line.contains("\"GET /slow?x HTTP/1.1\" 504 47"), "{line}");
    eventually("an entry", || entries.to_string().contains('\n'));
    let entry = entries.to_string();
    let (id, text) = entry[1..].split_once("] ").expect("an id");
    assert!(id.ends_with("-1"), "{entry}");
    let text = text.strip_prefix("GET \"/slow\": the deadline passed after ");
    let (time, _) = text.and_then(|text| text.split_once(" s, ")).expect(&entry);
    // It is noticed a little later, and much later on a busy machine.
    assert!(time.parse::<f64>().expect(&entry) >= 0.1, "{entry}");

    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    eventually("the application returns", || returned.load(SeqCst));
    server_handle.shutdown();
    serving.join().unwrap().unwrap();
    assert!(handle.flush(PATIENCE));
    assert_eq!(lines.lock().unwrap().len(), 1);
    assert_eq!(entries.to_string(), entry);
}
