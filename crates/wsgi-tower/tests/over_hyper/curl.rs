//! curl, by HTTP/1.1 and HTTP/2.

use std::{
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
};

use wsgi_application::{Body, FileWrapper, Status, application};
use wsgi_environ::End;
use wsgi_tower::ApplicationService;

use crate::serving::{PATIENCE, Serving};

const VERSIONS: [(&str, &str); 2] = [
    ("--http1.1", "HTTP/1.1"),
    ("--http2-prior-knowledge", "HTTP/2.0"),
];

fn curl(args: &[&str]) -> String {
    let mut command = Command::new("curl");
    let output = command
        .args(["--silent", "--show-error", "--max-time", "60"])
        .args(args)
        .output();
    let output = output.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_environ_is_the_same_by_both_versions() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        let names = [
            "SERVER_PROTOCOL",
            "HTTP_HOST",
            "PATH_INFO",
            "HTTP_COOKIE",
            "REMOTE_ADDR",
        ];
        let values = names.map(|name| environ.get(name).map(|value| value.to_string()));
        Ok(values.map(Option::unwrap_or_default).join("|").into())
    });
    let serving = Serving::start(ApplicationService::new(app));
    for (option, protocol) in VERSIONS {
        let url = serving.url("/a%20b");
        let seen = curl(&[option, "--cookie", "a=1; b=2", &url]);
        let expected = format!("{protocol}|{}|/a b|a=1; b=2|127.0.0.1", serving.address);
        assert_eq!(seen, expected);
    }
}

#[test]
fn uploads_and_downloads_of_megabytes_are_the_same_bytes() {
    let app = application(|environ, start_response| {
        let input = environ.take_input();
        start_response.start(Status::OK, ())?;
        Ok(Body::from(FileWrapper::new(input)))
    });
    let serving = Serving::start(ApplicationService::new(app));
    let folder = tempfile::tempdir().unwrap();
    let (sent, received) = (folder.path().join("sent"), folder.path().join("received"));
    let bytes: Vec<u8> = (0..5_000_000_u32)
        .map(|at| (at.wrapping_mul(at) / 11) as u8)
        .collect();
    std::fs::write(&sent, &bytes).unwrap();
    for (option, _) in VERSIONS {
        let data = format!("@{}", sent.display());
        let output = received.to_str().unwrap();
        curl(&[
            option,
            "--data-binary",
            &data,
            "--output",
            output,
            &serving.url("/"),
        ]);
        assert!(std::fs::read(&received).unwrap() == bytes, "{option}");
    }
}

#[test]
fn connection_fields_and_reasons_are_left_to_the_server() {
    let app = application(|environ, start_response| {
        let fields = [("Connection", "close")];
        assert!(start_response.start(Status::OK, fields).is_err());
        assert!(!environ.contains("HTTP_CONNECTION") || environ.server_protocol() == "HTTP/1.1");
        start_response.start(Status::new(204, "Deleted")?, ())?;
        Ok(Body::empty())
    });
    let serving = Serving::start(ApplicationService::new(app));
    for (option, protocol) in VERSIONS {
        let head = curl(&[option, "--include", &serving.url("/")]);
        let first = head.lines().next().unwrap();
        let expected = match protocol {
            "HTTP/1.1" => "HTTP/1.1 204 No Content",
            _ => "HTTP/2 204 ",
        };
        assert_eq!(first, expected);
        assert!(!head.to_ascii_lowercase().contains("connection:"), "{head}");
    }
}

#[test]
fn a_broken_response_is_an_error_of_the_client() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks([Ok("Hello "), Err("no more tea")]))
    });
    let serving = Serving::start(ApplicationService::new(app));
    for (option, _) in VERSIONS {
        let mut command = Command::new("curl");
        let output = command
            .args(["--silent", option, &serving.url("/")])
            .output()
            .unwrap();
        assert!(!output.status.success(), "{option}");
    }
}

#[test]
fn a_client_that_leaves_a_live_page_is_noticed() {
    let (send, senders) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let app = application(move |environ, start_response| {
        let end = end.clone();
        environ.on_finished(move |_, outcome| end.send(outcome.end()).unwrap());
        start_response.start(Status::OK, ())?;
        let (sender, body) = Body::channel(1024);
        sender.send("tick\n")?;
        send.send(sender)?;
        Ok(body)
    });
    let serving = Serving::start(ApplicationService::new(app));
    for (option, _) in VERSIONS {
        let mut command = Command::new("curl");
        let command = command.args(["--silent", "--no-buffer", option, &serving.url("/")]);
        let mut client = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut tick = [0; 5];
        client
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut tick)
            .unwrap();
        assert_eq!(&tick, b"tick\n");
        let sender = senders.recv_timeout(PATIENCE).unwrap();
        assert!(!sender.is_closed());
        client.kill().unwrap();
        client.wait().unwrap();
        assert_eq!(
            ended.recv_timeout(PATIENCE).unwrap(),
            End::Disconnected,
            "{option}"
        );
        assert!(sender.is_closed());
    }
}
