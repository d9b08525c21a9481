//! The lines of requests.

use std::{
    panic, thread,
    time::{Duration, SystemTime},
};

use proptest::{collection::vec, prelude::any, proptest};
use serde_json::Value;
use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status, application};
use wsgi_environ::{End, Outcome};
use wsgi_middleware::{AccessLog, LogFormat, LogFormatError, LogWriter, Mounts, RequestId};
use wsgi_testing::Request;

use super::{Lines, format, hello, json, line_of};

pub(super) fn visit() -> Request {
    Request::get("/a%20b?c=\"d\"")
        .variable("REMOTE_ADDR", "192.0.2.7")
        .header("Referer", "http://example.org/")
        .header("User-Agent", "Mozilla/5.0 (X11; \"x\")")
}

/// A line of the common format or its relatives without the time, which is checked.
#[track_caller]
pub(super) fn without_time(line: &str) -> String {
    let mut words: Vec<_> = line.split(' ').collect();
    let time: Vec<_> = words.drain(3..5).collect();
    let shape = |c: char| match c {
        '0'..='9' => '0',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        other => other,
    };
    let time: String = time.join(" ").chars().map(shape).collect();
    assert_eq!(time, "[00/Aaa/0000:00:00:00 +0000]", "{line}");
    words.join(" ")
}

#[test]
fn the_common_and_the_combined_format_are_as_usual() {
    let common = r#"192.0.2.7 - - "GET /a%20b?c=\"d\" HTTP/1.1" 200 13"#;
    let builder = LogWriter::builder().format(LogFormat::common());
    let (line, _) = line_of(builder, hello, visit());
    assert_eq!(without_time(&line), common);
    let (line, _) = line_of(LogWriter::builder(), hello, visit());
    let agent = r#""http://example.org/" "Mozilla/5.0 (X11; \"x\")""#;
    assert_eq!(without_time(&line), format!("{common} {agent}"));
}

#[test]
fn json_is_an_object_with_all_fields() {
    let app = RequestId::new(hello)
        .trust_header(true)
        .trust_traceparent(true);
    let request = visit()
        .header("X-Request-ID", "7f-3")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .header("Host", "site.example")
        .variable("REMOTE_USER", "Ada \u{1f600}\n")
        .variable("SSL_PROTOCOL", "TLSv1.3");
    let before = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let (line, _) = line_of(json(), app, request);
    let mut object: Value = serde_json::from_str(&line).expect("JSON");
    let time = object["time"].take();
    let time = time.as_str().expect("a time");
    assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
    let minute = before.as_secs() / 60 % 60;
    let said: u64 = time[14..16].parse().expect("minutes");
    assert!(said == minute || said == (minute + 1) % 60, "{time}");
    assert!(object["duration"].take().as_f64().expect("seconds") < 60.0);
    let expected = serde_json::json!({
        "time": null,
        "client": "192.0.2.7",
        "user": "Ada \u{1f600}\n",
        "method": "GET",
        "scheme": "http",
        "host": "site.example",
        "target": "/a%20b?c=\"d\"",
        "protocol": "HTTP/1.1",
        "status": 200,
        "body_bytes": 13,
        "request_body_bytes": null,
        "duration": null,
        "complete": true,
        "end": "complete",
        "request_id": "7f-3",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "referer": "http://example.org/",
        "user_agent": "Mozilla/5.0 (X11; \"x\")",
        "tls_version": "TLSv1.3",
        "thread": thread::current().name(),
    });
    assert_eq!(object, expected);
}

#[test]
fn json_names_absent_values_null() {
    let names = [
        "user",
        "request_id",
        "trace_id",
        "referer",
        "tls_version",
        "header:X",
    ];
    let builder = LogWriter::builder().format(LogFormat::json_of(names).unwrap());
    let (line, _) = line_of(builder, hello, Request::get("/"));
    let object: Value = serde_json::from_str(&line).expect("JSON");
    assert!(names.iter().all(|name| object[name].is_null()), "{line}");
    assert_eq!(object.as_object().map(serde_json::Map::len), Some(6));
}

