//! A form decodes to the same whole and in pieces, by the decoder and by the readers, within its
//! limits.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use wsgi_forms::{
    Boundary, Entry, Event, Form, FormError, Limits, Multipart, MultipartDecoder, Urlencoded,
};
use wsgi_fuzz::pieces;

/// Limits so small that a fuzzer reaches each.
const LIMITS: Limits = Limits::new()
    .max_fields(4)
    .max_files(2)
    .max_name_bytes(16)
    .max_field_bytes(32)
    .max_file_bytes(48)
    .max_header_bytes(128)
    .max_headers(3)
    .max_text_bytes(256)
    .max_memory_bytes(16);

/// The limit of buffered bytes: those of the headers, or of a boundary and its padding.
const MAX_LEFT_OVER: usize = 350;

#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    heads: Vec<String>,
    data: Vec<Vec<u8>>,
    error: Option<String>,
}

fn decode<'a>(boundary: &Boundary, pieces: impl Iterator<Item = &'a [u8]>) -> Told {
    let mut decoder = MultipartDecoder::new(boundary, &LIMITS);
    let mut pieces = pieces.peekable();
    let (mut told, mut input) = (Told::default(), Vec::new());
    loop {
        let ended = pieces.peek().is_none();
        let decoded = match decoder.decode(&input, ended) {
            Ok(decoded) => decoded,
            Err(error) => {
                let again = decoder.decode(&input, ended).unwrap_err();
                assert_eq!(format!("{again:?}"), format!("{error:?}"));
                told.error = Some(format!("{error:?}"));
                return told;
            }
        };
        let data: Vec<_> = input.drain(..decoded.consumed).collect();
        match decoded.event {
            Event::NeedMore => {
                assert!(!ended && input.len() <= MAX_LEFT_OVER);
                input.extend_from_slice(pieces.next().unwrap());
            }
            Event::Part(head) => {
                assert!(head.name().len() <= 16 && head.headers().len() <= 3);
                told.heads.push(format!("{head:?}"));
                told.data.push(Vec::new());
            }
            Event::Data => {
                assert!(!data.is_empty());
                told.data.last_mut().unwrap().extend(data);
            }
            Event::PartEnd | Event::Skipped => assert!(!data.is_empty()),
            _ => return told,
        }
    }
}

fn read(boundary: &Boundary, body: impl Read) -> Told {
    let mut told = Told::default();
    let mut form = Multipart::new(boundary, body, &LIMITS);
    let error: FormError = loop {
        match form.next_part() {
            Ok(Some(mut part)) => {
                told.heads.push(format!("{:?}", part.head()));
                told.data.push(Vec::new());
                if let Err(error) = part.read_to_end(told.data.last_mut().unwrap()) {
                    break error.into();
                }
            }
            Ok(None) => return told,
            Err(error) => break error,
        }
    };
    told.error = Some(format!("{error:?}"));
    told
}

/// A body that returns one piece for each read.
struct Pieces<I>(I);

impl<'a, I: Iterator<Item = &'a [u8]>> Read for Pieces<I> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let piece = self.0.next().unwrap_or_default();
        buf[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, body)) = input.split_first() else {
        return;
    };
    let boundary = Boundary::new("b").unwrap();
    let whole = decode(&boundary, std::iter::once(body));
    assert_eq!(decode(&boundary, pieces(body, seed)), whole);
    assert_eq!(read(&boundary, Pieces(pieces(body, seed))), whole);

    if let Ok(form) = Form::read_multipart(&boundary, body, &LIMITS) {
        assert_eq!(whole.error, None);
        let in_memory: u64 = form
            .files()
            .filter(|file| file.bytes().is_some())
            .map(|file| file.len())
            .sum();
        assert!(in_memory <= 16);
        let mut all = whole.data.iter();
        for entry in form.entries() {
            if let Entry::File(file) = entry {
                let mut read = Vec::new();
                file.reader().read_to_end(&mut read).unwrap();
                assert!(all.any(|data| *data == read));
            }
        }
    }

    if let Ok(form) = Form::read_urlencoded(Pieces(pieces(body, seed)), &LIMITS) {
        let parsed: Vec<_> = Urlencoded::parse(body).collect();
        let read: Vec<_> = form
            .fields()
            .map(|field| (field.name().into(), field.value().into()))
            .collect();
        assert_eq!(parsed, read);
    }
    // Any Content-Type is parsed or refused.
    let _ = Boundary::from_content_type(body);
});
