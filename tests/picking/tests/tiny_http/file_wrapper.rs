//! A part of a file.

use crate::served::response;

use std::{fs::File, io};
use tiny_http::{Request, Response};
use wsgi_file_wrapper::FileWrapper;

/// Sends the first sixteen bytes of a file, or all if it has fewer.
fn answer(request: Request) -> io::Result<()> {
    let file = FileWrapper::from_file(File::open("Cargo.toml")?);
    let length = file.remaining().unwrap_or(0).min(16);
    let part = file.with_range(0, length)?;
    let response = Response::empty(200).with_data(part, Some(length as usize));
    request.respond(response)
}

#[test]
fn a_part_of_a_file_is_sent() {
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let response = response(request, answer);
    assert!(
        response.contains("\r\nContent-Length: 16\r\n"),
        "{response}"
    );
    let manifest = include_str!("../../Cargo.toml");
    assert!(response.ends_with(&manifest[..16]), "{response}");
}
