//! FastCGI over sockets: requests of a front server, and their answers.

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_server::{Listener, Protocol, Server};

use crate::support::{
    self, Client, PATIENCE, Running, echo,
    fastcgi::{
        End, PARAMS, RESPONDER, STDIN, answer, ask, assert_closed, begin, body, get, get_as, head,
        padded_record, pairs, put, serving, serving_with,
    },
    folder::Folder,
};

#[test]
fn requests_are_answered_on_one_connection() {
    let running = serving(echo);
    let mut client = running.connect();
    for path in ["/first", "/second"] {
        let answer = ask(&mut client, get(path));
        assert_eq!(answer.text(), format!("GET {path}\n"));
        let response = answer.response();
        assert_eq!(response.status, "200 OK");
        assert_eq!(response.header("Content-Type"), Some("text/plain"));
        assert_eq!(
            response.header("Content-Length"),
            Some(&*(path.len() + 5).to_string())
        );
        for field in ["Date", "Server", "Connection", "Transfer-Encoding"] {
            assert_eq!(response.header(field), None, "the front server adds it");
        }
        assert!(answer.stderr.is_empty());
    }
    assert_eq!(
        ask(&mut client, put("/third", b"hello")).text(),
        "PUT /third\nhello"
    );
    assert_eq!(running.log(), "");
}

#[test]
fn bytes_beyond_the_declared_length_are_cut() {
    let running = serving(
        |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, [("Content-Length", "4")])?;
            Ok("declared".into())
        },
    );
    let mut client = running.connect();
    for _ in 0..2 {
        assert_eq!(ask(&mut client, get("/")).text(), "decl");
    }
}

#[test]
fn a_request_is_the_same_however_it_is_cut() {
    let running = serving(echo);
    let request = put("/a", b"hello");
    let mut client = running.connect();
    for cut in 1..request.len() {
        client.send(&request[..cut]);
        thread::yield_now();
        assert_eq!(
            ask(&mut client, &request[cut..]).text(),
            "PUT /a\nhello",
            "cut at {cut}"
        );
    }
    for byte in &request {
        client.send([*byte]);
    }
    assert_eq!(answer(&mut client, 1).text(), "PUT /a\nhello");
}

#[test]
fn a_request_is_the_same_however_its_streams_are_cut_into_records() {
    let running = serving(echo);
    let params = pairs(&[
        ("REQUEST_METHOD", "PUT"),
        ("PATH_INFO", "/a"),
        ("CONTENT_LENGTH", "5"),
        ("HTTP_X_LONG", &"x".repeat(300)),
    ]);
    let mut client = running.connect();
    for size in [1, 2, 7, 100, 1000] {
        for padding in [0, 1, 255] {
            let mut request = begin(1, RESPONDER, true);
            for piece in params.chunks(size) {
                request.extend(padded_record(PARAMS, 1, piece, padding));
            }
            request.extend(padded_record(PARAMS, 1, b"", padding));
            for piece in b"hello".chunks(size) {
                request.extend(padded_record(STDIN, 1, piece, padding));
            }
            request.extend(padded_record(STDIN, 1, b"", padding));
            if request.len() > 64 * 1024 {
                continue; // beyond the limit of a head
            }
            let answer = ask(&mut client, request);
            assert_eq!(answer.text(), "PUT /a\nhello", "{size}, {padding}");
        }
    }
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let running = serving(echo);
    let mut client = running.connect();
    let paths: Vec<_> = (1..200)
        .map(|number| (number, format!("/{number}")))
        .collect();
    let requests = paths.iter().map(|(id, path)| get_as(*id, true, path));
    client.send(requests.collect::<Vec<_>>().concat());
    for (id, path) in &paths {
        assert_eq!(answer(&mut client, *id).text(), format!("GET {path}\n"));
    }
}

#[test]
fn the_connection_is_closed_unless_the_front_server_keeps_it() {
    let running = serving(echo);
    for id in [1, 65_535] {
        let mut client = running.connect();
        client.send(get_as(id, false, "/once"));
        assert_eq!(answer(&mut client, id).text(), "GET /once\n");
        assert_closed(&mut client);
    }
}

