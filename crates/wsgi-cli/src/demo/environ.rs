//! `/environ`: everything that an application is told about a request.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use wsgi::{Environ, Result, StartResponse, Status, adaptor::escape, environ::Redacted};

use super::page::{Kind, Shown};

/// Lists every variable and `wsgi.*` value, sorted by name: for people as a table, for programs as
/// lines `NAME = 'value'` after a greeting, as `wsgiref`'s demo application does, or as JSON.
pub(super) fn environ(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let entries = entries(environ);
    if Kind::preferred(environ) == Kind::Json {
        let headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"), // shows the request
            ("Vary", "Accept"),
        ];
        start_response.start(Status::OK, headers)?;
        let lossy = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let texts = entries.iter().map(|(name, value)| (name, lossy(value)));
        let texts: BTreeMap<_, _> = texts.collect();
        return Ok(serde_json::to_string_pretty(&texts)?.into());
    }
    let mut text = String::from("Hello world!\n\n");
    let mut rows = String::new();
    for (name, value) in &entries {
        let quoted = Quoted(value).to_string();
        writeln!(text, "{name} = {quoted}")?;
        // A long name may be broken between its words.
        let (name, value) = (escape(name).replace('_', "_<wbr>"), escape(&quoted));
        writeln!(
            rows,
            "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"
        )?;
    }
    let html = format!("{INTRODUCTION}<table>\n{HEAD}<tbody>\n{rows}</tbody>\n</table>\n");
    let shown = Shown {
        title: "What an application is told",
        html: &html,
        text: &text,
    };
    shown.send(Status::OK, environ, start_response)
}

const INTRODUCTION: &str = "<p>These are the variables of your request, and what the server adds. \
    Values are in single quotes, with escapes as in Rust.</p>\n";

const HEAD: &str =
    "<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr></thead>\n";

/// Every variable, and the other values in Rust's notation. Of a secret only the length is shown:
/// the cookie of the session has `HttpOnly`, so that no script of a page can read it.
fn entries(environ: &mut Environ) -> BTreeMap<String, Vec<u8>> {
    let input = format!("{:?}", environ.input());
    let values = [
        ("wsgi.version", format!("{:?}", environ.version())),
        ("wsgi.url_scheme", environ.url_scheme().to_owned()),
        ("wsgi.input", input),
        ("wsgi.errors", format!("{:?}", environ.errors())),
        ("wsgi.multithread", environ.multithread().to_string()),
        ("wsgi.multiprocess", environ.multiprocess().to_string()),
        ("wsgi.run_once", environ.run_once().to_string()),
    ];
    let values = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into_bytes()));
    environ
        .iter()
        .map(|(name, value)| {
            let shown = Redacted::new(&*name, value).to_bytes().into_owned();
            (name.into_owned(), shown)
        })
        .chain(values)
        .collect()
}

/// A value between single quotes, on one line. Single quotes, backslashes and control characters
/// are escaped as in Rust (`\'`, `\n`, `\u{7f}`), and bytes that are not UTF-8 as `\xe9`.
struct Quoted<'a>(&'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' => f.write_char('"')?, // Rust would escape it
                    _ => write!(f, "{}", character.escape_debug())?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_char('\'')
    }
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use super::Quoted;
    use crate::demo::in_memory;

    #[track_caller]
    fn check(value: &[u8], quoted: &str) {
        assert_eq!(Quoted(value).to_string(), quoted);
    }

    #[test]
    fn a_value_stays_on_its_line_and_between_its_quotes() {
        check(b"", "''");
        check(b"text/html; q=\"1\"", "'text/html; q=\"1\"'");
        check("café ☕".as_bytes(), "'café ☕'");
        check(b"it's", r"'it\'s'");
        check(br"a\b", r"'a\\b'");
        check(b"a\r\nb\tc\0\x7f", r"'a\r\nb\tc\0\u{7f}'");
        check("\u{2028}\u{202e}".as_bytes(), r"'\u{2028}\u{202e}'");
        check(b"caf\xe9", r"'caf\xe9'");
    }

    #[test]
    fn every_variable_and_value_is_listed_in_order() {
        let response = Request::get("/environ?a=b")
            .header("Accept", "*/*")
            .call(&in_memory());
        let (hello, listed) = response.text().split_once("\n\n").expect("an empty line");
        assert_eq!(hello, "Hello world!");
        let lines: Vec<_> = listed.lines().collect();
        assert!(lines.is_sorted(), "{lines:#?}");
        for line in [
            "HTTP_ACCEPT = '*/*'",
            "QUERY_STRING = 'a=b'",
            "REQUEST_METHOD = 'GET'",
            "wsgi.multithread = 'false'",
            "wsgi.url_scheme = 'http'",
            "wsgi.version = '(1, 0)'",
        ] {
            assert!(lines.contains(&line), "{line} in {lines:#?}");
        }
    }

    #[test]
    fn of_a_secret_only_the_length_is_shown() {
        for kind in ["text/plain", "text/html", "application/json"] {
            let request = Request::get("/environ").header("Accept", kind);
            let secret = request.header("Authorization", "Bearer opensesame");
            let response = secret.header("Cookie", "id=opensesame").call(&in_memory());
            assert!(
                response.text().contains("Bearer (10 bytes)"),
                "{}",
                response.text()
            );
            assert!(
                !response.text().contains("opensesame"),
                "{}",
                response.text()
            );
        }
    }

    #[test]
    fn the_path_is_divided_at_the_mount() {
        let response = Request::get("/environ/caf%C3%A9/%FF").call(&in_memory());
        assert!(response.text().contains("\nSCRIPT_NAME = '/environ'\n"));
        assert!(response.text().contains("\nPATH_INFO = '/café/\\xff'\n"));
    }

    #[test]
    fn people_get_a_table_and_programs_json_if_they_ask() {
        let path = "/environ/<script>";
        let people = Request::get(path).header("Accept", "text/html,*/*;q=0.8");
        let people = people.call(&in_memory());
        let content_type = people.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "text/html; charset=utf-8");
        let row = "<th scope=\"row\">PATH_<wbr>INFO</th><td>&#39;/&lt;script&gt;&#39;</td>";
        assert!(people.text().contains(row), "{}", people.text());
        let program = Request::get(path).header("Accept", "application/json");
        let program = program.call(&in_memory());
        let values: serde_json::Value = serde_json::from_str(program.text()).unwrap();
        assert_eq!(values["PATH_INFO"], "/<script>");
        let vary = program
            .headers()
            .get_all("Vary")
            .map(|value| value.to_string());
        assert!(vary.collect::<Vec<_>>().join(",").contains("Accept"));
    }

    #[test]
    fn the_list_is_plain_text() {
        let response = Request::get("/environ/<script>").call(&in_memory());
        let content_type = response.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "text/plain; charset=utf-8");
        assert!(response.text().contains("PATH_INFO = '/<script>'"));
    }
}