#[test]
fn every_field_has_its_value() {
    for (template, expected) in [
        ("{client}", "192.0.2.7"),
        ("{user}", "-"),
        ("{method}", "GET"),
        ("{target}", "/a%20b?c=\\\"d\\\""),
        ("{protocol}", "HTTP/1.1"),
        ("{scheme}", "http"),
        ("{status}", "200"),
        ("{body_bytes}", "13"),
        ("{complete}", "yes"),
        ("{request_id}", "-"),
        ("{trace_id}", "-"),
        ("{referer}", "http://example.org/"),
        ("{header:Referer}", "http://example.org/"),
        ("{header:content-type}", "text/x"),
        ("{header:X-A}", "1,\\x202"),
        ("\"{header:X-A}\" {header:X-A}", "\"1, 2\" 1,\\x202"),
        ("{tls_version}", "-"),
        ("{{{status}}}", "{200}"),
        ("}}\t{{{status}", "}\t{200"),
    ] {
        let request = visit()
            .header("Content-Type", "text/x")
            .header("x-a", "1, 2");
        let (line, _) = line_of(format(template), hello, request);
        assert_eq!(line, expected, "{template}");
    }
    let (line, _) = line_of(
        format("{duration} {time_rfc3339} {bytes_sent}"),
        hello,
        visit(),
    );
    let words: Vec<_> = line.split(' ').collect();
    assert!(
        words[0].parse::<f64>().is_ok_and(|seconds| seconds < 60.0),
        "{line}"
    );
    assert_eq!(words[0].len(), "0.000000".len());
    assert_eq!((words[1].len(), &words[1][4..5]), (27, "-"));
    assert!(
        words[2].parse::<u64>().is_ok_and(|bytes| bytes >= 13),
        "{line}"
    );
}

#[test]
fn the_size_of_a_request_is_the_one_that_it_declares() {
    let field = || LogFormat::json_of(["request_body_bytes"]).unwrap();
    for (length, text, json) in [
        ("0", "0", "0"),
        ("70000", "70000", "70000"),
        ("many", "-", "null"),
        ("", "-", "null"),
    ] {
        let request = || Request::post("/").variable("CONTENT_LENGTH", length);
        let (line, _) = line_of(format("{request_body_bytes}"), hello, request());
        assert_eq!(line, text);
        let (line, _) = line_of(LogWriter::builder().format(field()), hello, request());
        assert_eq!(line, format!("{{\"request_body_bytes\":{json}}}"));
    }
    let (line, _) = line_of(format("{request_body_bytes}"), hello, Request::get("/"));
    assert_eq!(line, "-");
}

#[test]
fn the_thread_is_the_one_of_the_application() {
    let lines = Lines::default();
    let app = AccessLog::new(hello, lines.log(format("{thread}")));
    thread::scope(|scope| {
        let named = thread::Builder::new().name("loop 1".into());
        named
            .spawn_scoped(scope, || drop(Request::get("/").call(&app)))
            .unwrap();
    });
    drop(app);
    assert_eq!(lines.all(), ["loop\\x201"]);
}

#[test]
fn a_target_that_was_not_passed_is_made_of_path_and_query() {
    let request = || Request::get("/x").environ(|environ| environ.remove("REQUEST_URI"));
    for (script_name, path_info, query, expected) in [
        ("/app", "/a b", "c=d", "/app/a\\x20b?c=d"),
        ("", "/caf\u{e9}", "", "/caf\\xc3\\xa9"),
        ("", "", "", "-"),
    ] {
        let request = request()
            .variable("SCRIPT_NAME", script_name)
            .variable("PATH_INFO", path_info)
            .variable("QUERY_STRING", query)
            .environ(|environ| environ.remove("REQUEST_URI"));
        let (line, _) = line_of(format("{target}"), hello, request);
        assert_eq!(line, expected);
    }
    let mounted = Mounts::new().mount("/app", hello);
    let request = Request::get("/app/x?y").environ(|environ| environ.remove("REQUEST_URI"));
    assert_eq!(line_of(format("{target}"), mounted, request).0, "/app/x?y");
}

#[test]
fn the_line_says_how_the_response_ended() {
    type App = fn(&mut Environ, &mut StartResponse<'_>) -> Result;
    let rows: [(&str, App, Request, &str); 6] = [
        (
            "an error",
            |_, _| Err("out of tea".into()),
            Request::get("/"),
            "500 yes complete",
        ),
        (
            "a panic",
            |_, _| panic!("out of tea"),
            Request::get("/"),
            "500 yes complete",
        ),
        ("a page", hello, Request::get("/"), "200 13 yes complete"),
        ("no body", hello, Request::head("/"), "200 0 yes complete"),
        (
            "a client that went away",
            hello,
            Request::get("/").disconnect_after(5),
            "200 no disconnected",
        ),
        (
            "a body that failed",
            |_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks([Ok("a"), Err("out of tea")]))
            },
            Request::get("/"),
            "200 1 no failed",
        ),
    ];
    for (name, app, request, expected) in rows {
        let template = match expected.split(' ').count() {
            3 => "{status} {complete} {end}",
            _ => "{status} {body_bytes} {complete} {end}",
        };
        let (line, _) = line_of(format(template), app, request);
        assert_eq!(line, expected, "{name}");
    }
}

#[test]
fn variables_are_those_at_the_end() {
    let app = application(|environ, start_response| {
        environ.set("REMOTE_USER", "ada");
        hello(environ, start_response)
    });
    assert_eq!(line_of(format("{user}"), app, Request::get("/")).0, "ada");
    let lines = Lines::default();
    let app = RequestId::new(AccessLog::new(hello, lines.log(format("{request_id}"))));
    let response = Request::get("/").call(&app);
    drop(app);
    assert_eq!(
        lines.all(),
        [response.headers().get("X-Request-ID").unwrap().to_string()]
    );
}

