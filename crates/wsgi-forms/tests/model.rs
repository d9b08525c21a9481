//! Forms against a simple model: a list of names and values.

use std::io::Read;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wsgi_forms::{
    Boundary, Entry, Event, Field, Form, Limits, MultipartDecoder, Upload, Urlencoded,
};

/// Names, file names of files, and data.
type Model = Vec<(String, Option<String>, Vec<u8>)>;

/// Writes a form as browsers do (HTML, "multipart/form-data encoding algorithm").
fn encode(boundary: &str, form: &Model) -> Vec<u8> {
    let escape = |text: &str| {
        text.replace('\n', "%0A")
            .replace('\r', "%0D")
            .replace('"', "%22")
    };
    let mut body = Vec::new();
    for (name, file_name, data) in form {
        let name = escape(name);
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        body.extend_from_slice(
            format!("Content-Disposition: form-data; name=\"{name}\"").as_bytes(),
        );
        if let Some(file_name) = file_name {
            let file_name = escape(file_name);
            body.extend_from_slice(
                format!("; filename=\"{file_name}\"\r\nContent-Type: image/png").as_bytes(),
            );
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

/// Writes a name as reqwest does. It is extended if it needs escapes in a path, and has fewer
/// escapes than RFC 8187 requires.
fn as_reqwest(name: &str) -> String {
    let escape = |c: char| match c {
        ' '
        | '"'
        | '#'
        | '%'
        | '/'
        | '<'
        | '>'
        | '?'
        | '`'
        | '{'
        | '}'
        | '\0'..'\x20'
        | '\x7f'.. => {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            bytes.map(|byte| format!("%{byte:02X}")).collect()
        }
        _ => c.to_string(),
    };
    let escaped: String = name.chars().map(escape).collect();
    match escaped == name {
        true => format!("name=\"{name}\""),
        false => format!("name*=utf-8''{escaped}"),
    }
}

/// The result of the decoder for pieces: heads, joined data, and the end.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Vec<u8>, String) {
    const LIMITS: Limits = Limits::new()
        .max_field_bytes(20)
        .max_header_bytes(100)
        .max_name_bytes(8)
        .max_fields(3);
    let mut decoder = MultipartDecoder::new(&Boundary::new("b").unwrap(), &LIMITS);
    let mut pieces = pieces.into_iter().peekable();
    let (mut input, mut heads, mut data) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let decoded = match decoder.decode(&input, pieces.peek().is_none()) {
            Ok(decoded) => decoded,
            Err(error) => return (heads, data, format!("{error:?}")),
        };
        let consumed: Vec<_> = input.drain(..decoded.consumed).collect();
        match decoded.event {
            Event::NeedMore => input.extend_from_slice(pieces.next().unwrap()),
            Event::Part(head) => heads.push(format!("{head:?}")),
            Event::Data => data.extend(consumed),
            Event::End => return (heads, data, "end".to_owned()),
            _ => {}
        }
    }
}

fn part() -> impl Strategy<Value = (String, Option<String>, Vec<u8>)> {
    let file_name = option::of("[a./\"ü; ]{1,5}");
    ("[a\"\r\nü;= ]{0,5}", file_name, vec(any::<u8>(), 0..60))
}

/// Words that occur in a multipart form, or look like them.
const WORDS: &[&str] = &[
    "\r\n--b",
    "--b",
    "\r\n",
    "\r",
    "\n",
    "--",
    "-",
    " ",
    "b",
    "x",
    "\r\n\r\n",
    "\0",
    "aaaaaaaaaaaa",
    "Content-Disposition: form-data; name=a",
    "; filename=\"f\"",
    "; filename*=UTF-8''%E9",
    "; name*=UTF-8''a",
    "Content-Disposition: form-data",
    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n",
];

/// The fields of an urlencoded text in memory.
fn parse(text: &[u8]) -> Vec<(String, String)> {
    let fields = Urlencoded::parse(text);
    fields
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// The fields of an urlencoded body.
fn read_urlencoded(body: impl Read) -> Vec<(String, String)> {
    let form = Form::read_urlencoded(body, &Limits::new()).unwrap();
    let pair = |field: &Field| (field.name().to_owned(), field.value().to_owned());
    form.fields().map(pair).collect()
}

proptest! {
    #[test]
    fn a_written_form_is_read_back(form in vec(part(), 0..6)) {
        let body = encode("WebKit", &form);
        let limits = Limits::new().max_memory_bytes(80);
        let content_type = "multipart/form-data; boundary=WebKit";
        let read = Form::read(content_type, &body[..], &limits).unwrap();
        prop_assert_eq!(read.entries().len(), form.len());
        for (entry, (name, file_name, data)) in read.entries().iter().zip(&form) {
            match entry {
                Entry::Field(field) => {
                    prop_assert!(file_name.is_none());
                    prop_assert_eq!(field.name(), name);
                    prop_assert_eq!(field.value(), String::from_utf8_lossy(data));
                }
                Entry::File(file) => {
                    let mut read = Vec::new();
                    file.reader().read_to_end(&mut read).unwrap();
                    prop_assert_eq!(file.name(), name);
                    prop_assert_eq!(Some(file.file_name()), file_name.as_deref());
                    prop_assert_eq!(&read, data);
                }
            }
        }
        let in_memory = read.files().filter_map(Upload::bytes).map(<[u8]>::len);
        prop_assert!(in_memory.sum::<usize>() <= 80);
    }

    #[test]
    fn names_are_read_as_reqwest_writes_them(name in "[ -:<-\\[\\]-~ü€😀]{0,12}", is_file in any::<bool>()) {
        let disposition = as_reqwest(&name);
        let file_name = if is_file { "; filename=\"a.txt\"" } else { "" };
        let body = format!(
            "--b\r\nContent-Disposition: form-data; {disposition}{file_name}\r\n\r\n1\r\n--b--\r\n"
        );
        let form = Form::read("multipart/form-data; boundary=b", body.as_bytes(), &Limits::new());
        match &form.unwrap().entries()[0] {
            Entry::Field(field) => prop_assert!(!is_file && field.name() == name, "{body}"),
            Entry::File(file) => prop_assert!(is_file && file.name() == name, "{body}"),
        }
    }

    #[test]
    fn any_bytes_decode_alike_however_they_are_cut(
        words in vec(prop::sample::select(WORDS), 0..24),
        size in 1_usize..6,
    ) {
        let body = words.concat().into_bytes();
        prop_assert_eq!(decode(body.chunks(size)), decode([&body[..]]));
    }

    #[test]
    fn a_written_urlencoded_form_is_read_back(
        form in vec(("[a&=+% ü]{0,5}", "[a&=+% ü]{0,9}"), 0..6),
    ) {
        let escape = |byte| format!("%{byte:02X}");
        let quote = |text: &str| text.bytes().map(escape).collect::<String>();
        let pair = |(name, value): &(String, String)| format!("{}={}", quote(name), quote(value));
        let body = form.iter().map(pair).collect::<Vec<_>>().join("&");
        prop_assert_eq!(&parse(body.as_bytes()), &form);
        prop_assert_eq!(&read_urlencoded(body.as_bytes()), &form);
    }

    #[test]
    fn any_urlencoded_bytes_are_read_alike_whole_and_byte_by_byte(
        bytes in vec(prop::sample::select(&b"&=+%a4\xc3\xbc"[..]), 0..40),
    ) {
        prop_assert_eq!(read_urlencoded(OneByOne(&bytes)), parse(&bytes));
    }
}

/// A body that gives one byte for each read.
struct OneByOne<'a>(&'a [u8]);

impl Read for OneByOne<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let size = buf.len().min(1);
        self.0.read(&mut buf[..size])
    }
}
