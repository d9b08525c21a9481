//! FastCGI's streams: bodies in both directions, files, and errors.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    sync::mpsc,
    thread,
};

use wsgi_application::{Body, Environ, FileWrapper, Result, StartResponse, Status, application};
use wsgi_environ::Errors;
use wsgi_server::{Protocol, Server};

use crate::support::{
    Client, PATIENCE, Running, echo, eventually,
    fastcgi::{
        END_REQUEST, End, GET_VALUES, GET_VALUES_RESULT, STDERR, STDIN, STDOUT, answer, ask,
        assert_closed, body, get, get_as, head, loopback, next_record, pairs, put, record, serving,
        serving_with, streaming,
    },
    folder::Folder,
};

#[test]
fn large_bodies_stream_in_both_directions() {
    let running = streaming(loopback);
    let mut client = running.connect();
    let content: Vec<u8> = (0..5_000_000_u32)
        .map(|number| (number / 7) as u8)
        .collect();
    for round in 0..2 {
        let mut sender = client.twin();
        let request = put("/", &content);
        let sending = thread::spawn(move || sender.send(request));
        let answer = answer(&mut client, 1);
        sending.join().unwrap();
        assert_eq!(answer.ended, Some(End::COMPLETE), "round {round}");
        assert!(answer.response().body == content, "round {round}");
    }
}

#[test]
fn a_body_without_a_length_ends_with_its_stream() {
    let running = serving(echo);
    let mut client = running.connect();
    let params = [("REQUEST_METHOD", "PUT"), ("PATH_INFO", "/")];
    for length in [0, 1, 100_000] {
        let content = "x".repeat(length);
        let request = [head(1, true, &params), body(1, content.as_bytes())].concat();
        assert!(
            ask(&mut client, request).text() == format!("PUT /\n{content}"),
            "{length}"
        );
    }
}

#[test]
fn known_bodies_and_files_are_sent_whole_in_records() {
    let folder = Folder::new();
    let app = {
        let path = folder.join("content");
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let length = environ.query_string().to_str()?.parse()?;
            let content: Vec<u8> = (0..length).map(|number: u32| (number / 7) as u8).collect();
            let mut writer = start_response.start(Status::OK, ())?;
            match &*environ.path_info().to_string_lossy() {
                "/bytes" => Ok(content.into()),
                "/file" => {
                    let path = path.with_extension(length.to_string());
                    fs::write(&path, &content)?;
                    Ok(FileWrapper::from_file(File::open(&path)?).into())
                }
                _ => {
                    // Written bytes come first in the same response.
                    writer.write_all(&content)?;
                    Ok(content.into())
                }
            }
        }
    };
    let running = serving(app);
    let mut client = running.connect();
    for length in [
        0, 1, 8, 16_384, 16_385, 65_528, 65_529, 65_536, 131_056, 131_057, 1_000_000,
    ] {
        let content: Vec<u8> = (0..length).map(|number: u32| (number / 7) as u8).collect();
        for path in ["/bytes", "/file", "/written"] {
            let query = length.to_string();
            let params = [
                ("REQUEST_METHOD", "GET"),
                ("PATH_INFO", path),
                ("QUERY_STRING", &query),
            ];
            let answer = ask(&mut client, [head(1, true, &params), body(1, b"")].concat());
            assert_eq!(answer.ended, Some(End::COMPLETE), "{path} {length}");
            let expected = if path == "/written" {
                content.repeat(2)
            } else {
                content.clone()
            };
            assert!(answer.response().body == expected, "{path} {length}");
        }
    }
}

#[test]
fn a_slow_front_server_holds_no_thread() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 5_000_000].into())
    });
    let running = serving_with(|builder| builder.threads(1).max_threads(2), app);
    let mut slow: Vec<_> = (0..8)
        .map(|_| {
            let mut client = Client::with_small_buffer(running.address);
            client.send(get("/"));
            client
        })
        .collect();
    for client in &mut slow {
        let answer = answer(client, 1);
        assert_eq!(answer.ended, Some(End::COMPLETE));
        assert_eq!(answer.response().body.len(), 5_000_000);
    }
}

#[test]
fn a_file_that_shrinks_breaks_off_the_response() {
    let folder = Folder::new();
    let path = folder.join("content");
    fs::write(&path, vec![b'x'; 20_000_000]).unwrap();
    let app = {
        let path = path.clone();
        application(move |_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(FileWrapper::from_file(File::open(&path)?).into())
        })
    };
    let running = serving(app);
    let mut client = Client::with_small_buffer(running.address);
    client.send(get("/"));
    assert!(next_record(&mut client).is_some(), "the response has begun");
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(100_000).unwrap();
    let rest = client.take_all();
    assert!(rest.len() < 19_000_000, "{} bytes more", rest.len());
    // END_REQUEST has a length of 8.
    assert!(
        !rest
            .windows(6)
            .any(|bytes| bytes == [1, END_REQUEST, 0, 1, 0, 8])
    );
}

