//! File wrappers.

use std::{
    fs::File,
    io::{Seek, Write},
};

use wsgi::{Application, Body, FileWrapper, Status, application};

use super::{pattern, start};
use crate::{case::Case, expected::Expected, request::Request};

const LENGTH: usize = 1_000_000;

pub(super) fn cases() -> [Case; 9] {
    // The system calls the first of these empty, and makes its bytes as they are read.
    let (made, content) = match cfg!(target_os = "linux") {
        true => ("/proc/sys/kernel/ostype", "Linux\n"),
        false => ("/dev/null", ""),
    };
    [
        Case::new(
            "a_file",
            sends(LENGTH, |file| Ok(FileWrapper::from_file(file).into())),
            Request::get(""),
            Expected::ok(pattern(LENGTH)).field("Content-Length", LENGTH.to_string()),
        ),
        Case::new(
            "an_empty_file",
            sends(0, |file| Ok(FileWrapper::from_file(file).into())),
            Request::get(""),
            Expected::ok(""),
        ),
        Case::new(
            "a_file_that_the_system_makes",
            application(move |_environ, start_response| {
                start(start_response)?;
                Ok(FileWrapper::from_file(File::open(made)?).into())
            }),
            Request::get(""),
            Expected::ok(content),
        ),
        Case::new(
            "the_head_of_a_file",
            sends(LENGTH, |file| Ok(FileWrapper::from_file(file).into())),
            Request::head(""),
            Expected::ok("").field("Content-Length", LENGTH.to_string()),
        ),
        Case::new(
            "a_range_of_a_file",
            sends(LENGTH, |file| {
                Ok(FileWrapper::from_file(file)
                    .with_range(100_000, 200_000)?
                    .into())
            }),
            Request::get(""),
            Expected::ok(&pattern(LENGTH)[100_000..300_000]),
        ),
        Case::new(
            "a_file_from_its_position",
            sends(LENGTH, |mut file| {
                file.seek(std::io::SeekFrom::Start(999_000))?;
                Ok(FileWrapper::from_file(file).into())
            }),
            Request::get(""),
            Expected::ok(&pattern(LENGTH)[999_000..]),
        ),
        Case::new(
            "a_file_after_written_bytes",
            application(|_environ, start_response| {
                start(start_response)?.write_all(b"a file: ")?;
                Ok(FileWrapper::from_file(file(1000)?).into())
            }),
            Request::get(""),
            Expected::ok([b"a file: ", pattern(1000)].concat()),
        ),
        Case::new(
            "a_reader_of_unknown_length",
            application(|_environ, start_response| {
                start(start_response)?;
                let reader = std::io::Cursor::new(pattern(LENGTH));
                Ok(FileWrapper::new(reader).with_block_size(10_007).into())
            }),
            Request::get(""),
            Expected::ok(pattern(LENGTH)),
        ),
        Case::new(
            "a_file_of_declared_length",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("Content-Length", "1000")];
                start_response.start(Status::OK, fields)?;
                Ok(FileWrapper::from_file(file(1000)?).into())
            }),
            Request::get(""),
            Expected::ok(pattern(1000)).field("Content-Length", "1000"),
        ),
    ]
}

/// An application that sends a file of this length, after a function has prepared it.
fn sends(
    length: usize,
    body: impl Fn(File) -> wsgi::Result<Body> + Send + Sync + 'static,
) -> impl Application {
    application(move |_environ, start_response| {
        start(start_response)?;
        body(file(length)?)
    })
}

/// An open file without a name.
pub(super) fn file(length: usize) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(pattern(length))?;
    file.rewind()?;
    Ok(file)
}
