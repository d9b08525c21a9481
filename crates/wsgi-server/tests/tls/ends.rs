//! The ends of connections: announced, and cut.

use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use rustls::version::TLS13;
use wsgi_application::{Body, Environ, StartResponse, Status, application};
use wsgi_environ::End;
use wsgi_server::{Builder, Listener, Server, Tls};

use crate::{
    client::{Authority, TlsClient, tcp},
    support::{
        Client, PATIENCE, Running, echo, eventually, folder::Folder, gate::Gate, get,
        unless_starved,
    },
};

/// Asserts that the connection ends, and that the server has announced it.
#[track_caller]
fn assert_announced(client: &mut TlsClient) {
    assert_eq!(client.receive().expect("an announced end"), 0);
}

/// Asserts that the connection is cut.
#[track_caller]
fn assert_cut(client: &mut TlsClient) {
    let error = loop {
        match client.receive() {
            Ok(0) => panic!("the end was announced"),
            Ok(_) => {}
            Err(error) => break error.kind(),
        }
    };
    let cut = [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset];
    assert!(cut.contains(&error), "{error}");
}

#[test]
fn the_end_after_a_last_response_is_announced() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = authority.connect(&running);
    let request = get("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    client.ask(request, "GET /\n");
    assert_announced(&mut client);
}

#[test]
fn the_end_of_an_idle_connection_is_announced() {
    unless_starved(|| {
        let authority = Authority::new();
        let brief = |builder: Builder| {
            builder
                .keep_alive(Duration::from_millis(500))
                .first_request_timeout(Duration::from_millis(500))
        };
        let running = authority.serve_with(brief, echo);
        let mut client = authority.connect(&running);
        client.ask(get("/"), "GET /\n");
        assert_announced(&mut client);
        let mut silent = authority.connect(&running);
        silent.shake_hands().unwrap();
        assert_announced(&mut silent);
    });
}

#[test]
fn the_end_of_a_connection_that_gives_way_is_announced() {
    let authority = Authority::new();
    let one = |builder: Builder| builder.threads(1).max_connections(1);
    let running = authority.serve_with(one, echo);
    let mut client = authority.connect(&running);
    client.ask(get("/"), "GET /\n");
    // Longer than a connection must be idle before it gives way.
    thread::sleep(Duration::from_millis(400));
    let _new = tcp(&running);
    assert_announced(&mut client);
}

/// The buffers of the socket may be full of the response when its end has to be announced.
#[test]
fn the_end_is_announced_to_a_client_that_is_slow_to_take_what_is_before_it() {
    let authority = Authority::new();
    let folder = Folder::new();
    let path = folder.join("s");
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = application(move |environ, start_response| {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, _| report.send(()).unwrap());
        let length = environ.query_string().to_string_lossy().parse()?;
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; length].into())
    });
    let listener = Listener::bind_unix(&path, 0o600).unwrap();
    let listener = listener.tls(&Tls::from(Arc::new(authority.config())));
    let running = Running::build(Server::builder().listener(listener), app);
    for length in (100_000..400_000).step_by(4_000) {
        let socket = Client::connect(running.server.local_addr()).stream;
        let mut client = authority.connect_with(socket, &[&TLS13]);
        client.send(format!("GET /?{length} HTTP/1.0\r\n\r\n"));
        // The client does not take anything before the server has sent all, if it can.
        let is_sent = reports.recv_timeout(Duration::from_secs(1)).is_ok();
        let received = client.take_all();
        assert!(received.ends_with(&vec![b'x'; length]), "{length}");
        if !is_sent {
            return; // it did not fit the buffers, and nor would longer ones
        }
    }
}

#[test]
fn a_client_that_says_goodbye_and_stays_gets_its_response_and_the_end() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = authority.connect(&running);
    client.ask(get("/"), "GET /\n");
    client.say_goodbye();
    assert_announced(&mut client);

    let mut client = authority.connect(&running);
    client.shake_hands().unwrap();
    // Both come in the same segment.
    client
        .connection
        .writer()
        .write_all(get("/last").as_bytes())
        .unwrap();
    client.say_goodbye();
    client.take_until("GET /last\n");
    assert_announced(&mut client);
}

