//! Bodies in files, with the expected results.
//!
//! `bodies/NAME.http` is a Content-Type and a body, byte for byte. `NAME.txt` is the result of the
//! decoder. Each body is decoded whole, byte by byte, and in two pieces for every cut. The readers
//! must give the same result. `BLESS=1` writes the results anew.

use std::{
    env,
    fmt::Write,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use wsgi_forms::{
    Boundary, Entry, Event, Form, FormError, Limits, Multipart, MultipartDecoder, PartHead,
};

/// Limits that small bodies exceed.
const LIMITS: Limits = Limits::new()
    .max_fields(5)
    .max_name_bytes(40)
    .max_field_bytes(100)
    .max_header_bytes(500)
    .max_headers(8)
    .max_memory_bytes(4);

#[test]
fn bodies_decode_to_their_expected_results_however_they_are_cut() {
    let paths = fixtures();
    assert!(paths.len() > 50, "{} bodies", paths.len());
    for path in paths {
        let (content_type, body) = read(&path);
        let text = path.with_extension("txt");
        let whole = Recorder::of(&content_type, [&body[..]]);
        if env::var_os("BLESS").is_some() {
            fs::write(&text, &whole).unwrap();
        }
        let expected = fs::read_to_string(&text).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy();
        assert_eq!(whole, expected, "{name}, whole");
        let bytes = Recorder::of(&content_type, body.chunks(1));
        assert_eq!(bytes, expected, "{name}, byte by byte");
        for at in 0..body.len() {
            let (first, second) = body.split_at(at);
            let cut = Recorder::of(&content_type, [first, second]);
            assert_eq!(cut, expected, "{name}, cut at {at}");
        }
    }
}

#[test]
fn the_readers_give_the_results_of_the_decoder() {
    for path in fixtures() {
        let (content_type, body) = read(&path);
        let expected = Recorder::of(&content_type, [&body[..]]);
        let name = path.file_stem().unwrap().to_string_lossy();
        for size in [1, 3, 100_000] {
            let multipart = read_parts(&content_type, Slow::new(&body, size));
            assert_eq!(multipart, expected, "{name}, {size} bytes at a time");
        }
        let form = read_form(&content_type, Slow::new(&body, 1));
        // `Form` also reads another kind of form.
        let expected = expected.replace("415 NotMultipart", "415 ContentType");
        let last = expected.lines().last().unwrap();
        assert_eq!(form.lines().last().unwrap(), last, "{name}");
        if last == "end" {
            assert_eq!(form, of_form(&expected), "{name}");
        }
    }
}

#[test]
fn a_cut_body_gives_its_data_before_the_error() {
    let head = "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    for data in [
        "",
        "1",
        "1\r",
        "1\r\n",
        "1\r\n--",
        "1\r\n--xy",
        "1\r\n--xyz",
        "1\r\n--xyz-",
    ] {
        let body = format!("{head}{data}");
        for size in [1, 100_000] {
            let body = Slow::new(body.as_bytes(), size);
            let mut form = Multipart::new(&Boundary::new("xyz").unwrap(), body, &LIMITS);
            let mut part = form.next_part().unwrap().unwrap();
            let mut read = Vec::new();
            let error = part.read_to_end(&mut read).unwrap_err();
            assert!(
                matches!(FormError::from(error), FormError::Truncated),
                "{data:?}"
            );
            assert_eq!(
                String::from_utf8(read).unwrap(),
                data,
                "{size} bytes at a time"
            );
        }
    }
}

#[test]
fn parts_that_are_not_read_are_skipped() {
    for path in fixtures() {
        let (content_type, body) = read(&path);
        let expected = Recorder::of(&content_type, [&body[..]]);
        let Ok(boundary) = Boundary::from_content_type(&content_type) else {
            continue;
        };
        let mut form = Multipart::new(&boundary, Slow::new(&body, 7), &LIMITS);
        let mut parts = 0;
        let end = loop {
            match form.next_part() {
                Ok(Some(mut part)) => {
                    // Reads some, but not all of it.
                    let _ = part.read(&mut [0]);
                    parts += 1;
                }
                Ok(None) => break "end".to_owned(),
                Err(error) => break describe(&error),
            }
        };
        let name = path.file_stem().unwrap().to_string_lossy();
        let expected_parts = expected.lines().filter(|line| line.starts_with("part"));
        assert_eq!(parts, expected_parts.count(), "{name}");
        assert_eq!(end, expected.lines().last().unwrap(), "{name}");
    }
}

/// The result without the parts that a `Form` leaves out: those without a name, and those of
/// controls in which no file was chosen.
fn of_form(text: &str) -> String {
    let unchosen = "part \"none\" file \"\" base None type \"application/octet-stream\"";
    let mut is_kept = true;
    let keep = |line: &&str| {
        if !line.starts_with("  data ") {
            is_kept = !line.starts_with("part without name") && *line != unchosen;
        }
        is_kept
    };
    text.lines()
        .filter(keep)
        .fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        })
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bodies");
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "http")
    });
    paths.sort();
    paths
}