#[test]
fn a_response_that_fails_half_way_has_no_end() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, [("Content-Length", "100")])?;
        let chunks = [Ok("hello"), Err(io::Error::other("no more"))];
        Ok(Body::chunks(chunks))
    });
    let running = serving(app);
    let mut client = running.connect();
    let answer = ask(&mut client, get("/"));
    assert_eq!(answer.ended, None);
    assert_eq!(answer.response().body, b"hello");
    assert_eq!(
        String::from_utf8_lossy(&answer.stderr),
        "GET \"/\": no more\n"
    );
}

#[test]
fn a_large_stream_that_stops_half_way_fails_the_read() {
    let app = application(|environ, start_response| {
        let result = environ.input().read_to_end(&mut Vec::new());
        let error = result.err().map(|error| error.to_string());
        start_response.start(Status::OK, ())?;
        Ok(format!("{error:?}").into())
    });
    let running = streaming(app);
    let params = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "100000")];
    let mut client = running.connect();
    let short = [head(1, true, &params), body(1, &[b'x'; 99_999])].concat();
    let answer = ask(&mut client, short);
    assert_eq!(
        answer.text(),
        "Some(\"the request body is shorter than declared\")"
    );
    assert_closed(&mut client);
    let long = [head(1, true, &params), body(1, &[b'x'; 100_001])].concat();
    let mut client = running.connect();
    let answer = ask(&mut client, long);
    assert_eq!(
        answer.text(),
        "Some(\"the request body's framing is malformed\")"
    );
    assert_closed(&mut client);
}

#[test]
fn an_unread_body_is_skipped_or_ends_the_connection() {
    let app = application(|environ, start_response| {
        let wanted = environ.query_string().len();
        environ.input().read_exact(&mut vec![0; wanted])?;
        start_response.start(Status::OK, ())?;
        Ok("unread".into())
    });
    let running = streaming(app);
    let mut client = running.connect();
    // Little of this body is left. It contains a query that was not answered before.
    let query = record(GET_VALUES, 0, &pairs(&[("FCGI_MPXS_CONNS", "")]));
    let params = [
        ("REQUEST_METHOD", "PUT"),
        ("CONTENT_LENGTH", "70000"),
        ("QUERY_STRING", "one"),
    ];
    client.send([head(1, true, &params), record(STDIN, 1, &[b'x'; 60_000])].concat());
    assert_eq!(answer(&mut client, 1).text(), "unread");
    client.send([query, body(1, &[b'x'; 10_000]), get("/")].concat());
    assert_eq!(
        next_record(&mut client).unwrap().record_type,
        GET_VALUES_RESULT
    );
    assert_eq!(answer(&mut client, 1).text(), "unread");
    // Much of this body is left.
    let params = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "1000000")];
    assert_eq!(ask(&mut client, head(1, true, &params)).text(), "unread");
    assert_closed(&mut client);
}

#[test]
fn errors_go_to_the_front_server_before_the_request_ends() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        environ.errors().print("first");
        let mut writer = start_response.start(Status::OK, ())?;
        writer.write_all(b"one ")?;
        writer.flush()?;
        environ.errors().print("second");
        writer.write_all(b"two")?;
        environ.errors().print("third");
        Ok(().into())
    };
    let running = serving(app);
    let mut client = running.connect();
    for _ in 0..2 {
        let answer = ask(&mut client, get("/"));
        assert_eq!(answer.text(), "one two");
        assert_eq!(
            String::from_utf8_lossy(&answer.stderr),
            "first\nsecond\nthird\n"
        );
    }
    assert_eq!(running.log(), "");
}

#[test]
fn errors_come_before_the_end_of_a_large_body_too() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        environ.errors().print("large");
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 300_000].into())
    };
    let running = serving(app);
    let answer = ask(&mut running.connect(), get("/"));
    assert_eq!(answer.text().len(), 300_000);
    assert_eq!(answer.stderr, b"large\n");
}

