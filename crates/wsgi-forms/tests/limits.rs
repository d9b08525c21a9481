//! Limits, at their edge and past it.

use std::io::{self, Read};

use wsgi_forms::{
    Boundary, Event, Form, FormError, Limits, Multipart, MultipartDecoder, UrlencodedReader,
};

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

/// A part with the boundary before it.
fn part(disposition: &str, data: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{data}\r\n")
}

fn form(parts: &[String]) -> String {
    format!("{}--x--\r\n", parts.concat())
}

/// Checks that a body is within the first limits and exceeds the second ones.
#[track_caller]
fn check(content_type: &str, body: &str, enough: Limits, too_few: Limits, expected: &str) {
    Form::read(content_type, body.as_bytes(), &enough).unwrap();
    let error = Form::read(content_type, body.as_bytes(), &too_few).unwrap_err();
    assert_eq!(format!("{error:?}"), expected);
    assert_eq!(error.status_code(), 413);
}

const NEW: Limits = Limits::new();

#[test]
fn an_urlencoded_form_is_limited() {
    let check =
        |body, enough, too_few, expected| check(URLENCODED, body, enough, too_few, expected);
    check(
        "a=1&b=2",
        NEW.max_body_bytes(7),
        NEW.max_body_bytes(6),
        "BodyTooLarge",
    );
    check(
        "a&b&&c",
        NEW.max_fields(3),
        NEW.max_fields(2),
        "TooManyFields",
    );
    check(
        "abc=1",
        NEW.max_name_bytes(3),
        NEW.max_name_bytes(2),
        "NameTooLong",
    );
    check(
        "%61%62%63",
        NEW.max_name_bytes(3),
        NEW.max_name_bytes(2),
        "NameTooLong",
    );
    check(
        "a=123",
        NEW.max_field_bytes(3),
        NEW.max_field_bytes(2),
        "FieldTooLarge",
    );
    check(
        "a=%31+%33",
        NEW.max_field_bytes(3),
        NEW.max_field_bytes(2),
        "FieldTooLarge",
    );
    check(
        "a=123&b=4",
        NEW.max_text_bytes(6),
        NEW.max_text_bytes(5),
        "TextTooLarge",
    );
}

#[test]
fn a_multipart_form_is_limited() {
    let body = form(&[part("name=abc", "123"), part("name=d", "4")]);
    let check = |enough, too_few, expected| check(MULTIPART, &body, enough, too_few, expected);
    let size = body.len() as u64;
    // Bytes after the final boundary are not needed.
    check(
        NEW.max_body_bytes(size),
        NEW.max_body_bytes(size - 5),
        "BodyTooLarge",
    );
    check(NEW.max_fields(2), NEW.max_fields(1), "TooManyFields");
    check(NEW.max_name_bytes(3), NEW.max_name_bytes(2), "NameTooLong");
    check(
        NEW.max_field_bytes(3),
        NEW.max_field_bytes(2),
        "FieldTooLarge",
    );
    let headers = "Content-Disposition: form-data; name=abc\r\n\r\n".len();
    check(
        NEW.max_header_bytes(headers),
        NEW.max_header_bytes(headers - 1),
        "HeadersTooLarge",
    );
    check(NEW.max_headers(1), NEW.max_headers(0), "HeadersTooLarge");
    let text = 2 * headers - 4 - 2 + 4;
    check(
        NEW.max_text_bytes(text),
        NEW.max_text_bytes(text - 1),
        "TextTooLarge",
    );
}

#[test]
fn the_files_of_a_form_are_limited() {
    let field = part("name=a", "12345");
    let files = [
        part("name=f; filename=b", "123"),
        part("name=g; filename=c", "4"),
    ];
    let body = form(&[&[field.clone()][..], &files].concat());
    let check = |body: &str, enough, too_few, expected| {
        check(MULTIPART, body, enough, too_few, expected);
    };
    check(
        &body,
        NEW.max_file_bytes(3),
        NEW.max_file_bytes(2),
        "FileTooLarge",
    );
    check(&body, NEW.max_files(2), NEW.max_files(1), "TooManyFiles");
    // An empty file counts as well.
    let empty = form(&[part("name=f; filename=b", "")]);
    check(&empty, NEW.max_files(1), NEW.max_files(0), "TooManyFiles");
    // A control without a file does not, unless it has data.
    let unnamed = |data| part("name=f; filename=\"\"", data);
    let none_chosen = form(&[unnamed(""), files[0].clone(), unnamed("")]);
    check(
        &none_chosen,
        NEW.max_files(1),
        NEW.max_files(0),
        "TooManyFiles",
    );
    let data = form(&[unnamed(""), unnamed("123"), unnamed("4")]);
    check(&data, NEW.max_files(2), NEW.max_files(1), "TooManyFiles");
    check(
        &data,
        NEW.max_file_bytes(3),
        NEW.max_file_bytes(2),
        "FileTooLarge",
    );
}