#[test]
fn a_format_that_is_wrong_is_refused() {
    let parse = |template: &str| template.parse::<LogFormat>().unwrap_err();
    for (template, error) in [
        ("{clinet}", LogFormatError::UnknownField("clinet".into())),
        ("{}", LogFormatError::UnknownField(String::new())),
        ("{header:}", LogFormatError::InvalidHeader(String::new())),
        ("{header:a b}", LogFormatError::InvalidHeader("a b".into())),
        ("{status} {", LogFormatError::UnmatchedBrace(9)),
        ("{status", LogFormatError::UnmatchedBrace(0)),
        ("{{status}", LogFormatError::UnmatchedBrace(8)),
        ("a}", LogFormatError::UnmatchedBrace(1)),
        ("a\nb", LogFormatError::ControlCharacter(1)),
        ("\u{85}", LogFormatError::ControlCharacter(0)),
        ("", LogFormatError::NoFields),
        ("%h %l %u {{%t}}", LogFormatError::NoFields),
    ] {
        assert_eq!(parse(template), error, "{template}");
    }
    let error = LogFormat::json_of([""; 0]).unwrap_err();
    assert_eq!(error, LogFormatError::NoFields);
    let error = LogFormat::json_of(["user", "status", "user"]).unwrap_err();
    assert_eq!(error.to_string(), "the field \"user\" occurs twice");
    let message = parse("a {status").to_string();
    assert_eq!(
        message,
        "the brace at byte 2 has no counterpart; a brace itself is written twice"
    );
    assert_eq!(
        parse("{x}").to_string(),
        "no field of a log has the name \"x\""
    );
    assert_eq!(
        parse("{header:é}").to_string(),
        "\"é\" is not the name of a header field"
    );
    assert_eq!(parse("\r").to_string(), "a control character is at byte 0");
    assert_eq!(
        parse("%h").to_string(),
        "the format has no field, so all its lines would be the same"
    );
    let error = LogFormat::apache("%h\n").unwrap_err();
    assert_eq!(error, LogFormatError::ControlCharacter(2));
    let error = LogFormat::apache("%h %{Location}o").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the directive %{Location}o of Apache's log formats is not known here"
    );
}

/// The values that a peer controls.
const VARIABLES: [&str; 7] = [
    "REMOTE_USER",
    "REQUEST_METHOD",
    "REQUEST_URI",
    "SERVER_PROTOCOL",
    "HTTP_REFERER",
    "HTTP_USER_AGENT",
    "REMOTE_ADDR",
];

fn forged(values: &[Vec<u8>]) -> Environ {
    let mut environ = Environ::new();
    for (name, value) in VARIABLES.iter().zip(values) {
        environ.set(name, value);
    }
    environ
}

/// The line of an environ that no server made.
pub(super) fn direct(builder: wsgi_middleware::LogBuilder, mut environ: Environ) -> String {
    let lines = Lines::default();
    let app = AccessLog::new(hello, lines.log(builder));
    let (mut exchange, mut sent) = (wsgi_application::Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    assert!(app.call(&mut environ, &mut start_response).is_ok());
    let outcome = Outcome::new(End::Complete, SystemTime::now(), Duration::ZERO);
    assert!(environ.run_hooks(&outcome).is_empty());
    drop((environ, app));
    let all = lines.all();
    assert_eq!(all.len(), 1);
    all[0].clone()
}

proptest! {
    #[test]
    fn no_value_forges_a_line_or_a_value(values in vec(vec(any::<u8>(), 0..20), 7)) {
        let line = direct(LogWriter::builder(), forged(&values));
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
        let line = without_time(&line);
        // Spaces that are not in quotes separate eight values.
        let mut is_quoted = false;
        let mut separators = 0;
        let mut bytes = line.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'"' => is_quoted = !is_quoted,
                b' ' if !is_quoted => separators += 1,
                _ => {}
            }
        }
        assert!(!is_quoted && separators == 7, "{line}");

        let line = direct(json(), forged(&values));
        assert!(!line.chars().any(char::is_control), "{line}");
        let object: Value = serde_json::from_str(&line).expect("JSON");
        let user = String::from_utf8_lossy(&values[0]);
        assert_eq!(object["user"].as_str(), Some(&*user));
        let agent = String::from_utf8_lossy(&values[5]);
        assert_eq!(object["user_agent"].as_str(), Some(&*agent));
    }
}

#[test]
fn a_hook_that_panics_does_not_lose_the_line() {
    let app = application(
        |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            environ.on_finished(|_, _| panic::panic_any("a hook"));
            hello(environ, start_response)
        },
    );
    assert_eq!(line_of(format("{status}"), app, Request::get("/")).0, "200");
}
