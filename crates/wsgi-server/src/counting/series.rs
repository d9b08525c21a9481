//! The durations of requests, by their labels.

use std::{
    num::NonZeroU8,
    sync::{Arc, OnceLock},
};

use wsgi_environ::End;
use wsgi_metrics::DurationHistogram;

use crate::counting::method::{METHODS, Method};

/// The durations of requests, by method, scheme, end and status. A histogram is made when it is
/// needed first, so that each shard has few, and finding one takes no search.
#[derive(Debug)]
pub(crate) struct Series([OnceLock<Box<Statuses>>; ROWS]);

/// Histograms by status.
#[derive(Debug)]
struct Statuses([OnceLock<Arc<DurationHistogram>>; STATUSES]);

/// The rows: one for each pair of a method and a scheme, and each end.
const ROWS: usize = Pair::COUNT * ENDS.len();

/// The statuses that a response can have.
const FIRST_STATUS: u16 = 200;
const LAST_STATUS: u16 = 999;

/// The statuses, after one place for none.
const STATUSES: usize = 2 + (LAST_STATUS - FIRST_STATUS) as usize;

/// The schemes of requests.
pub(crate) const SCHEMES: [&str; 2] = ["http", "https"];

/// The kinds of errors that break a response off, after the empty one for none.
pub(crate) const ENDS: [&str; 5] = ["", "disconnected", "timeout", "failed", "aborted"];

/// The ends in the order of [`ENDS`].
const END_KINDS: [End; ENDS.len()] = [
    End::Complete,
    End::Disconnected,
    End::TimedOut,
    End::Failed,
    End::Aborted,
];

/// A method and a scheme: their index, and 1. So `None` takes no further byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair(NonZeroU8);

/// A histogram, by its method, scheme, end and status: a number, so that comparing two takes one
/// instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

/// The labels of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Labels {
    /// The indices in [`METHODS`], [`SCHEMES`] and [`ENDS`].
    pub(crate) method: usize,
    pub(crate) scheme: usize,
    pub(crate) end: usize,
    /// The status, if a head was sent.
    pub(crate) status: Option<u16>,
}

impl Pair {
    pub(crate) const COUNT: usize = METHODS.len() * SCHEMES.len();

    #[inline]
    pub(crate) fn new(method: Method, is_secure: bool) -> Self {
        let index = method.index() * SCHEMES.len() as u8 + u8::from(is_secure);
        Self(NonZeroU8::MIN.saturating_add(index))
    }

    /// The place of requests with this end and this status, if a head was sent.
    #[inline]
    pub(crate) fn ended(self, end: End, status: Option<u16>) -> Place {
        let status = status.unwrap_or(0);
        Place(u32::from(self.0.get()) << 24 | end_index(end) << 16 | u32::from(status))
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

impl Place {
    /// The place of the same requests if they also come to this end.
    pub(crate) fn and(self, end: End) -> Self {
        let [_, own, ..] = self.0.to_be_bytes();
        let own = END_KINDS.get(usize::from(own)).copied();
        let end = own.unwrap_or(End::Aborted).and(end);
        Self(self.0 & !(0xff << 16) | end_index(end) << 16)
    }

    /// The row and the place in it. Statuses that no [`Status`](wsgi_application::Status) has share
    /// the place of none.
    fn indices(self) -> (usize, usize) {
        let [pair, end, high, low] = self.0.to_be_bytes();
        let row = (usize::from(pair) - 1) * ENDS.len() + usize::from(end);
        let status = match u16::from_be_bytes([high, low]) {
            status @ FIRST_STATUS..=LAST_STATUS => usize::from(status - FIRST_STATUS) + 1,
            _ => 0,
        };
        (row, status)
    }
}

impl Series {
    pub(crate) fn new() -> Self {
        Self([const { OnceLock::new() }; ROWS])
    }

    /// The histogram at this place.
    pub(crate) fn histogram(&self, place: Place) -> &Arc<DurationHistogram> {
        let (row, status) = place.indices();
        let statuses = self.0[row].get_or_init(Statuses::new);
        statuses.0[status].get_or_init(Arc::default)
    }

    /// All histograms.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Labels, &DurationHistogram)> {
        let rows = self.0.iter().enumerate();
        let rows = rows.filter_map(|(row, statuses)| Some((row, statuses.get()?)));
        rows.flat_map(|(row, statuses)| {
            let statuses = statuses.0.iter().enumerate();
            statuses.filter_map(move |(place, histogram)| {
                let pair = row / ENDS.len();
                let labels = Labels {
                    method: pair / SCHEMES.len(),
                    scheme: pair % SCHEMES.len(),
                    end: row % ENDS.len(),
                    status: status_at(place),
                };
                Some((labels, &**histogram.get()?))
            })
        })
    }
}

impl Statuses {
    #[cold]
    fn new() -> Box<Self> {
        Box::new(Self([const { OnceLock::new() }; STATUSES]))
    }
}

/// The status with this place.
fn status_at(place: usize) -> Option<u16> {
    (place > 0).then_some(place as u16 + (FIRST_STATUS - 1))
}

/// The index in [`ENDS`].
#[inline]
fn end_index(end: End) -> u32 {
    match end {
        End::Complete => 0,
        End::Disconnected => 1,
        End::TimedOut => 2,
        End::Failed => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_a_histogram_of_its_own() {
        let series = Series::new();
        let mut count = 0;
        for method in METHODS {
            for (is_secure, end) in [(false, End::Complete), (true, End::Failed)] {
                let pair = Pair::new(Method::of(method.as_bytes()), is_secure);
                for status in [None, Some(200), Some(201), Some(999)] {
                    let place = pair.ended(end, status);
                    series.histogram(place).record(std::time::Duration::ZERO);
                    count += 1;
                    let found = series.all().find(|(labels, _)| {
                        let scheme = usize::from(is_secure);
                        let end = end_index(end) as usize;
                        (METHODS[labels.method], labels.scheme) == (method, scheme)
                            && (labels.end, labels.status) == (end, status)
                    });
                    let (_, histogram) = found.expect("the histogram of the place");
                    assert_eq!(histogram.durations().count(), 1, "{method} {status:?}");
                }
            }
        }
        assert_eq!(series.all().count(), count);
    }

    #[test]
    fn the_first_end_that_broke_a_response_off_counts() {
        let pair = Pair::new(Method::of(b"POST"), true);
        for (index, first) in END_KINDS.into_iter().enumerate() {
            assert_eq!(end_index(first) as usize, index);
            for second in END_KINDS {
                let place = pair.ended(first, Some(404)).and(second);
                assert_eq!(place, pair.ended(first.and(second), Some(404)));
            }
        }
    }

    #[test]
    fn a_status_that_no_response_has_counts_as_none() {
        let (series, pair) = (Series::new(), Pair::new(Method::of(b"GET"), false));
        for status in [None, Some(0), Some(199), Some(1_000), Some(u16::MAX)] {
            let place = pair.ended(End::Complete, status);
            series.histogram(place).record(std::time::Duration::ZERO);
        }
        let all: Vec<_> = series.all().collect();
        assert_eq!((all.len(), all[0].0.status), (1, None));
        assert_eq!(all[0].1.durations().count(), 5);
    }
}
