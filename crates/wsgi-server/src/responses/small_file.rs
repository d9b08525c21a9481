//! Files that are sent together with the head.

use rustix::io::Errno;
use wsgi_application::FileWrapper;
use wsgi_gateway::Rest;

/// Copies a small file to the end of `out`, which takes less than to send it on its own. Reads
/// nothing after `length`: what follows in a pipe is not of this response. Returns what the file
/// lacks, so that the sending fails and cuts the connection.
#[inline(never)] // as that would make the way of every response longer
pub(super) fn copy(file: Box<FileWrapper>, length: u64, out: &mut Vec<u8>) -> Rest {
    let mut start = out.len();
    let end = start + length as usize; // at most `READ_SIZE` more
    out.resize(end, 0);
    while let Some(file) = file.as_file()
        && start < end
    {
        match rustix::io::read(file, &mut out[start..]) {
            Ok(count @ 1..) => start += count,
            Err(Errno::INTR) => {}
            _ => break,
        }
    }
    out.truncate(start);
    match end - start {
        0 => Rest::Nothing,
        missing => Rest::File(file, missing as u64),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{self, Read, Write},
        os::fd::OwnedFd,
    };

    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_length_of_the_response_and_no_further() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"0123456789the next").unwrap();
        drop(writer);
        let mut shared = reader.try_clone().unwrap();
        let file = FileWrapper::from_file(File::from(OwnedFd::from(reader)));
        let mut out = b"head".to_vec();
        out.reserve(100);
        let rest = copy(Box::new(file), 10, &mut out);
        assert!(matches!(rest, Rest::Nothing));
        assert_eq!(out, b"head0123456789");
        let mut unread = String::new();
        shared.read_to_string(&mut unread).unwrap();
        assert_eq!(unread, "the next");
    }

    #[test]
    fn what_a_file_lacks_is_left_to_be_sent() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"0123").unwrap();
        drop(writer);
        let file = FileWrapper::from_file(File::from(OwnedFd::from(reader)));
        let mut out = b"head".to_vec();
        let rest = copy(Box::new(file), 10, &mut out);
        assert!(matches!(rest, Rest::File(_, 6)));
        assert_eq!(out, b"head0123");
    }
}
