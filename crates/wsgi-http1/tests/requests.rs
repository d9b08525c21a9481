//! Requests as files, with the expected result of each.
//!
//! `requests/valid/NAME.http` holds the bytes of a client, and `NAME.txt` the result of the codec.
//! In `requests/invalid/`, the result is the status of the answer and the reason. Each request is
//! parsed whole, byte by byte, and in two pieces, which are cut at every place of a short request.
//! `BLESS=1` writes the results of valid requests anew, so that the difference can be reviewed.

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use wsgi_http1::{BodyDecoder, BodyLength, Limits, Rejection, RequestHead};

/// Limits low enough for small files to exceed.
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
            format!("{} {rejection:?}\n", rejection.status_code()),
            expected,
            "{}",
            path.display()
        );
        check(&path, &bytes, &(before, Some(rejection)));
    }
}

/// The requests in a folder, sorted by name.
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
    assert!(paths.len() > 50, "fixtures are missing");
    paths
}

/// Checks that `bytes` have the expected result, however they are cut.
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

/// A connection that records the results of the codec as text.
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
    fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut connection = Self::default();
        for piece in pieces {
            connection.received.extend_from_slice(piece);
            connection.advance();
        }
        connection
    }

    /// Returns the record, after parsing an incomplete head once more as if it had come whole.
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
        let body = self.body.as_mut().expect("a body");
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
