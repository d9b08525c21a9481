//! Requests as files, and what has to come of them.
//!
//! `requests/valid/NAME.http` is what a client sent, byte for byte, and `NAME.txt` what the codec
//! makes of it; for `requests/invalid/` that is the status of the answer and the reason. Each is
//! given whole, byte by byte, and in two pieces, cut at every place of a short one. `BLESS=1` writes the valid ones'
//! texts, for a look at the difference.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use wsgi_http1::{BodyDecoder, BodyLength, Limits, Rejection, RequestHead};

/// Limits that small files can exceed.
const LIMITS: Limits = Limits::new()
    .max_target_bytes(100)
    .max_head_bytes(1000)
    .max_fields(20)
    .max_body_bytes(2000);

#[test]
fn valid_requests_are_understood() {
    for path in fixtures("valid") {
        let bytes = fs::read(&path).unwrap();
        let text = path.with_extension("txt");
        if env::var_os("BLESS").is_some() {
            fs::write(&text, Connection::of([&bytes[..]]).finish().0).unwrap();
        }
        check(&path, &bytes, &(fs::read_to_string(&text).unwrap(), None));
    }
}

#[test]
fn invalid_requests_are_refused() {
    for path in fixtures("invalid") {
        let bytes = fs::read(&path).unwrap();
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap();
        let (before, rejection) = Connection::of([&bytes[..]]).finish();
        let rejection =
            rejection.unwrap_or_else(|| panic!("{} was not refused:\n{before}", path.display()));
        assert_eq!(
            format!("{} {rejection:?}\n", rejection.status()),
            expected,
            "{}",
            path.display()
        );
        check(&path, &bytes, &(before, Some(rejection)));
    }
}

/// The requests of a folder, by name.
fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/requests")
        .join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "http")
        })
        .collect();
    paths.sort();
    assert!(paths.len() > 50, "the fixtures are there");
    paths
}

/// Checks that `bytes` come to the same however they are cut.
#[track_caller]
fn check(path: &Path, bytes: &[u8], expected: &(String, Option<Rejection>)) {
    let name = path.display();
    assert_eq!(&Connection::of([bytes]).finish(), expected, "{name}, whole");
    assert_eq!(
        &Connection::of(bytes.chunks(1)).finish(),
        expected,
        "{name}, byte by byte"
    );
    for at in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
        let (first, second) = bytes.split_at(at);
        assert_eq!(
            &Connection::of([first, second]).finish(),
            expected,
            "{name}, cut at {at}"
        );
    }
}

/// What the codec makes of the bytes of a connection, as text.
#[derive(Default)]
struct Connection {
    text: String,
    data: Vec<u8>,
    received: Vec<u8>,
    head: RequestHead,
    body: Option<BodyDecoder>,
    rejection: Option<Rejection>,
}

impl Connection {
    fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Connection {
        let mut connection = Connection::default();
        for piece in pieces {
            connection.received.extend_from_slice(piece);
            connection.advance();
        }
        connection
    }

    /// What was told until now, once an incomplete head was parsed as if it had come whole.
    fn finish(mut self) -> (String, Option<Rejection>) {
        self.head.reset();
        self.advance();
        self.tell_data();
        if self.rejection.is_none() && (self.body.is_some() || !self.received.is_empty()) {
            self.text.push_str("incomplete\n");
        }
        (self.text, self.rejection)
    }

    fn advance(&mut self) {
        while self.rejection.is_none() {
            let step = if self.body.is_some() {
                self.body()
            } else {
                self.head()
            };
            match step {
                Ok(true) => {}
                Ok(false) => break,
                Err(rejection) => self.rejection = Some(rejection),
            }
        }
    }

    fn head(&mut self) -> Result<bool, Rejection> {
        let Some(length) = self.head.parse(&self.received, &LIMITS)? else {
            return Ok(false);
        };
        self.tell_head(length).unwrap();
        self.body = Some(BodyDecoder::new(self.head.body_length(), &LIMITS));
        self.received.drain(..length);
        Ok(true)
    }

    fn body(&mut self) -> Result<bool, Rejection> {
        let body = self.body.as_mut().expect("a body is being read");
        let decoded = body.decode(&self.received)?;
        self.data.extend_from_slice(&self.received[decoded.data]);
        self.received.drain(..decoded.consumed);
        if decoded.finished {
            self.body = None;
            self.tell_data();
        }
        Ok(decoded.finished || decoded.consumed > 0)
    }

    fn tell_head(&mut self, length: usize) -> std::fmt::Result {
        let (head, bytes, out) = (&self.head, &self.received[..length], &mut self.text);
        let method = head.method(bytes).escape_ascii();
        let target = head.target(bytes).escape_ascii();
        writeln!(out, "{method} {target} {}", head.protocol())?;
        let path = head.path(bytes).escape_ascii();
        write!(out, "  {:?} form, path {path}", head.target_form())?;
        if let Some(query) = head.query(bytes) {
            write!(out, ", query {}", query.escape_ascii())?;
        }
        if let Some(host) = head.host(bytes) {
            write!(out, ", host {}", host.escape_ascii())?;
        }
        writeln!(out)?;
        for field in head.fields() {
            let name = field.name(bytes).escape_ascii();
            writeln!(out, "  {name}: {}", field.value(bytes).escape_ascii())?;
        }
        write!(
            out,
            "  body {}",
            match head.body_length() {
                BodyLength::None => String::from("none"),
                BodyLength::Known(length) => format!("of {length}"),
                BodyLength::Chunked => String::from("in chunks"),
            }
        )?;
        let after = if head.keep_alive() {
            "keep alive"
        } else {
            "close"
        };
        writeln!(
            out,
            ", {after}{}",
            if head.expects_continue() {
                ", continue"
            } else {
                ""
            }
        )
    }

    fn tell_data(&mut self) {
        if !self.data.is_empty() {
            writeln!(self.text, "  data {}", self.data.escape_ascii()).unwrap();
            self.data.clear();
        }
    }
}
