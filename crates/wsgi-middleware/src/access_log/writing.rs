//! The thread that writes a log.
//!
//! A destination that fails is tried again until it works. The lines of the batch stay, and those
//! that come meanwhile wait in the queue as far as they fit.

use std::{
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use wsgi_environ::Errors;

use crate::access_log::{
    destination::Destination,
    log_format::LogFormat,
    queue::{MAX_KEPT_BYTES, Queue},
};

/// The time until a failed write is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The same for a pipe that is full and does not wait.
const RETRY_FULL: Duration = Duration::from_millis(10);

/// The writer of a log, on its own thread.
pub(super) struct Writing {
    pub(super) queue: Arc<Queue>,
    pub(super) destination: Destination,
    pub(super) format: LogFormat,
    /// The place where failures are said.
    pub(super) errors: Errors,
    /// Whether the last write failed, and this has been said.
    pub(super) is_write_failing: bool,
    /// The same for the opening of a file that was moved.
    pub(super) is_open_failing: bool,
}

impl Writing {
    /// Writes until the queue is closed.
    pub(super) fn run(mut self) {
        let mut batch = Vec::new();
        loop {
            let orders = self.queue.take(&mut batch);
            let bytes = batch.len();
            if orders.lost > 0 {
                let now = SystemTime::now().into();
                self.format.push_lost(&mut batch, orders.lost, now);
            }
            self.renew(orders.reopen);
            let written = self.write(&batch, orders.closed);
            let rest = &batch[written.min(bytes)..bytes];
            let lost = rest.iter().filter(|&&byte| byte == b'\n').count();
            self.queue.finish(bytes, lost as u64);
            if orders.closed {
                return;
            }
            batch.clear();
            batch.shrink_to(MAX_KEPT_BYTES);
        }
    }

    /// Writes lines, however long it takes, and returns their length. Once the queue is closed, it
    /// gives up after a failure, and returns where the first line begins that was not written.
    fn write(&mut self, lines: &[u8], mut is_closed: bool) -> usize {
        let mut position = 0;
        while position < lines.len() {
            let error = match self.destination.write(&lines[position..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(bytes) => {
                    position += bytes;
                    self.is_write_failing = false;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            let is_full = error.kind() == io::ErrorKind::WouldBlock;
            if !is_full && !std::mem::replace(&mut self.is_write_failing, true) {
                self.say("write to", &error);
            }
            if is_closed {
                return start_of_line(lines, position);
            }
            let orders = self.queue.pause(if is_full { RETRY_FULL } else { RETRY });
            is_closed = orders.closed;
            if self.renew(orders.reopen) {
                // The new file does not begin with the rest of a line.
                position = start_of_line(lines, position);
            }
        }
        position
    }

    /// Opens the file again if that is ordered or it has moved. Returns whether it did.
    fn renew(&mut self, is_ordered: bool) -> bool {
        match self.destination.renew(is_ordered) {
            Ok(is_new) => {
                self.is_open_failing = false;
                is_new
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_open_failing, true) {
                    self.say("open", &error);
                }
                false
            }
        }
    }

    fn say(&self, action: &str, error: &io::Error) {
        let place = &self.destination;
        self.errors
            .print(format_args!("access log: cannot {action} {place}: {error}"));
    }
}

impl Drop for Writing {
    /// However the thread ends, nobody waits for it any more.
    fn drop(&mut self) {
        self.queue.end();
    }
}

/// The start of the line at this position.
fn start_of_line(lines: &[u8], position: usize) -> usize {
    let before = &lines[..position];
    let end = before.iter().rposition(|&byte| byte == b'\n');
    end.map_or(0, |end| end + 1)
}