fn read(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let field = str::from_utf8(&bytes[..end]).unwrap();
    let content_type = field.strip_prefix("Content-Type: ").unwrap();
    (content_type.to_owned(), bytes[end + 4..].to_vec())
}

/// The events as text, with the pieces of data joined.
#[derive(Default)]
struct Recorder {
    text: String,
    data: Vec<u8>,
}

impl Recorder {
    /// The result of the decoder for a body in pieces.
    fn of<'a>(content_type: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut recorder = Self::default();
        let end = match Boundary::from_content_type(content_type) {
            Ok(boundary) => recorder.decode(&boundary, pieces),
            Err(error) => Err(error),
        };
        recorder.finish(end)
    }

    fn decode<'a>(
        &mut self,
        boundary: &Boundary,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), FormError> {
        let mut decoder = MultipartDecoder::new(boundary, &LIMITS);
        let mut pieces = pieces.into_iter().peekable();
        let mut input = Vec::new();
        loop {
            let ended = pieces.peek().is_none();
            let decoded = match decoder.decode(&input, ended) {
                Ok(decoded) => decoded,
                Err(error) => {
                    let again = decoder.decode(&input, ended).unwrap_err();
                    assert_eq!(describe(&again), describe(&error), "an error is repeated");
                    return Err(error);
                }
            };
            let consumed: Vec<_> = input.drain(..decoded.consumed).collect();
            match decoded.event {
                Event::NeedMore => {
                    assert!(!ended, "no more bytes follow");
                    assert!(input.len() <= 512, "{} bytes are left over", input.len());
                    input.extend_from_slice(pieces.next().unwrap());
                }
                Event::Skipped => assert!(!consumed.is_empty()),
                Event::Part(head) => self.part(&head),
                Event::Data => {
                    assert!(!consumed.is_empty());
                    self.data.extend_from_slice(&consumed);
                }
                Event::PartEnd => self.part_end(),
                Event::End => return Ok(()),
                event => panic!("unknown: {event:?}"),
            }
        }
    }

    fn part(&mut self, head: &PartHead) {
        match head.has_name() {
            true => write!(self.text, "part {:?}", head.name()).unwrap(),
            false => {
                assert_eq!(head.name(), "");
                self.text.push_str("part without name");
            }
        }
        if let Some(file_name) = head.file_name() {
            write!(self.text, " file {file_name:?} base {:?}", head.base_name()).unwrap();
        }
        writeln!(self.text, " type {:?}", head.content_type()).unwrap();
        self.data.clear();
    }

    fn part_end(&mut self) {
        // A `Form` decodes fields in the same way.
        let data = String::from_utf8_lossy(&self.data);
        writeln!(self.text, "  data {data:?}").unwrap();
    }

    fn finish(mut self, end: Result<(), FormError>) -> String {
        let end = end.map_or_else(|error| describe(&error), |()| "end".to_owned());
        writeln!(self.text, "{end}").unwrap();
        self.text
    }
}

fn describe(error: &FormError) -> String {
    format!("{} {error:?}", error.status_code())
}

fn read_parts(content_type: &str, body: impl Read) -> String {
    let mut recorder = Recorder::default();
    let read = || {
        let mut form = Multipart::new(&Boundary::from_content_type(content_type)?, body, &LIMITS);
        while let Some(mut part) = form.next_part()? {
            recorder.part(part.head());
            part.read_to_end(&mut recorder.data)?;
            recorder.part_end();
        }
        Ok(())
    };
    let end = read();
    recorder.finish(end)
}

fn read_form(content_type: &str, body: impl Read) -> String {
    let mut recorder = Recorder::default();
    let form = match Form::read(content_type, body, &LIMITS) {
        Ok(form) => form,
        Err(error) => return recorder.finish(Err(error)),
    };
    for entry in form.entries() {
        match entry {
            Entry::Field(field) => {
                recorder.part(field.head());
                recorder.data.extend_from_slice(field.value().as_bytes());
            }
            Entry::File(file) => {
                recorder.part(file.head());
                assert!(file.bytes().is_none() || file.len() <= 4);
                file.reader().read_to_end(&mut recorder.data).unwrap();
                assert_eq!(file.len(), recorder.data.len() as u64);
            }
        }
        recorder.part_end();
    }
    recorder.finish(Ok(()))
}

/// A body that gives at most `size` bytes for each read, with interruptions.
struct Slow<'a> {
    body: &'a [u8],
    size: usize,
    interrupted: bool,
}

impl<'a> Slow<'a> {
    fn new(body: &'a [u8], size: usize) -> Self {
        Self {
            body,
            size,
            interrupted: false,
        }
    }
}

impl Read for Slow<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self.size.min(buf.len());
        self.body.read(&mut buf[..size])
    }
}
