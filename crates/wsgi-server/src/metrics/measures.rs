//! Requests whose end is awaited.

use std::time::Instant;

use wsgi_environ::End;

use crate::metrics::{
    method::Method,
    recorder::Recorder,
    series::{Pair, place_of},
};

/// The requests whose responses are in the thread's buffer, or are being sent. At the latest when
/// this is dropped, they have ended.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    recorder: Recorder,
    /// The request that has no response yet.
    present: Option<Pair>,
    /// Those that have one, in their order.
    waiting: Vec<Measure>,
}

/// A request whose end is awaited.
#[derive(Clone, Copy, Debug)]
struct Measure {
    pair: Pair,
    /// The place of the status.
    status: u16,
    /// The end of its response if the client takes all of it.
    end: End,
    /// The position of that end in everything that the connection sends.
    end_position: u64,
    began: Instant,
}

impl Measures {
    /// From now on, adds to the numbers of this recorder.
    pub(crate) fn record_by(&mut self, recorder: &Recorder) {
        self.recorder = recorder.clone();
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Notes that a request has begun, unless the server keeps no numbers.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        method: impl FnOnce() -> Method,
        is_secure: impl FnOnce() -> bool,
    ) {
        if let Some(shard) = self.recorder.shard() {
            let pair = Pair::new(method(), is_secure());
            shard.begun[pair.index()].add(1);
            self.present = Some(pair);
        }
    }

    /// Whether a request has begun and has no response yet.
    #[inline]
    pub(crate) fn is_answering(&self) -> bool {
        self.present.is_some()
    }

    /// Notes the response to that request, which began at this time: its status, if a head was
    /// sent, and its end. One that is not in the buffer as a whole has no position yet.
    #[inline]
    pub(crate) fn answer(
        &mut self,
        began: Instant,
        status: Option<u16>,
        end: End,
        end_position: Option<u64>,
    ) {
        if let Some(pair) = self.present.take() {
            self.waiting.push(Measure {
                pair,
                status: place_of(status),
                end,
                end_position: end_position.unwrap_or(u64::MAX),
                began,
            });
        }
    }

    /// Notes that the request without a response has ended at a time that has passed, and that its
    /// client got this status, if any.
    #[cold]
    pub(crate) fn end_at(&mut self, began: Instant, ended: Instant, status: Option<u16>, end: End) {
        if let (Some(pair), Some(shard)) = (self.present.take(), self.recorder.shard()) {
            let histogram = shard.ended.histogram(pair, end, place_of(status));
            histogram.record(ended.saturating_duration_since(began));
        }
    }

    /// Notes the `end` of the last response, and of those before that are not sent either. The
    /// client has taken everything up to `position`.
    #[inline]
    pub(crate) fn end(&mut self, end: End, position: u64) {
        if !self.waiting.is_empty() {
            self.record(end, position);
        }
    }

    #[inline(never)] // as that would make the way of servers without numbers longer
    fn record(&mut self, end: End, position: u64) {
        let Some(shard) = self.recorder.shard() else {
            return;
        };
        let now = Instant::now();
        while let Some(measure) = self.waiting.pop() {
            let end = match end {
                End::Complete => measure.end,
                _ if measure.end_position <= position => measure.end,
                end => measure.end.and(end),
            };
            let histogram = shard.ended.histogram(measure.pair, end, measure.status);
            histogram.record(now.saturating_duration_since(measure.began));
        }
    }

    /// Notes the end of the first responses, which the client has taken, while later ones are not
    /// sent.
    pub(crate) fn end_sent(&mut self, position: u64) {
        let is_waiting = |measure: &Measure| measure.end_position > position;
        let sent = self.waiting.iter().position(is_waiting);
        if sent != Some(0) {
            let later = self.waiting.split_off(sent.unwrap_or(self.waiting.len()));
            self.end(End::Complete, position);
            self.waiting = later;
        }
    }

    /// Takes the requests out, for a client that is slow to take the responses.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            recorder: self.recorder.clone(),
            present: None,
            waiting: std::mem::take(&mut self.waiting),
        }
    }

    /// Adds requests that were taken out.
    pub(crate) fn extend(&mut self, mut other: Self) {
        self.waiting.append(&mut other.waiting);
    }
}

impl Drop for Measures {
    fn drop(&mut self) {
        self.end(End::Aborted, 0);
    }
}