#[test]
fn a_form_with_too_many_files_stays_so_however_it_is_cut() {
    let body = form(&[
        part("name=f; filename=b", "123"),
        part("name=f; filename=\"\"", "456"),
        part("name=f; filename=c", "789"),
    ]);
    for (files, seen) in [(0, ""), (1, "123"), (2, "123456")] {
        let limits = NEW.max_files(files);
        let mut decoder = MultipartDecoder::new(&Boundary::new("x").unwrap(), &limits);
        let (mut data, mut start, mut end) = (String::new(), 0, 0);
        let error = loop {
            let decoded = match decoder.decode(&body.as_bytes()[start..end], false) {
                Ok(decoded) => decoded,
                Err(error) => break error,
            };
            match decoded.event {
                Event::NeedMore => end += 1,
                Event::Data => data.push_str(&body[start..start + decoded.consumed]),
                _ => {}
            }
            start += decoded.consumed;
        };
        assert!(matches!(error, FormError::TooManyFiles), "{error:?}");
        assert_eq!(data, seen);
        let again = decoder.decode(&body.as_bytes()[start..], true);
        assert!(matches!(again, Err(FormError::TooManyFiles)), "{again:?}");
    }
}

#[test]
fn the_bytes_before_the_limit_are_never_taken_for_the_whole_form() {
    let mut fields = UrlencodedReader::new(&b"a=1&b=23"[..], &NEW.max_body_bytes(7));
    assert_eq!(fields.next_field().unwrap().unwrap().value(), "1");
    for _ in 0..3 {
        let error = fields.next_field().unwrap_err();
        assert!(matches!(error, FormError::BodyTooLarge), "{error:?}");
    }

    let body = form(&[part("name=a", "1"), part("name=f; filename=f", "data")]);
    for total in 0..body.len() - "--\r\n".len() {
        let limits = NEW.max_body_bytes(total as u64);
        let mut form = Multipart::new(&Boundary::new("x").unwrap(), body.as_bytes(), &limits);
        let first = loop {
            match form.next_part() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{total} bytes were taken for a form"),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(first, FormError::BodyTooLarge),
            "{total}: {first:?}"
        );
        let again = form.next_part().unwrap_err();
        assert!(
            matches!(again, FormError::BodyTooLarge),
            "{total}: {again:?}"
        );
    }
}

#[test]
fn an_unfinished_field_is_refused_once_it_is_too_large() {
    #[track_caller]
    fn check(start: &str, byte: u8, expected: &str) {
        let body = start.as_bytes().chain(io::repeat(byte));
        let error = Form::read_urlencoded(body, &NEW).unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
    }
    check("", b'a', "NameTooLong");
    check("a=", b'a', "FieldTooLarge");
    check("a=", b'=', "FieldTooLarge");
}

#[test]
fn a_field_of_escapes_is_within_the_limits_also_byte_by_byte() {
    let limits = NEW.max_name_bytes(2).max_field_bytes(3);
    let body = b"%61%62=%31%32%33";
    let mut bytes: Box<dyn Read> = Box::new(io::empty());
    for byte in body {
        bytes = Box::new(bytes.chain(std::slice::from_ref(byte)));
    }
    let form = Form::read_urlencoded(bytes, &limits).unwrap();
    assert_eq!(form.get("ab"), Some("123"));
}