#[test]
fn the_environ_comes_from_the_front_server() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let mut text = String::new();
        for (name, value) in environ.to_map() {
            text += &format!("{name}={value}\n");
        }
        text += &format!("scheme={} ", environ.url_scheme());
        text += &format!("{} {} ", environ.multithread(), environ.multiprocess());
        text += &format!("{}", environ.is_client_connected());
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    };
    let running = serving_with(|builder| builder.server_software("test/1"), app);
    let mut client = running.connect();
    let params = [
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/app"),
        ("PATH_INFO", "/a b"),
        ("QUERY_STRING", "c=d"),
        ("CONTENT_LENGTH", ""),
        ("CONTENT_TYPE", ""),
        ("SERVER_PROTOCOL", "HTTP/2.0"),
        ("SERVER_NAME", "example.com"),
        ("SERVER_PORT", "443"),
        ("SERVER_SOFTWARE", "front/1"),
        ("REMOTE_ADDR", "192.0.2.7"),
        ("HTTPS", "on"),
        ("HTTP_HOST", "example.com"),
        ("HTTP_PROXY", "http://evil"),
        ("HTTP_CONTENT_LENGTH", "7"),
        ("HTTP_X", "first"),
        ("HTTP_X", "last"),
    ];
    let answer = ask(&mut client, [head(1, true, &params), body(1, b"")].concat());
    let expected = "\
        GATEWAY_INTERFACE=CGI/1.1\n\
        HTTPS=on\n\
        HTTP_HOST=example.com\n\
        HTTP_X=first, last\n\
        PATH_INFO=/a b\n\
        QUERY_STRING=c=d\n\
        REMOTE_ADDR=192.0.2.7\n\
        REQUEST_METHOD=GET\n\
        SCRIPT_NAME=/app\n\
        SERVER_NAME=example.com\n\
        SERVER_PORT=443\n\
        SERVER_PROTOCOL=HTTP/2.0\n\
        SERVER_SOFTWARE=front/1\n\
        scheme=https true false true";
    assert_eq!(answer.text(), expected);

    // The server adds what the front server does not send, except for the client's address.
    let answer = ask(&mut client, get("/"));
    let text = answer.text();
    for line in [
        "REMOTE_ADDR=\n",
        "SERVER_NAME=127.0.0.1\n",
        "SERVER_SOFTWARE=test/1\n",
        "SERVER_PROTOCOL=HTTP/1.0\n",
        "scheme=http ",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains("REMOTE_PORT"), "{text}");
}

#[test]
fn the_path_below_the_script_name_is_exact() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let (script_name, path_info) = (environ.script_name(), environ.path_info());
        Ok(format!("{script_name}|{path_info}").into())
    };
    let running = serving_with(|builder| builder.script_name("/app"), app);
    let mut client = running.connect();
    let mut derived = |uri: &str| {
        let params = [
            ("REQUEST_METHOD", "GET"),
            ("REQUEST_URI", uri),
            ("SCRIPT_NAME", "/said"),
        ];
        ask(&mut client, [head(1, true, &params), body(1, b"")].concat())
    };
    assert_eq!(derived("/app/a%2Fb//c?d").text(), "/app|/a/b//c");
    assert_eq!(derived("/app").text(), "/app|");
    assert_eq!(derived("/apple/a").text(), "/said|", "it is unchanged");
    let bad = derived("/app/%00");
    assert_eq!(bad.ended, Some(End::REFUSED));
    assert_eq!(bad.response().status, "400 Bad Request");
    assert!(
        running.log().contains("FastCGI: the path of REQUEST_URI"),
        "{}",
        running.log()
    );
    assert_eq!(
        derived("/app/after").text(),
        "/app|/after",
        "the connection goes on"
    );
}