/// A body that the application has left is read and thrown away after the response.
#[test]
fn the_end_within_a_body_that_was_left_is_announced() {
    let authority = Authority::new();
    let hasty = |builder: Builder| builder.body_timeout(Duration::from_millis(100));
    for (says_goodbye, running) in [
        (true, authority.serve(echo_target)),
        (false, authority.serve_with(hasty, echo_target)),
    ] {
        let mut client = authority.connect(&running);
        // With this field, the application is called before the body is there.
        let head = "PUT /left HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\
                    Expect: 100-continue\r\n\r\n";
        client.ask(format!("{head}some"), "/left\n");
        if says_goodbye {
            client.say_goodbye();
        }
        assert_announced(&mut client);
    }
}

/// Answers with the path, and leaves the body.
fn echo_target(
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> wsgi_application::Result {
    let path = environ.path_info().to_string_lossy().into_owned();
    start_response.start(Status::OK, ())?;
    Ok(format!("{path}\n").into())
}

#[test]
fn an_error_in_the_middle_of_a_response_cuts_it() {
    let authority = Authority::new();
    let running = authority.serve(application(|environ, start_response| {
        let chunks = vec![Ok("some"), Err(io::Error::other("broken"))];
        match &*environ.path_info().to_string_lossy() {
            "/length" => start_response.start(Status::OK, [("Content-Length", "100")])?,
            _ => start_response.start(Status::OK, ())?,
        };
        Ok(Body::chunks(chunks))
    }));
    for path in ["/length", "/chunks"] {
        let mut client = authority.connect(&running);
        client.send(get(path));
        let received = String::from_utf8(client.take_all()).unwrap();
        assert!(received.contains("some") && !received.contains("\r\n0\r\n"));
    }
    // Without a length and without chunks, nothing else shows it.
    let mut client = authority.connect(&running);
    client.send(get("/chunks").replace("1.1\r\n", "1.0\r\n"));
    assert_cut(&mut client);
}

#[test]
fn an_upload_that_is_cut_is_an_error_of_the_application() {
    let authority = Authority::new();
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let running = authority.serve(application(move |environ, start_response| {
        let result = environ.input().read_to_end(&mut Vec::new());
        report.lock().unwrap().send(result.is_err()).unwrap();
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    }));
    let mut client = authority.connect(&running);
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
    client.send(vec![b'x'; 100_000]);
    client.cut();
    assert!(reports.recv_timeout(PATIENCE).unwrap());
}

#[test]
fn a_request_that_is_cut_is_not_answered() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = authority.connect(&running);
    client.send("GET / HTTP/1.1\r\n");
    client.cut();
    assert_cut(&mut client);
}

#[test]
fn a_part_of_a_record_does_not_hold_a_connection() {
    let authority = Authority::new();
    let brief = |builder: Builder| builder.head_timeout(Duration::from_millis(200));
    let running = authority.serve_with(brief, echo);
    let mut client = authority.connect(&running);
    client.ask(get("/"), "GET /\n");
    let mut byte = [23]
        .iter()
        .chain(&[3, 3, 1])
        .chain(std::iter::repeat(&0))
        .copied();
    let mut sent = 0;
    while client.socket.write_all(&[byte.next().unwrap()]).is_ok() {
        thread::sleep(Duration::from_millis(20));
        sent += 1;
        assert!(sent < 1000, "the connection is held");
    }
}

/// The record that the client is about to send.
fn next_record(client: &mut TlsClient) -> Vec<u8> {
    let mut record = Vec::new();
    client.connection.write_tls(&mut record).unwrap();
    record
}

#[test]
fn a_record_in_pieces_without_a_part_of_a_request_leaves_its_connection_idle() {
    let authority = Authority::new();
    let brief = |builder: Builder| {
        builder
            .keep_alive(Duration::from_secs(4))
            .head_timeout(2 * PATIENCE)
    };
    let running = authority.serve_with(brief, echo);
    let mut clients = [(); 2].map(|()| {
        let mut client = authority.connect_with(tcp(&running), &[&TLS13]);
        client.ask(get("/"), "GET /\n");
        client
    });
    let [empty_line, change_of_keys] = &mut clients;
    empty_line.connection.writer().write_all(b"\r\n").unwrap();
    change_of_keys.connection.refresh_traffic_keys().unwrap();
    let records = clients.each_mut().map(next_record);
    for take in [0, 1] {
        for (client, record) in clients.iter_mut().zip(&records) {
            let pieces: [&[u8]; 2] = record.split_at(record.len() / 2).into();
            client.socket.write_all(pieces[take]).unwrap();
        }
        thread::sleep(Duration::from_millis(50));
    }
    clients.iter_mut().for_each(assert_announced);
}

