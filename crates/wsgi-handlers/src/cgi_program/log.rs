//! Messages about a program, and its standard error.

use std::{
    fmt,
    io::{ErrorKind, Read},
    mem,
};

use wsgi_gateway::RequestLog;

use super::process::{Process, is_ready};

/// The bytes of standard error that are logged, and of a line of it. The rest of a longer line is a
/// line of its own.
const MAX_ERROR_BYTES: usize = 64 * 1024;
const MAX_LINE_BYTES: usize = 8 * 1024;

/// The bytes for which a line counts beside its own: something is written before each. It is the
/// same for all requests, so that no client can keep the lines of a program out of the log.
const LINE_COST: usize = 100;

/// The messages about a program for a request, and the lines of its standard error. Each of them
/// names both. A line has "wrote" before it, so that none looks like a message.
pub(super) struct Log {
    request: RequestLog,
    program: String,
    line: Vec<u8>,
    left: usize,
    /// Whether something was left out.
    is_cut: bool,
}

impl Log {
    pub(super) fn new(request: RequestLog, program: String) -> Self {
        Self {
            request,
            program,
            line: Vec::new(),
            left: MAX_ERROR_BYTES,
            is_cut: false,
        }
    }

    pub(super) fn take(&mut self) -> Self {
        Self {
            request: self.request.clone(),
            program: self.program.clone(),
            line: mem::take(&mut self.line),
            left: self.left,
            is_cut: self.is_cut,
        }
    }

    /// Logs what the program has done.
    pub(super) fn print(&self, what: impl fmt::Display) {
        let program = &self.program;
        self.request
            .log_message(format_args!("the CGI program {program} {what}"));
    }

    /// The message of an error: what the program has done.
    pub(super) fn message(&self, what: impl fmt::Display) -> String {
        format!("the CGI program {} {what}", self.program)
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

    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.left > 0 {
            let most = self.left.min(MAX_LINE_BYTES - self.line.len());
            let next = &bytes[..bytes.len().min(most)];
            let end = next.iter().position(|&byte| byte == b'\n');
            let (piece, rest) = bytes.split_at(end.map_or(next.len(), |end| end + 1));
            bytes = rest;
            self.line.extend_from_slice(piece);
            self.left -= piece.len();
            if end.is_some() || piece.len() == most {
                self.end_line();
                self.left = self.left.saturating_sub(LINE_COST);
            }
        }
        if !bytes.is_empty() && !self.is_cut {
            self.is_cut = true;
            self.end_line();
            self.print("wrote more errors than are logged; the rest is left out");
        }
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        let line = line.trim_ascii_end();
        if !line.is_empty() {
            self.print(format_args!("wrote: {}", String::from_utf8_lossy(line)));
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_application::Environ;
    use wsgi_environ::{Errors, ErrorsBuffer};
    use wsgi_gateway::RequestLog;

    use super::{LINE_COST, Log, MAX_ERROR_BYTES, MAX_LINE_BYTES};

    fn log() -> (Log, ErrorsBuffer) {
        let (errors, written) = Errors::buffer();
        let mut environ = Environ::new();
        environ.set_errors(errors);
        let log = Log::new(RequestLog::of(&environ), "tea".to_owned());
        (log, written)
    }

    #[test]
    fn only_what_is_left_out_is_said_to_be() {
        let line = [b'a'; 923];
        let most = MAX_ERROR_BYTES / (line.len() + 1 + LINE_COST);
        assert_eq!(most * (line.len() + 1 + LINE_COST), MAX_ERROR_BYTES);
        let (mut log, written) = log();
        for _ in 0..most {
            log.add(&line);
            log.add(b"\n");
        }
        assert_eq!(written.to_string().lines().count(), most);
        assert!(!written.to_string().contains("left out"));
        log.add(b"a");
        log.add(b"b\n");
        let text = written.to_string();
        assert_eq!(text.lines().count(), most + 1);
        assert!(text.ends_with("the rest is left out\n"), "{text}");
    }

    #[test]
    fn nothing_of_a_long_line_is_lost() {
        for block in [1, 1000, 4096, 5000, 20_000] {
            let (mut log, written) = log();
            let line: Vec<u8> = (0..20_000_u32).map(|n| b'a' + (n % 26) as u8).collect();
            for bytes in [&line[..], b"\nlast\n"].concat().chunks(block) {
                log.add(bytes);
            }
            let lines = line.chunks(MAX_LINE_BYTES).chain([&b"last"[..]]);
            let entries = lines.map(|line| {
                let line = str::from_utf8(line).unwrap();
                format!("the CGI program tea wrote: {line}\n")
            });
            assert_eq!(written.to_string(), entries.collect::<String>(), "{block}");
        }
    }
}