#[test]
fn errors_after_the_end_go_to_the_server() {
    let (sender, kept) = mpsc::channel::<Errors>();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        environ.errors().print("within");
        sender.send(environ.errors().clone()).unwrap();
        environ.on_finished(|environ, _| environ.errors().print("finished"));
        start_response.start(Status::OK, ())?;
        Ok(().into())
    };
    let running = serving_with(|builder| builder.threads(1), app);
    let mut client = running.connect();
    assert_eq!(ask(&mut client, get("/")).stderr, b"within\n");
    eventually("the hook ran", || running.log() == "finished\n");
    let late = kept.recv_timeout(PATIENCE).unwrap();
    late.print("late");
    assert_eq!(running.log(), "finished\nlate\n");
    // A stream that was kept is not reused for another request.
    client.send(get("/"));
    assert_eq!(answer(&mut client, 1).stderr, b"within\n");
    late.print("later");
    let ends = ["late\nfinished\nlater\n", "late\nlater\nfinished\n"];
    eventually("both are logged", || {
        ends.iter().any(|end| running.log().ends_with(end))
    });
}

#[test]
fn a_flood_of_errors_is_bounded_and_not_lost() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        for number in 0..30_000 {
            environ.errors().print(number);
        }
        start_response.start(Status::OK, ())?;
        Ok(().into())
    };
    let running = serving(app);
    let answer = ask(&mut running.connect(), get("/"));
    assert!(answer.stderr.len() <= 64 * 1024);
    let all = String::from_utf8(answer.stderr).unwrap() + &running.log();
    let mut numbers: Vec<u32> = all.lines().map(|line| line.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..30_000));
}

#[test]
fn hooks_run_after_the_last_byte() {
    let (sender, outcomes) = mpsc::channel();
    let app = application(move |environ, start_response| {
        let sender = sender.clone();
        environ.on_finished(move |environ, outcome| {
            let path = environ.path_info().to_string_lossy().into_owned();
            let _ = sender.send((path, outcome.is_complete(), outcome.bytes_sent()));
        });
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 100_000].into())
    });
    let running = serving(app);
    let mut client = running.connect();
    assert_eq!(ask(&mut client, get("/a")).text().len(), 100_000);
    let (path, complete, sent) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!((&*path, complete), ("/a", true));
    assert!(
        sent > 100_000,
        "{sent} bytes, with the head and the records"
    );
}

#[test]
fn a_front_server_that_leaves_is_not_an_error_of_the_application() {
    let (sender, outcomes) = mpsc::channel();
    let app = application(move |environ, start_response| {
        let sender = sender.clone();
        environ.on_finished(move |_, outcome| {
            let _ = sender.send(outcome.is_complete());
        });
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks((0..1000).map(|_| vec![b'x'; 100_000])))
    });
    let running = serving(app);
    let mut client = running.connect();
    client.send(get("/"));
    client.take_some();
    client.reset();
    assert!(!outcomes.recv_timeout(PATIENCE).unwrap());
    assert_eq!(running.log(), "");
}

#[test]
fn errors_before_the_head_are_sent_before_it() {
    let running = serving(application(|_environ, _start_response| {
        Err("out of tea".into())
    }));
    let mut client = running.connect();
    client.send(get("/"));
    // A front server that only needs the head stops reading after it.
    let first = next_record(&mut client).unwrap();
    assert_eq!(first.record_type, STDERR);
    assert_eq!(first.content, b"GET \"/\": out of tea\n");
    assert_eq!(next_record(&mut client).unwrap().record_type, STDOUT);
}

#[test]
fn the_front_server_sees_that_a_response_without_a_length_fails_half_way() {
    let folder = Folder::new();
    let app = || {
        application(|_, start_response| {
            start_response.start(Status::OK, ())?;
            let chunks = [Ok("hello"), Err(io::Error::other("no more"))];
            Ok(Body::chunks(chunks))
        })
    };
    for keep in [true, false] {
        // On TCP, the connection is reset.
        let running = serving(app());
        let mut client = running.connect();
        client.send(get_as(1, keep, "/"));
        let mut bytes = Vec::new();
        let error = client.stream.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert!(bytes.windows(5).any(|part| part == b"hello"), "{bytes:?}");

        // A Unix socket cannot be reset. The last bytes are not a record.
        let path = folder.join(if keep { "kept" } else { "once" });
        let builder = Server::builder().bind_unix(path, 0o600).unwrap();
        let builder = builder.protocol(Protocol::FastCgi);
        let running = Running::build(builder.max_backtrace_lines(Some(0)), app());
        let mut client = running.connect();
        client.send(get_as(1, keep, "/"));
        let bytes = client.take_all();
        let (records, last) = bytes.split_at(bytes.len() - 8);
        assert!(records.windows(5).any(|part| part == b"hello"), "{bytes:?}");
        assert_eq!(last[0], 0, "a version that does not exist: {last:?}");
    }
}
