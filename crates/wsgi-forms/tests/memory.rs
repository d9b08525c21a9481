//! The memory of the readers.

use std::io::{self, Read};

use wsgi_forms::{Boundary, Form, Limits, Multipart};

/// A body that notes the size of each read, and fills it.
struct Asked<'a> {
    body: &'a [u8],
    asked: &'a mut Vec<usize>,
}

impl Read for Asked<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.asked.push(buf.len());
        self.body.read(buf)
    }
}

fn body(headers: &str, data: &str) -> String {
    format!(
        "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n{headers}\r\n{data}\r\n--x--\r\n"
    )
}

#[test]
fn a_small_form_is_read_in_one_small_block_and_a_large_one_in_blocks_of_64_kib() {
    let asked = |body: &str| {
        let mut asked = Vec::new();
        let boundary = Boundary::new("x").unwrap();
        let body = body.as_bytes();
        let source = Asked {
            body,
            asked: &mut asked,
        };
        let mut form = Multipart::new(&boundary, source, &Limits::new());
        while form.next_part().unwrap().is_some() {}
        asked
    };
    assert_eq!(asked(&body("", "data")), [4 << 10]);
    let large = asked(&body("", &"data".repeat(1 << 18)));
    assert_eq!(large[0], 4 << 10);
    // A few bytes that could begin a boundary may be left over.
    let last = large[large.len() - 2];
    assert!(last > (64 << 10) - 10, "{last}");
    assert!(large.iter().all(|&asked| asked <= 64 << 10), "{large:?}");
    assert!(large.len() < 30, "{} reads", large.len());
}

#[test]
fn headers_within_the_limits_are_read_however_long_they_are() {
    let body = body(&format!("X-Long: {}\r\n", "a".repeat(200_000)), "data");
    let read =
        |limits: &Limits| Form::read("multipart/form-data; boundary=x", body.as_bytes(), limits);
    let form = read(&Limits::new().max_header_bytes(201_000)).unwrap();
    let file = form.file("f").unwrap();
    assert_eq!(file.head().headers().get("X-Long").unwrap().len(), 200_000);
    assert_eq!(file.bytes(), Some(&b"data"[..]));
    assert_eq!(read(&Limits::new()).unwrap_err().status_code(), 413);
}
