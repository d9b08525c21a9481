//! The lines of a stream of a process, read with a bound.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{
        Mutex,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
};

use super::PATIENCE;

/// The lines of a stream. A thread reads them, so that a test does not wait for ever.
pub(crate) struct Lines(Mutex<Receiver<String>>);

impl Lines {
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream
                .read_until(b'\n', &mut line)
                .is_ok_and(|count| count > 0)
            {
                let text = String::from_utf8(std::mem::take(&mut line)).expect("text");
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        Self(Mutex::new(lines))
    }

    /// The next line without its end, or an empty text at the end of the stream.
    #[track_caller]
    pub(crate) fn next(&self) -> String {
        let lines = self.0.lock().expect("no other reader");
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => line.trim_end().to_owned(),
            Err(RecvTimeoutError::Disconnected) => String::new(),
            Err(RecvTimeoutError::Timeout) => panic!("the next line does not come"),
        }
    }
}
