//! Requests whose end is awaited.

use std::{mem, sync::Arc};

use crate::instant::Instant;

use wsgi_environ::End;
use wsgi_metrics::DurationHistogram;

use crate::counting::{
    method::Method,
    recorder::Recorder,
    series::{Pair, Place},
};

/// The requests whose responses are in the thread's buffer, or are being sent. At the latest when
/// this is dropped, they have ended.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    recorder: Recorder,
    /// The request that has no response yet.
    present: Option<Pair>,
    /// The last one that has a response. Nearly always it is the only one.
    last: Option<Measure>,
    /// Those before it, in their order. There are none without a last one.
    earlier: Vec<Measure>,
    /// The histogram that was used last, as most requests have the same.
    recent: Option<(Place, Arc<DurationHistogram>)>,
}

/// A request whose end is awaited.
#[derive(Clone, Copy, Debug)]
struct Measure {
    /// The histogram that counts it if the client takes all of its response.
    place: Place,
    /// The position of the end of its response in everything that the connection sends.
    end_position: u64,
    began: Instant,
}

impl Measures {
    /// From now on, adds to the numbers of this recorder.
    pub(crate) fn record_by(&mut self, recorder: &Recorder) {
        self.recorder = recorder.clone();
        self.recent = None; // it belongs to the other loop
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Notes that a request has begun, unless the server keeps no numbers. The request is told by
    /// its method, and whether its scheme is `https`.
    #[inline]
    pub(crate) fn begin(&mut self, request: impl FnOnce() -> (Method, bool)) {
        if let Some(shard) = self.recorder.shard() {
            let (method, is_secure) = request();
            let pair = Pair::new(method, is_secure);
            shard.begun[pair.index()].add(1);
            self.present = Some(pair);
        }
    }

    /// Takes the request out that has begun and has no response yet.
    #[inline]
    pub(crate) fn take_present(&mut self) -> Option<Pair> {
        self.present.take()
    }

    /// Lets a request that was taken out, and which began at this time, wait for the end of its
    /// response. One that is not in the buffer as a whole has no position yet.
    #[inline]
    pub(crate) fn await_end(&mut self, place: Place, began: Instant, end_position: Option<u64>) {
        self.push(Measure {
            place,
            end_position: end_position.unwrap_or(u64::MAX),
            began,
        });
    }

    #[inline]
    fn push(&mut self, measure: Measure) {
        if let Some(earlier) = self.last.replace(measure) {
            self.earlier.push(earlier);
        }
    }

    /// Notes that the request without a response has ended at a time that has passed, and that its
    /// client got this status, if any.
    #[cold]
    pub(crate) fn end_at(&mut self, began: Instant, ended: Instant, status: Option<u16>, end: End) {
        if let (Some(pair), Some(shard)) = (self.present.take(), self.recorder.shard()) {
            let histogram = shard.ended.histogram(pair.ended(end, status));
            histogram.record(ended.saturating_duration_since(began));
        }
    }

    /// Notes the `end` of the last response, and of those before that are not sent either. The
    /// client has taken everything up to `position`.
    #[inline]
    pub(crate) fn end(&mut self, end: End, position: u64) {
        if self.last.is_none() {
            return;
        }
        match end == End::Complete && self.earlier.is_empty() {
            true => self.record_one(),
            false => self.record_all(end, position),
        }
    }

    /// Records the request that waits and whose client got all of its response. Nearly always it is
    /// of the same kind as the one before.
    #[inline(never)] // as that would make the way of servers without numbers longer
    fn record_one(&mut self) {
        match (&self.last, &self.recent) {
            (Some(measure), Some((place, histogram))) if measure.place == *place => {
                histogram.record(measure.began.elapsed());
                self.last = None;
            }
            _ => self.record_all(End::Complete, u64::MAX),
        }
    }

    #[inline(never)] // as that would make the way of most requests longer
    fn record_all(&mut self, end: End, position: u64) {
        let now = Instant::now();
        let Some(shard) = self.recorder.shard() else {
            return;
        };
        for measure in self.earlier.drain(..).chain(self.last.take()) {
            let place = match end {
                End::Complete => measure.place,
                _ if measure.end_position <= position => measure.place,
                end => measure.place.and(end),
            };
            let histogram = shard.ended.histogram(place);
            histogram.record(now.saturating_duration_since(measure.began));
            self.recent = Some((place, histogram.clone()));
        }
    }

    /// Notes the end of the first responses, which the client has taken, while later ones are not
    /// sent.
    pub(crate) fn end_sent(&mut self, position: u64) {
        let mut sent = self.take_all();
        let count = sent.partition_point(|measure| measure.end_position <= position);
        let later = sent.split_off(count);
        self.push_all(sent);
        self.end(End::Complete, position);
        self.push_all(later);
    }

    /// Takes the requests out, for a client that is slow to take the responses.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            recorder: self.recorder.clone(),
            present: None,
            last: self.last.take(),
            earlier: mem::take(&mut self.earlier),
            recent: None,
        }
    }

    /// Adds requests that were taken out.
    pub(crate) fn extend(&mut self, mut other: Self) {
        self.push_all(other.take_all());
    }

    fn take_all(&mut self) -> Vec<Measure> {
        let mut all = mem::take(&mut self.earlier);
        all.extend(self.last.take());
        all
    }

    fn push_all(&mut self, measures: Vec<Measure>) {
        measures.into_iter().for_each(|measure| self.push(measure));
    }
}

impl Drop for Measures {
    fn drop(&mut self) {
        self.end(End::Aborted, 0);
    }
}
