//! Tests that need `curl`.

use std::process::{Command, Output};

use crate::{authority::Authority, support::Program};

/// Asks for a path with a trusted authority. The host stands for the address of the program.
fn curl(authority: &Authority, demo: &Program, host: &str, path: &str, options: &[&str]) -> Output {
    let (_, port) = demo.address.rsplit_once(':').expect("a port");
    Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "60"])
        .args(["--noproxy", "*", "--cacert", &authority.text("ca.pem")])
        .args(["--resolve", &format!("{host}:{port}:127.0.0.1")])
        .args(options)
        .arg(format!("https://{host}:{port}{path}"))
        .output()
        .expect("curl starts")
}

#[track_caller]
fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn demo(options: &[Vec<String>]) -> Program {
    let options: Vec<_> = options.iter().flatten().map(String::as_str).collect();
    Program::demo(&options)
}

#[test]
fn the_site_knows_that_it_is_served_over_tls() {
    let authority = Authority::new();
    authority.issue("site", "demo.example");
    let demo = demo(&[authority.options("site")]);
    for (option, version) in [("--tlsv1.3", "TLSv1.3"), ("--tls-max", "TLSv1.2")] {
        let options = match option {
            "--tls-max" => vec!["--tls-max", "1.2"],
            option => vec![option],
        };
        let answer = text(&curl(
            &authority,
            &demo,
            "demo.example",
            "/environ",
            &options,
        ));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let version = format!("SSL_PROTOCOL = '{version}'");
        for line in ["HTTPS = 'on'", "wsgi.url_scheme = 'https'", &version] {
            assert!(
                answer.lines().any(|known| known == line),
                "{line} in {answer}"
            );
        }
        assert!(answer.contains("\nSSL_CIPHER = '"), "{answer}");
    }
    let answer = text(&curl(&authority, &demo, "demo.example", "/visits", &[]));
    let (_, cookie) = answer.split_once("\r\nSet-Cookie: ").expect(&answer);
    let cookie = cookie.lines().next().unwrap_or_default();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(
        cookie.split("; ").any(|attribute| attribute == "Secure"),
        "{cookie}"
    );
}

#[test]
fn each_name_has_its_certificate_and_the_first_is_the_default() {
    let authority = Authority::new();
    authority.issue("one", "one.example");
    authority.issue("other", "*.other.example");
    let demo = demo(&[authority.options("one"), authority.options("other")]);
    for host in ["one.example", "a.other.example"] {
        let answer = text(&curl(&authority, &demo, host, "/hello", &[]));
        assert!(answer.ends_with("Hello world!\n"), "{answer}");
    }
    let output = curl(&authority, &demo, "unknown.example", "/hello", &[]);
    assert_eq!(
        output.status.code(),
        Some(60),
        "the certificate has another name"
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("unknown.example"), "{errors}");
}

#[test]
fn a_required_certificate_of_the_client_reaches_the_site() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    authority.issue("site", "demo.example");
    authority.issue("client", "client.example");
    stranger.issue("client", "client.example");
    let ca = vec!["--tls-client-ca".to_owned(), authority.text("ca.pem")];
    let required = demo(&[authority.options("site"), ca.clone()]);
    let optional = demo(&[
        authority.options("site"),
        ca,
        vec!["--tls-client-auth=optional".to_owned()],
    ]);
    let ask = |demo: &Program, client: Option<&Authority>| {
        let files = client.map(|client| (client.text("client.pem"), client.text("client.key")));
        let options = match &files {
            Some((certificate, key)) => vec!["--cert", &**certificate, "--key", key],
            None => Vec::new(),
        };
        curl(&authority, demo, "demo.example", "/environ", &options)
    };
    for demo in [&required, &optional] {
        let answer = text(&ask(demo, Some(&authority)));
        assert!(
            answer.contains("\nSSL_CLIENT_VERIFY = 'SUCCESS'\n"),
            "{answer}"
        );
        assert!(answer.contains("\nSSL_CLIENT_S_DN = '"), "{answer}");
        assert!(answer.contains("client of client.example"), "{answer}");
        assert!(
            !ask(demo, Some(&stranger)).status.success(),
            "an unknown authority"
        );
    }
    assert!(
        !ask(&required, None).status.success(),
        "a missing certificate"
    );
    let answer = text(&ask(&optional, None));
    assert!(
        answer.contains("\nSSL_CLIENT_VERIFY = 'NONE'\n"),
        "{answer}"
    );
}

#[test]
fn a_request_in_clear_is_told_so() {
    let authority = Authority::new();
    authority.issue("site", "demo.example");
    let demo = demo(&[authority.options("site")]);
    let output = Command::new("curl")
        .args([
            "--silent",
            "--include",
            "--max-time",
            "60",
            "--noproxy",
            "*",
        ])
        .arg(format!("http://{}/", demo.address))
        .output()
        .expect("curl starts");
    let answer = text(&output);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("https"), "{answer}");
}
