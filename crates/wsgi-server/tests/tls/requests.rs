//! Requests and responses through TLS.

use std::{
    fs::File,
    io::{Read, Write},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use rustls::version::{TLS12, TLS13};
use wsgi_application::{Body, Status, application};
use wsgi_environ::{Outcome, request_uri};
use wsgi_file_wrapper::FileWrapper;
use wsgi_server::Tls;

use crate::{
    client::{Authority, serve_tls, tcp},
    support::{Client, PATIENCE, echo, folder::Folder, get, put, put_chunks},
};

/// Bytes in which a displaced one shows.
fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at * 7 / 3 + at / 251) as u8)
        .collect()
}

fn closing(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
}

#[test]
fn requests_are_answered_in_both_versions() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for version in [&TLS12, &TLS13] {
        let mut client = authority.connect_with(tcp(&running), &[version]);
        for path in ["/one", "/two"] {
            let text = client.ask(get(path), &format!("GET {path}\n"));
            assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        }
        client.ask(put("/three", "body"), "PUT /three\nbody");
        client.ask(put_chunks("/four", &["bo", "dy"]), "PUT /four\nbody");
    }
}

#[test]
fn the_environ_tells_of_the_channel() {
    let authority = Authority::new();
    let running = authority.serve(application(|environ, start_response| {
        let mut text = format!("{}\n", environ.url_scheme());
        for name in ["HTTPS", "SSL_PROTOCOL", "SSL_TLS_SNI", "REMOTE_ADDR"] {
            let value = environ
                .get(name)
                .map(|value| value.to_string_lossy().into_owned());
            text += &format!("{name}={}\n", value.unwrap_or_default());
        }
        text += &format!("{}\n", request_uri(environ, false)?);
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    }));
    let mut client = authority.connect_with(tcp(&running), &[&TLS13]);
    let text = client.ask(get("/"), "https://test/\n");
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        body,
        "https\nHTTPS=on\nSSL_PROTOCOL=TLSv1.3\nSSL_TLS_SNI=localhost\nREMOTE_ADDR=127.0.0.1\n\
         https://test/\n"
    );
}

#[test]
fn a_target_in_absolute_form_has_the_scheme_of_the_connection() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let absolute = |scheme| format!("GET {scheme}://test/ HTTP/1.1\r\nHost: test\r\n\r\n");
    authority
        .connect(&running)
        .ask(absolute("https"), "GET /\n");
    let refused = authority
        .connect(&running)
        .ask(absolute("http"), "scheme\n");
    assert!(refused.starts_with("HTTP/1.1 421 "), "{refused}");
}

#[test]
fn bodies_of_every_kind_pass_whole_in_both_directions() {
    let authority = Authority::new();
    let folder = Folder::new();
    let path = folder.join("file");
    let body = pattern(3_000_001);
    std::fs::write(&path, &body).unwrap();
    let bytes = body.clone();
    let running = authority.serve(application(move |environ, start_response| {
        let mut received = Vec::new();
        environ.input().read_to_end(&mut received)?;
        let path_info = environ.path_info().to_string_lossy().into_owned();
        let mut writer = start_response.start(Status::OK, ())?;
        Ok(match &*path_info {
            "/bytes" => Body::from(bytes.clone()),
            "/file" => FileWrapper::from_file(File::open(&path)?).into(),
            "/reader" => FileWrapper::new(std::io::Cursor::new(bytes.clone())).into(),
            "/chunks" => {
                let chunks: Vec<_> = bytes.chunks(33_333).map(<[u8]>::to_vec).collect();
                Body::chunks(chunks)
            }
            "/written" => {
                for part in bytes.chunks(70_000) {
                    writer.write_all(part)?;
                }
                Body::empty()
            }
            _ => received.into(),
        })
    }));
    for version in [&TLS12, &TLS13] {
        for path in ["/bytes", "/file", "/reader", "/chunks", "/written"] {
            let mut client = authority.connect_with(tcp(&running), &[version]);
            let request = closing(path).replace("1.1\r\n", "1.0\r\n");
            client.send(request);
            let received = client.take_all();
            assert!(
                received.ends_with(&body),
                "{path}: {} bytes",
                received.len()
            );
        }
        let mut client = authority.connect_with(tcp(&running), &[version]);
        let length = body.len();
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        client.send(format!("{head}Content-Length: {length}\r\n\r\n"));
        client.send(&body);
        assert!(client.take_all().ends_with(&body));
    }
}

#[test]
fn records_may_be_as_small_as_an_own_configuration_wants() {
    let authority = Authority::new();
    let body = pattern(300_000);
    let bytes = body.clone();
    for size in [32, 100, 4_000] {
        let mut config = authority.config();
        config.max_fragment_size = Some(size);
        let bytes = bytes.clone();
        let app = application(move |_environ, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(bytes.clone().into())
        });
        let running = serve_tls(&Tls::from(Arc::new(config)), |builder| builder, app);
        let mut client = authority.connect(&running);
        client.send(closing("/"));
        assert!(client.take_all().ends_with(&body), "{size}");
    }
}

