//! `measure-forms CONTENDER DATA` reads a form with a file of 100 MiB, and prints the megabytes per
//! second, and the peak memory of the process.

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{self, Cursor, Read};
use std::time::Instant;

use wsgi_forms::{Boundary, Form, Limits, Multipart};

const FILE: u64 = 100 << 20;

const CONTENT_TYPE: &str = "multipart/form-data; boundary=----geckoformboundary5b2f1c7e9a";

const HEAD: &str = "------geckoformboundary5b2f1c7e9a\r\n\
    Content-Disposition: form-data; name=\"title\"\r\n\
    \r\n\
    Holidays\r\n\
    ------geckoformboundary5b2f1c7e9a\r\n\
    Content-Disposition: form-data; name=\"film\"; filename=\"holidays.mkv\"\r\n\
    Content-Type: video/x-matroska\r\n\
    \r\n";

const TAIL: &str = "\r\n------geckoformboundary5b2f1c7e9a--\r\n";

/// The length of the blocks that the file repeats. The body itself needs little memory.
const BLOCK: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [contender, data] = &arguments[..] else {
        return Err("measure-forms CONTENDER DATA".into());
    };
    let block = match data.as_str() {
        "film" => noise(),
        "lines" => b"\r\n--------- a line of text, begun as the boundary is --------------"
            .iter()
            .copied()
            .cycle()
            .take(BLOCK)
            .collect(),
        other => return Err(format!("no data `{other}`").into()),
    };
    let file = Cycle(Cursor::new(block)).take(FILE);
    let body = HEAD.as_bytes().chain(file).chain(TAIL.as_bytes());
    let read = match contender.as_str() {
        "bare" => bare,
        "multipart" => multipart,
        "form" => form,
        other => return Err(format!("no contender `{other}`").into()),
    };
    let start = Instant::now();
    let length = read(body)?;
    let seconds = start.elapsed().as_secs_f64();
    if length < FILE {
        return Err(format!("{length} bytes were read of {FILE}").into());
    }
    println!("megabytes-per-second {}", FILE as f64 / 1e6 / seconds);
    println!("mebibytes {}", most_memory()? as f64 / 1024.0);
    Ok(())
}

/// A reader that repeats a block.
struct Cycle(Cursor<Vec<u8>>);

impl Read for Cycle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() == BLOCK as u64 {
            self.0.set_position(0);
        }
        self.0.read(buffer)
    }
}

/// Reads the body alone, in blocks as large as ours, as all contenders must.
fn bare(mut body: impl Read) -> Result<u64, Box<dyn Error>> {
    let mut block = vec![0; BLOCK];
    let mut length = 0;
    loop {
        match body.read(&mut block)? {
            0 => return Ok(length),
            count => length += black_box(&block[..count]).len() as u64,
        }
    }
}

/// Reads each part as it arrives, and drops it.
fn multipart(body: impl Read) -> Result<u64, Box<dyn Error>> {
    let boundary = Boundary::from_content_type(CONTENT_TYPE)?;
    let mut form = Multipart::new(&boundary, body, &limits());
    let mut length = 0;
    while let Some(mut part) = form.next_part()? {
        length += io::copy(&mut part, &mut io::sink())?;
    }
    Ok(length)
}

/// Reads the whole form, with its file in a temporary file.
fn form(body: impl Read) -> Result<u64, Box<dyn Error>> {
    let form = Form::read(CONTENT_TYPE, body, &limits())?;
    Ok(form.file("film").ok_or("no file")?.len())
}

fn limits() -> Limits {
    Limits::new().max_body_bytes(FILE + 64 * 1024)
}

/// Bytes like those of a compressed file, the same in each run (xorshift64).
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(BLOCK);
    while bytes.len() < BLOCK {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes
}

/// The peak resident memory in KiB (proc(5)).
fn most_memory() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or("no VmHWM in /proc/self/status")?.parse()?)
}
