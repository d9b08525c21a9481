//! Bodies for which the client waits to be asked (RFC 9110 section 10.1.1).

use std::{
    io::{Read, Write},
    process::Command,
    sync::mpsc,
    time::Duration,
};

use wsgi_application::{Body, Status, application};

use crate::support::{self, Running, echo, get};

const EXPECTING: &str =
    "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

#[test]
fn a_client_is_asked_for_the_body_once_and_at_the_first_read() {
    let (read, when) = mpsc::channel::<()>();
    let when = std::sync::Mutex::new(when);
    let app = application(move |environ, start_response| {
        when.lock().unwrap().recv()?;
        let mut bytes = [0; 1];
        let mut body = Vec::new();
        while environ.input().read(&mut bytes)? > 0 {
            body.push(bytes[0]);
        }
        start_response.start(Status::OK, ())?;
        Ok(body.into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    client.send(EXPECTING);
    client.assert_silent(Duration::from_millis(50));
    read.send(()).unwrap();
    let response = client.response();
    assert_eq!(
        (response.status, response.head.as_str()),
        (100, "HTTP/1.1 100 Continue\r\n\r\n")
    );
    client.send("he");
    client.assert_silent(Duration::from_millis(20));
    client.send("llo");
    assert_eq!(client.response().text(), "hello");
    read.send(()).unwrap();
    client.send(EXPECTING);
    assert_eq!(client.response().status, 100);
    assert_eq!(client.ask("again").text(), "again");
}

#[test]
fn a_client_is_not_asked_for_a_body_that_nobody_reads() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok("no need".into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    let response = client.ask(EXPECTING);
    assert_eq!((response.status, response.text()), (200, "no need"));
    // Nobody knows whether the body comes now, so the connection cannot be kept.
    client.assert_closed();
}

#[test]
fn a_client_that_does_not_wait_to_be_asked_is_not_asked() {
    let running = Running::new(echo);
    let mut client = running.connect();
    let response = client.ask(EXPECTING.to_owned() + "hello");
    assert_eq!((response.status, response.text()), (200, "PUT /\nhello"));
    assert_eq!(client.ask(get("/")).status, 200);
}

#[test]
fn an_application_that_answers_before_it_reads_gets_the_body() {
    let app = application(|environ, start_response| {
        let mut writer = start_response.start(Status::OK, ())?;
        if environ.path_info() == "/flush" {
            writer.write_all(b"begun ")?;
            writer.flush()?;
        } else {
            writer.write_all(&[b'a'; 100_000])?;
        }
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        Ok(body.into())
    });
    let running = Running::new(app);
    for (path, begun) in [("/flush", "begun ".to_owned()), ("/", "a".repeat(100_000))] {
        let mut client = running.connect();
        client.send(EXPECTING.replace("/ ", &format!("{path} ")));
        // The client is asked before any part of the response. Later it would have no meaning.
        assert_eq!(client.response().status, 100, "{path}");
        client.send("hello");
        let response = client.response();
        assert!(response.complete && response.status == 200, "{path}");
        assert!(response.text() == begun + "hello", "{path}");
        // When the head was written, it was not known whether the body would come.
        assert_eq!(response.header("Connection"), Some("close"), "{path}");
        client.assert_closed();
    }
}

#[test]
fn a_client_is_not_asked_if_the_response_goes_on_without_the_body() {
    let app = application(|environ, start_response| {
        let mut writer = start_response.start(Status::OK, ())?;
        if environ.path_info() == "/written" {
            drop(environ.take_input());
            writer.write_all(b"no ")?;
            writer.flush()?;
            return Ok("need".into());
        }
        Ok(Body::chunks(["no ", "need"].map(Ok::<_, std::io::Error>)))
    });
    let running = Running::new(app);
    for path in ["/written", "/returned"] {
        let mut client = running.connect();
        let response = client.ask(EXPECTING.replace("/ ", &format!("{path} ")));
        assert_eq!((response.status, response.text()), (200, "no need"));
        client.assert_closed();
    }
}

mod curl {
    use super::*;

    #[test]
    fn uploads_to_an_application_that_answers_before_it_reads() {
        let app = application(|environ, start_response| {
            let mut writer = start_response.start(Status::OK, ())?;
            writer.write_all(b"begun\n")?;
            writer.flush()?;
            let read = std::io::copy(environ.input(), &mut std::io::sink())?;
            Ok(format!("{read}\n").into())
        });
        let running = Running::new(app);
        let folder = support::folder::Folder::new();
        let upload = folder.join("upload");
        std::fs::write(&upload, vec![b'x'; 3_000_000]).unwrap();
        // If curl is not asked, it waits longer than its --max-time.
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20"])
            .args(["--expect100-timeout", "60"])
            .args(["--header", "Expect: 100-continue", "--upload-file"])
            .arg(&upload)
            .arg(format!("http://{}/", running.address))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", output.status);
        assert_eq!(output.stdout, b"begun\n3000000\n");
    }
}