#[test]
fn a_client_that_reads_slowly_gets_everything() {
    let authority = Authority::new();
    let (report, reports) = mpsc::channel::<Outcome>();
    let report = std::sync::Mutex::new(report);
    let body = pattern(2_000_000);
    let bytes = body.clone();
    let running = authority.serve(application(move |environ, start_response| {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| report.send(*outcome).unwrap());
        start_response.start(Status::OK, ())?;
        Ok(bytes.clone().into())
    }));
    let socket = Client::with_small_buffer(running.address).stream;
    let mut client = authority.connect_with(socket, &[&TLS13]);
    client.send(closing("/"));
    for _ in 0..20 {
        client.receive().unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    assert!(client.take_all().ends_with(&body));
    let outcome = reports.recv_timeout(PATIENCE).unwrap();
    assert!(outcome.is_complete());
    assert_eq!(outcome.body_bytes(), body.len() as u64);
}

#[test]
fn requests_in_one_record_and_in_many_are_answered_in_order() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = authority.connect(&running);
    let all: String = (0..200).map(|number| get(&format!("/{number}"))).collect();
    let text = client.ask(&all, "GET /199\n");
    assert_eq!(text.matches("GET /").count(), 200);
    for byte in get("/slow").bytes() {
        client.send([byte]);
    }
    client.take_until("GET /slow\n");
}

#[test]
fn a_record_that_comes_byte_by_byte_is_as_good() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = authority.connect(&running);
    client.ask(get("/"), "GET /\n");
    client
        .connection
        .writer()
        .write_all(get("/bytes").as_bytes())
        .unwrap();
    let mut record = Vec::new();
    client.connection.write_tls(&mut record).unwrap();
    for byte in record {
        client.socket.write_all(&[byte]).unwrap();
    }
    client.take_until("GET /bytes\n");
}

#[test]
fn a_request_that_comes_with_the_end_of_an_upload_is_answered_too() {
    let authority = Authority::new();
    let running = authority.serve(application(|environ, start_response| {
        let mut room = vec![0; environ.query_string().to_str()?.parse()?];
        let mut length = 0;
        loop {
            match environ.input().read(&mut room)? {
                0 => break,
                count => length += count,
            }
        }
        start_response.start(Status::OK, ())?;
        Ok(format!("{} of {length} bytes\n", environ.request_method()).into())
    }));
    let mut client = authority.connect(&running);
    for length in [65_537, 100_000, 300_001] {
        for size in [1_000, 70_000, 1_000_000] {
            let path = format!("/?{size}");
            let uploading = put(&path, &"x".repeat(length));
            let text = client.ask(uploading + &get(&path), "GET of 0 bytes\n");
            assert!(text.contains(&format!("PUT of {length} bytes\n")), "{text}");
        }
    }
}

#[test]
fn keys_can_change_at_any_time() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = authority.connect_with(tcp(&running), &[&TLS13]);
    for round in 0..5 {
        client.ask(get("/"), "GET /\n");
        client.connection.refresh_traffic_keys().unwrap();
        let body = "x".repeat(50_000 * round);
        client.ask(put("/", &body), &format!("PUT /\n{body}"));
    }
}

#[test]
fn a_body_is_read_and_written_at_the_same_time() {
    let authority = Authority::new();
    let running = authority.serve(application(|environ, start_response| {
        let mut input = environ.take_input();
        let mut writer = start_response.start(Status::OK, ())?;
        let mut buffer = vec![0; 20_000];
        loop {
            match input.read(&mut buffer)? {
                0 => return Ok(Body::empty()),
                count => writer.write_all(&buffer[..count])?,
            }
            writer.flush()?;
        }
    }));
    let mut client = authority.connect(&running);
    let body = pattern(400_000);
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 400000\r\n\r\n");
    for part in body.chunks(10_000) {
        client.send(part);
        client.receive().unwrap();
    }
    let received = client.take_all();
    let (_, mut rest) =
        received.split_at(received.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4);
    let mut decoded = Vec::new();
    while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        decoded.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    assert!(decoded == body);
}

#[test]
fn a_body_can_be_read_on_a_thread_while_another_writes() {
    let authority = Authority::new();
    let running = authority.serve(application(|environ, start_response| {
        let mut input = environ.take_input();
        let reader = thread::spawn(move || {
            let mut body = Vec::new();
            input.read_to_end(&mut body).map(|_| body.len())
        });
        let mut writer = start_response.start(Status::OK, ())?;
        for _ in 0..40 {
            writer.write_all(&[b'.'; 50_000])?;
        }
        let length = reader.join().unwrap()?;
        writer.write_all(format!(" {length}").as_bytes())?;
        Ok(Body::empty())
    }));
    let mut client = authority.connect(&running);
    client.send("PUT / HTTP/1.0\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    let body = pattern(1_000_000);
    for part in body.chunks(25_000) {
        client.send(part);
        client.receive().unwrap();
    }
    let received = client.take_all();
    let head = received.windows(4).position(|end| end == b"\r\n\r\n");
    let expected = [&[b'.'; 2_000_000][..], b" 1000000"].concat();
    assert!(received[head.unwrap() + 4..] == expected);
}
