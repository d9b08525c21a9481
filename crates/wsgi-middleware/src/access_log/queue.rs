//! The lines between the threads of requests and the thread that writes them.
//!
//! The lock is held for a copy of a line, and for an exchange of two buffers. It is never held
//! while anything is written.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The memory that the queue and the writer keep, at most.
pub(super) const MAX_KEPT_BYTES: usize = 1024 * 1024;

/// A bounded queue of lines.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when the writer has something to do.
    work: Condvar,
    /// Notified when lines were written, and when the writer has ended.
    progress: Condvar,
    max_bytes: usize,
    max_delay: Duration,
}

#[derive(Debug)]
struct State {
    lines: Vec<u8>,
    /// Lines that did not fit since the last batch.
    lost: u64,
    /// Lines that did not fit, in all.
    lost_in_all: u64,
    /// Bytes of all lines that were ever in the queue, and those that the writer is done with.
    taken_in: u64,
    done: u64,
    reopen: bool,
    flush: bool,
    closed: bool,
    ended: bool,
}

/// Instructions for the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Orders {
    /// Lines that were lost since the last batch.
    pub(super) lost: u64,
    /// The file must be opened again.
    pub(super) reopen: bool,
    /// No more lines will come.
    pub(super) closed: bool,
}

impl Queue {
    pub(super) fn new(max_bytes: usize, max_delay: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                // The system provides the memory page by page, when it is first used.
                lines: Vec::with_capacity(max_bytes.min(MAX_KEPT_BYTES)),
                lost: 0,
                lost_in_all: 0,
                taken_in: 0,
                done: 0,
                reopen: false,
                flush: false,
                closed: false,
                ended: false,
            }),
            work: Condvar::new(),
            progress: Condvar::new(),
            max_bytes,
            max_delay,
        }
    }

    /// Adds a line, or counts it as lost if it does not fit.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        let (before, after) = (state.lines.len(), state.lines.len() + line.len());
        if after > self.max_bytes || state.ended {
            state.lost += 1;
            state.lost_in_all += 1;
            // A writer that waits for lines says the loss of one that never fits.
            let is_news = before == 0 && state.lost == 1;
            drop(state);
            if is_news {
                self.work.notify_one();
            }
            return;
        }
        state.lines.extend_from_slice(line);
        state.taken_in += line.len() as u64;
        drop(state);
        // The writer waits for the first line, and then for a full buffer.
        if before == 0 || (before < self.enough() && after >= self.enough()) {
            self.work.notify_one();
        }
    }

    /// Waits for lines or orders, and then up to the delay for more lines. Exchanges them for the
    /// memory of `batch`, which is empty.
    pub(super) fn take(&self, batch: &mut Vec<u8>) -> Orders {
        let is_idle = |state: &mut State| {
            state.lines.is_empty() && state.lost == 0 && !state.reopen && !state.closed
        };
        let is_early = |state: &mut State| {
            state.lines.len() < self.enough() && !state.flush && !state.reopen && !state.closed
        };
        let state = self.work.wait_while(self.lock(), is_idle);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .work
            .wait_timeout_while(state, self.max_delay, is_early);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut state.lines, batch);
        state.flush = false;
        state.orders()
    }

    /// Waits until the time has passed, or the file must be opened again, or no more lines will
    /// come.
    pub(super) fn pause(&self, duration: Duration) -> Orders {
        let is_quiet = |state: &mut State| !state.reopen && !state.closed;
        let waited = self
            .work
            .wait_timeout_while(self.lock(), duration, is_quiet);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let lost = std::mem::take(&mut state.lost);
        let orders = state.orders();
        state.lost = lost; // said after the pending batch
        orders
    }

    /// Notes that the writer is done with this number of bytes from the queue, and that these
    /// lines among them are lost.
    pub(super) fn finish(&self, bytes: usize, lost: u64) {
        let mut state = self.lock();
        state.done += bytes as u64;
        state.lost_in_all += lost;
        drop(state);
        self.progress.notify_all();
    }

    /// Notes that the writer has ended.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.progress.notify_all();
    }

    /// Orders that the file is opened again.
    pub(super) fn reopen(&self) {
        self.lock().reopen = true;
        self.work.notify_one();
    }

    /// Waits until all lines are written that are in the queue now. Returns false if the timeout
    /// passes first.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        let goal = state.taken_in;
        state.flush = true;
        self.work.notify_one();
        let is_behind = |state: &mut State| state.done < goal && !state.ended;
        let waited = self.progress.wait_timeout_while(state, timeout, is_behind);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.done >= goal
    }

    /// Lets the writer end once it has written the rest, and waits for that until the timeout
    /// passes.
    pub(super) fn close(&self, timeout: Duration) {
        let mut state = self.lock();
        state.closed = true;
        self.work.notify_one();
        let runs = |state: &mut State| !state.ended;
        drop(self.progress.wait_timeout_while(state, timeout, runs));
    }

    /// The number of lines that were lost in all.
    pub(super) fn lost_lines(&self) -> u64 {
        self.lock().lost_in_all
    }

    /// The number of bytes for which the writer does not wait longer.
    fn enough(&self) -> usize {
        self.max_bytes / 2
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn orders(&mut self) -> Orders {
        Orders {
            lost: std::mem::take(&mut self.lost),
            reopen: std::mem::take(&mut self.reopen),
            closed: self.closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        thread,
        time::{Duration, Instant},
    };

    use super::{Orders, Queue};

    const LONG: Duration = Duration::from_secs(60);

    fn queue(max_delay: Duration) -> Queue {
        Queue::new(16, max_delay)
    }

    fn taken(queue: &Queue) -> (Vec<u8>, Orders) {
        let mut batch = Vec::new();
        let orders = queue.take(&mut batch);
        (batch, orders)
    }

    #[test]
    fn a_line_that_does_not_fit_is_counted() {
        let queue = queue(Duration::ZERO);
        queue.push(b"12345678\n");
        queue.push(b"123456\n"); // fits exactly
        queue.push(b"\n");
        queue.push(b"\n");
        let (batch, orders) = taken(&queue);
        assert_eq!(batch, b"12345678\n123456\n");
        assert_eq!((orders.lost, queue.lost_lines()), (2, 2));
        queue.push(b"1\n");
        let (batch, orders) = taken(&queue);
        assert_eq!(
            (&*batch, orders, queue.lost_lines()),
            (&b"1\n"[..], Orders::default(), 2)
        );
        queue.push(&[b'a'; 17]);
        let (batch, orders) = taken(&queue);
        assert_eq!((batch.len(), orders.lost), (0, 1));
    }

    #[test]
    fn a_batch_waits_for_more_lines_but_not_longer_than_the_delay() {
        let delay = Duration::from_millis(40);
        let queue = queue(delay);
        let started = Instant::now();
        queue.push(b"1\n");
        queue.push(b"2\n");
        assert_eq!(taken(&queue).0, b"1\n2\n");
        assert!(started.elapsed() >= delay);
    }

    #[test]
    fn a_half_full_queue_and_orders_are_not_waited_for() {
        type Order = fn(&Queue);
        let orders: [Order; 4] = [
            |queue| queue.push(b"1234567\n"),
            Queue::reopen,
            |queue| queue.close(Duration::ZERO),
            |queue| assert!(!queue.flush(Duration::ZERO)),
        ];
        for order in orders {
            let queue = queue(LONG);
            queue.push(b"1\n");
            order(&queue);
            assert!(taken(&queue).0.starts_with(b"1\n"));
            // The same if it comes while the writer waits.
            let queue = Arc::new(Queue::new(16, LONG));
            let writer = thread::spawn({
                let queue = queue.clone();
                move || taken(&queue).0
            });
            thread::sleep(Duration::from_millis(10));
            queue.push(b"1\n");
            thread::sleep(Duration::from_millis(10));
            order(&queue);
            assert!(writer.join().unwrap().starts_with(b"1\n"));
        }
    }

    #[test]
    fn a_flush_waits_for_the_lines_before_it() {
        let queue = Arc::new(queue(LONG));
        assert!(queue.flush(Duration::ZERO), "nothing to write");
        queue.push(b"1\n");
        let writer = thread::spawn({
            let queue = queue.clone();
            move || {
                let (batch, _) = taken(&queue);
                thread::sleep(Duration::from_millis(20));
                queue.push(b"2\n");
                queue.finish(batch.len(), 0);
            }
        });
        assert!(queue.flush(LONG));
        writer.join().unwrap();
        assert!(!queue.flush(Duration::from_millis(1)));
        queue.end();
        assert!(!queue.flush(LONG), "nobody writes any more");
    }

    #[test]
    fn a_pause_ends_by_an_order_and_keeps_the_count_of_lost_lines() {
        let queue = queue(LONG);
        queue.push(&[b'a'; 17]);
        assert_eq!(queue.pause(Duration::from_millis(1)), Orders::default());
        queue.reopen();
        assert!(queue.pause(LONG).reopen);
        assert!(!queue.pause(Duration::from_millis(1)).reopen);
        queue.close(Duration::ZERO);
        assert!(queue.pause(LONG).closed);
        assert_eq!(taken(&queue).1.lost, 1);
    }

    #[test]
    fn a_line_that_never_fits_wakes_the_writer() {
        let queue = Arc::new(queue(Duration::ZERO));
        let writer = thread::spawn({
            let queue = queue.clone();
            move || taken(&queue).1.lost
        });
        thread::sleep(Duration::from_millis(10));
        queue.push(&[b'a'; 17]);
        assert_eq!(writer.join().unwrap(), 1);
    }

    #[test]
    fn a_line_after_the_end_is_lost() {
        let queue = queue(Duration::ZERO);
        queue.end();
        queue.push(b"1\n");
        assert_eq!(queue.lost_lines(), 1);
    }
}