#[test]
fn a_part_of_a_record_that_follows_a_request_does_not_hold_a_connection() {
    let authority = Authority::new();
    let brief = |builder: Builder| {
        builder
            .keep_alive(2 * PATIENCE)
            .head_timeout(Duration::from_millis(500))
    };
    let running = authority.serve_with(brief, echo);
    let mut client = authority.connect(&running);
    client.ask(get("/"), "GET /\n");
    let mut record = |path| {
        let mut writer = client.connection.writer();
        writer.write_all(get(path).as_bytes()).unwrap();
        next_record(&mut client)
    };
    let (mut records, second) = (record("/first"), record("/second"));
    records.extend_from_slice(&second[..second.len() / 2]);
    client.socket.write_all(&records).unwrap();
    client.take_until("GET /first\n");
    assert_announced(&mut client);
}

#[test]
fn a_shutdown_answers_what_has_come_and_announces_the_end() {
    let authority = Authority::new();
    let (entered, entering) = mpsc::channel();
    let entered = Mutex::new(entered);
    let mut running = authority.serve(application(move |environ, start_response| {
        if environ.path_info() == "/slow" {
            entered.lock().unwrap().send(()).unwrap();
            thread::sleep(Duration::from_millis(300));
        }
        start_response.start(Status::OK, ())?;
        Ok("done\n".into())
    }));
    let mut idle = authority.connect(&running);
    idle.ask(get("/"), "done\n");
    let mut busy = authority.connect(&running);
    busy.send(get("/slow"));
    entering.recv_timeout(PATIENCE).unwrap();
    running.handle.shutdown();
    assert_announced(&mut idle);
    let text = busy.take_until("done\n");
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert_announced(&mut busy);
    running.join();
}

#[test]
fn a_request_of_which_half_a_record_has_come_is_answered_after_a_shutdown() {
    let (authority, gate) = (Authority::new(), Gate::default());
    let running = authority.serve(gate.app());
    let mut client = authority.connect(&running);
    client.ask(get("/"), "GET /\n");
    let mut record = |path| {
        let mut writer = client.connection.writer();
        writer.write_all(get(path).as_bytes()).unwrap();
        next_record(&mut client)
    };
    let (mut first, second) = (record("/wait"), record("/second"));
    let (half, rest) = second.split_at(second.len() / 2);
    first.extend_from_slice(half);
    client.socket.write_all(&first).unwrap();
    eventually("it waits", || gate.waiting() == 1);
    running.handle.shutdown();
    gate.open();
    let text = client.take_until("GET /wait\n");
    assert!(!text.contains("Connection: close"), "{text}");
    client.socket.write_all(rest).unwrap();
    let text = client.take_until("GET /second\n");
    assert!(text.contains("Connection: close"), "{text}");
    assert_announced(&mut client);
}

#[test]
fn a_client_that_takes_nothing_is_cut() {
    let authority = Authority::new();
    let brief = |builder: Builder| {
        builder
            .write_timeout(Duration::from_millis(200))
            .min_rate(1 << 30)
    };
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let running = authority.serve_with(
        brief,
        application(move |environ, start_response| {
            let report = report.lock().unwrap().clone();
            environ.on_finished(move |_, outcome| report.send(outcome.end()).unwrap());
            let written = environ.path_info() == "/written";
            let mut writer = start_response.start(Status::OK, ())?;
            let body = vec![b'x'; 30_000_000];
            if written {
                writer.write_all(&body)?;
                return Ok(Body::empty());
            }
            Ok(body.into())
        }),
    );
    for path in ["/", "/written"] {
        let mut client = authority.connect(&running);
        client.send(get(path));
        assert_eq!(reports.recv_timeout(PATIENCE), Ok(End::TimedOut), "{path}");
        assert_cut(&mut client);
    }
}
