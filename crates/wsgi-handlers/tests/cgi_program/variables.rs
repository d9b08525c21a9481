//! The environment variables of a program.

use wsgi_handlers::CgiProgram;
use wsgi_testing::Request;

use crate::text;

#[test]
fn the_variables_are_those_of_the_request_and_no_others() {
    let app = text("env | sort")
        .env("COLOUR", "blue")
        .env("HTTP_ACCEPT", "mine");
    let response = Request::post("/a%20b?c=%20")
        .header("Content-Type", "text/x")
        .header("User-Agent", "caf\u{e9}")
        .header("Accept", "theirs")
        .header("Authorization", "secret")
        .variable("HTTP_PROXY", "http://evil.example")
        .variable("REDIRECT_HTTP_PROXY", "http://evil.example")
        .variable("REDIRECT_HTTP_AUTHORIZATION", "secret")
        .variable("REDIRECT_REDIRECT_HTTP_AUTHORIZATION", "secret")
        .variable("REDIRECT_REDIRECT_REMOTE_USER", "bob")
        .variable("LD_PRELOAD", "/evil.so")
        .variable("http_lower", "a")
        .variable("REMOTE_USER", "ada")
        .variable("REMOTE_IDENT", "a\0b")
        .body("body")
        .call(&app);
    let expected = [
        "COLOUR=blue",
        "CONTENT_LENGTH=4",
        "CONTENT_TYPE=text/x",
        "GATEWAY_INTERFACE=CGI/1.1",
        "HTTP_ACCEPT=mine",
        "HTTP_HOST=127.0.0.1",
        "HTTP_USER_AGENT=caf\u{e9}",
        "PATH_INFO=/a b",
        "QUERY_STRING=c=%20",
        "REDIRECT_REDIRECT_REMOTE_USER=bob",
        "REDIRECT_STATUS=200",
        "REMOTE_USER=ada",
        "REQUEST_METHOD=POST",
        "REQUEST_URI=/a%20b?c=%20",
        "SCRIPT_FILENAME=/bin/sh",
        "SCRIPT_NAME=",
        "SERVER_NAME=127.0.0.1",
        "SERVER_PORT=80",
        "SERVER_PROTOCOL=HTTP/1.1",
    ];
    // The shell sets some of its own.
    let own = [
        "PATH=",
        "PWD=",
        "OLDPWD=",
        "SHLVL=",
        "_=",
        "REMOTE_ADDR=",
        "REMOTE_PORT=",
        "SERVER_SOFTWARE=",
    ];
    let lines = response.text().lines();
    let lines: Vec<_> = lines
        .filter(|line| !own.iter().any(|name| line.starts_with(name)))
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_variable_that_is_named_is_passed_on() {
    let names = [
        "DOCUMENT_ROOT",
        "PATH_TRANSLATED",
        "HTTP_PROXY",
        "PATH",
        "HTTP_AUTHORIZATION",
    ];
    let app = text(
        "echo $DOCUMENT_ROOT ${PATH_TRANSLATED-none} ${HTTP_PROXY-none}; \
        echo ${HTTP_AUTHORIZATION-none} $PATH",
    );
    let app = names.into_iter().fold(app, CgiProgram::pass_variable);
    let request = || {
        Request::get("/")
            .variable("DOCUMENT_ROOT", "/srv")
            .variable("OTHER", "a")
    };
    let path = std::env::var("PATH").unwrap();
    let response = request()
        .variable("HTTP_PROXY", "http://evil.example")
        .header("Authorization", "secret")
        .variable("PATH", "/evil")
        .call(&app);
    assert_eq!(response.text(), format!("/srv none none\nnone {path}\n"));
    let response = request()
        .variable("DOCUMENT_ROOT", "/own")
        .call(&app.env("DOCUMENT_ROOT", "/set"));
    assert!(response.text().starts_with("/set "), "{}", response.text());
}

#[test]
fn the_front_server_chooses_the_script_if_its_variable_is_passed_on() {
    let request = || Request::get("/").variable("SCRIPT_FILENAME", "/srv/a.php");
    let app = text("echo $SCRIPT_FILENAME");
    assert_eq!(request().call(&app).text(), "/bin/sh\n");
    let app = app.pass_variable("SCRIPT_FILENAME");
    assert_eq!(request().call(&app).text(), "/srv/a.php\n");
    assert_eq!(Request::get("/").call(&app).text(), "/bin/sh\n");
}