#[test]
fn an_endless_body_is_refused() {
    for (content_type, start) in [
        (URLENCODED, "a="),
        (URLENCODED, "a=1&&"),
        (URLENCODED, "aaa"),
        (MULTIPART, "preamble"),
        (
            MULTIPART,
            "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
        ),
        (
            MULTIPART,
            "--x\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n",
        ),
        (MULTIPART, "--x\r\nX-A: "),
        (MULTIPART, "--x"),
    ] {
        for byte in [b'a', b'&', b' ', b'\r', b'\n', b'-'] {
            let body = start.as_bytes().chain(io::repeat(byte));
            let limits = NEW.max_body_bytes(1 << 20).max_field_bytes(1 << 10);
            let error = Form::read(content_type, body, &limits).unwrap_err();
            let code = error.status_code();
            assert!(matches!(code, 400 | 413), "{start:?} {byte}: {error:?}");
        }
    }
}

#[test]
fn files_past_the_memory_limit_are_on_disk_and_read_alike() {
    let sizes = [3, 4, 5, 1, 0, 70_000, 2];
    let data = |size: usize| {
        (0..size)
            .map(|i| char::from(b'a' + (i % 26) as u8))
            .collect::<String>()
    };
    let parts: Vec<_> = sizes
        .map(|size| part("name=f; filename=f", &data(size)))
        .into();
    let form = Form::read(MULTIPART, form(&parts).as_bytes(), &NEW.max_memory_bytes(8)).unwrap();

    let in_memory: Vec<_> = form.files().map(|file| file.bytes().is_some()).collect();
    assert_eq!(in_memory, [true, true, false, true, true, false, false]);

    // All at once: files on disk share one, and must not move each other's position.
    let mut readers: Vec<_> = form
        .files()
        .map(|file| (file.reader(), Vec::new()))
        .collect();
    for _ in 0..40_000 {
        for (reader, read) in &mut readers {
            reader.take(2).read_to_end(read).unwrap();
        }
    }
    for ((_, read), size) in readers.iter().zip(sizes) {
        assert_eq!(String::from_utf8_lossy(read), data(size));
    }
}

#[test]
fn a_persisted_file_replaces_an_existing_one_and_outlives_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stored");
    std::fs::write(&path, "before").unwrap();
    for memory in [0, 100] {
        let body = form(&[part("name=f; filename=f", "data")]);
        let form = Form::read(MULTIPART, body.as_bytes(), &NEW.max_memory_bytes(memory)).unwrap();
        form.file("f").unwrap().persist(&path).unwrap();
        drop(form);
        assert_eq!(std::fs::read(&path).unwrap(), b"data");
    }
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing is left over"
    );
}

#[test]
fn an_error_of_the_reader_is_passed_on_unchanged() {
    struct Broken(io::ErrorKind);
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(self.0, "broken"))
        }
    }
    let start = part("name=a", "1");
    for (kind, status) in [
        (io::ErrorKind::ConnectionAborted, 400),
        (io::ErrorKind::TimedOut, 408),
        (io::ErrorKind::FileTooLarge, 413),
        (io::ErrorKind::Other, 500),
    ] {
        let body = || start.as_bytes().chain(Broken(kind));
        for content_type in [URLENCODED, MULTIPART] {
            let error = Form::read(content_type, body(), &NEW).unwrap_err();
            assert_eq!(error.status_code(), status);
            assert!(matches!(error, FormError::Read(error) if error.to_string() == "broken"));
        }
        let mut form = Multipart::new(
            &Boundary::from_content_type(MULTIPART).unwrap(),
            body(),
            &NEW,
        );
        let mut part = form.next_part().unwrap().unwrap();
        let error = part.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, "broken"));
    }
}

#[test]
fn an_urlencoded_reader_is_an_iterator_and_repeats_its_error() {
    let mut fields = UrlencodedReader::new(&b"a=1&&b=2&c=3"[..], &NEW.max_fields(2));
    assert_eq!(format!("{fields:?}"), "UrlencodedReader { fields: 0, .. }");
    for (name, value) in [("a", "1"), ("b", "2")] {
        let field = fields.next().unwrap().unwrap();
        assert_eq!((field.name(), field.value()), (name, value));
    }
    for _ in 0..2 {
        let error = fields.next().unwrap().unwrap_err();
        assert!(matches!(error, FormError::TooManyFields), "{error:?}");
    }
    assert!(UrlencodedReader::new(&b"&"[..], &NEW).next().is_none());
}
