//! The standard error of a program.

use std::{
    fmt,
    io::{ErrorKind, Read},
    mem,
};

use wsgi_environ::Errors;

use super::process::{Process, is_ready};

/// The bytes of standard error that are logged, and of a line of it. The rest of a longer line is
/// a line of its own.
const MAX_ERROR_BYTES: usize = 64 * 1024;
const MAX_LINE_BYTES: usize = 8 * 1024;

/// The lines of standard error.
pub(super) struct Log {
    errors: Errors,
    line: Vec<u8>,
    left: usize,
}

impl Log {
    pub(super) fn new(errors: Errors) -> Self {
        Self {
            errors,
            line: Vec::new(),
            left: MAX_ERROR_BYTES,
        }
    }

    pub(super) fn take(&mut self) -> Self {
        Self {
            errors: self.errors.clone(),
            line: mem::take(&mut self.line),
            left: self.left,
        }
    }

    /// Writes a line about the program.
    pub(super) fn print(&self, line: impl fmt::Display) {
        self.errors.print(line);
    }

    /// Reads what is there, without waiting, but at most this number of blocks: a program can write
    /// faster than they are read.
    pub(super) fn read_ready(&mut self, process: &mut Process, most: usize) {
        for _ in 0..most {
            match &process.stderr {
                Some(stderr) if is_ready(stderr) => self.read(process),
                _ => return,
            }
        }
    }

    /// Reads a block of standard error, which is ready.
    pub(super) fn read(&mut self, process: &mut Process) {
        let Some(stderr) = &mut process.stderr else {
            return;
        };
        let mut block = [0; 4096];
        match stderr.read(&mut block) {
            Ok(read @ 1..) => self.add(&block[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => {
                process.stderr = None;
                self.end_line();
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        let kept = &bytes[..bytes.len().min(self.left)];
        let was_open = self.left > 0;
        self.left -= kept.len();
        for mut line in kept.split_inclusive(|&byte| byte == b'\n') {
            while !line.is_empty() {
                let room = MAX_LINE_BYTES - self.line.len();
                let (piece, rest) = line.split_at(line.len().min(room));
                self.line.extend_from_slice(piece);
                if piece.ends_with(b"\n") || self.line.len() == MAX_LINE_BYTES {
                    self.end_line();
                }
                line = rest;
            }
        }
        if was_open && self.left == 0 {
            self.end_line();
            self.errors
                .print("a CGI program wrote 64 KiB of errors; the rest is left out");
        }
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        let line = line.trim_ascii_end();
        if !line.is_empty() {
            self.errors.print(String::from_utf8_lossy(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_environ::Errors;

    use super::{Log, MAX_LINE_BYTES};

    #[test]
    fn nothing_of_a_long_line_is_lost() {
        for block in [1, 1000, 4096, 5000, 20_000] {
            let (errors, written) = Errors::buffer();
            let mut log = Log::new(errors);
            let line: Vec<u8> = (0..20_000_u32).map(|n| b'a' + (n % 26) as u8).collect();
            for bytes in [&line[..], b"\nlast\n"].concat().chunks(block) {
                log.add(bytes);
            }
            let expected: Vec<&[u8]> = line
                .chunks(MAX_LINE_BYTES)
                .chain([&b"last\n"[..]])
                .collect();
            assert_eq!(written.contents(), expected.join(&b'\n'), "{block}");
        }
    }
}