#[test]
fn statuses_and_heads_come_from_the_application() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        match &*environ.path_info().to_string_lossy() {
            "/deleted" => {
                start_response.start(Status::new(204, "Deleted")?, [("ETag", "\"7\"")])?;
                Ok(().into())
            }
            "/status" => {
                start_response.start(Status::OK, [("Status", "500 Never"), ("A", "b")])?;
                Ok("ok".into())
            }
            _ => Err("no database".into()),
        }
    };
    let running = serving(app);
    let mut client = running.connect();
    let answer = ask(&mut client, get("/deleted"));
    assert_eq!(answer.stdout, b"Status: 204 Deleted\r\nETag: \"7\"\r\n\r\n");
    let answer = ask(&mut client, get("/status"));
    assert_eq!(
        answer.stdout,
        b"Status: 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\nok"
    );
    let answer = ask(&mut client, get("/fails"));
    assert_eq!(answer.ended, Some(End::COMPLETE));
    assert_eq!(answer.response().status, "500 Internal Server Error");
    assert_eq!(answer.stderr, b"GET \"/fails\": no database\n");
    assert_eq!(running.log(), "", "the front server got it");
}

#[test]
fn head_has_no_body() {
    let running = serving(echo);
    let mut client = running.connect();
    let params = [("REQUEST_METHOD", "HEAD"), ("PATH_INFO", "/")];
    let answer = ask(&mut client, [head(1, true, &params), body(1, b"")].concat());
    assert_eq!(answer.response().header("Content-Length"), Some("7"));
    assert_eq!(answer.text(), "");
}

#[test]
fn one_server_speaks_several_protocols_each_on_its_socket() {
    let folder = Folder::new();
    let fastcgi = Listener::bind_unix(folder.join("app"), 0o600).unwrap();
    let builder = Server::builder().listener(fastcgi.protocol(Protocol::FastCgi));
    let running = Running::build(builder.bind("127.0.0.1:0").unwrap(), echo);
    let [fastcgi, http] = running.server.local_addrs() else {
        panic!("two addresses")
    };
    let mut front = Client::connect(fastcgi.clone());
    let mut client = Client::connect(http.clone());
    for _ in 0..2 {
        assert_eq!(ask(&mut front, get("/a")).text(), "GET /a\n");
        assert_eq!(client.ask(support::get("/b")).text(), "GET /b\n");
    }
}

#[test]
fn one_request_is_handled() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = Arc::new(builder.protocol(Protocol::FastCgi).build(echo).unwrap());
    let mut client = Client::connect(server.local_addr());
    client.send([get("/first"), get("/never")].concat());
    let handling = thread::spawn({
        let server = server.clone();
        move || server.handle_request().unwrap()
    });
    assert_eq!(answer(&mut client, 1).text(), "GET /first\n");
    assert_closed(&mut client);
    drop(client);
    handling.join().unwrap();
}

#[test]
fn slow_requests_hold_up_nobody() {
    let app = application(|environ, start_response| {
        if environ.path_info() == "/slow" {
            thread::sleep(Duration::from_millis(200));
        }
        echo(environ, start_response)
    });
    let running = serving_with(|builder| builder.threads(1), app);
    let mut slow: Vec<_> = (0..5).map(|_| running.connect()).collect();
    for client in &mut slow {
        client.send(get("/slow"));
    }
    for number in 0..20 {
        let path = format!("/{number}");
        assert_eq!(
            ask(&mut running.connect(), get(&path)).text(),
            format!("GET {path}\n")
        );
    }
    for client in &mut slow {
        assert_eq!(answer(client, 1).text(), "GET /slow\n");
    }
}

#[test]
fn shutdown_finishes_requests_and_closes_idle_connections() {
    let (entered, waiting) = mpsc::channel();
    let gate = Arc::new(Mutex::new(()));
    let app = {
        let gate = gate.clone();
        application(move |_, start_response| {
            entered.send(()).unwrap();
            drop(gate.lock());
            start_response.start(Status::OK, ())?;
            Ok("finished".into())
        })
    };
    let mut running = serving(app);
    let mut idle = running.connect();
    let held = gate.lock().unwrap();
    let mut busy = running.connect();
    busy.send(get("/"));
    waiting.recv_timeout(PATIENCE).unwrap();
    running.handle.shutdown();
    assert_closed(&mut idle);
    drop(held);
    assert_eq!(answer(&mut busy, 1).text(), "finished");
    assert_closed(&mut busy);
    drop((idle, busy));
    running.join();
}
