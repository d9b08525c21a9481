//! The durations of requests, by their labels.

use std::{num::NonZero, sync::OnceLock};

use wsgi_environ::End;
use wsgi_metrics::DurationHistogram;

use crate::metrics::method::{METHODS, Method};

/// The durations of requests, by method, scheme, end and status. A histogram is made when it is
/// needed first, so that each shard has few, and finding one takes no search.
#[derive(Debug)]
pub(super) struct Series([OnceLock<Box<Statuses>>; ROWS]);

/// Histograms by status.
#[derive(Debug)]
struct Statuses([OnceLock<Box<DurationHistogram>>; STATUSES]);

/// The rows: one for each pair of a method and a scheme, and each end.
const ROWS: usize = Pair::COUNT * ENDS.len();

/// The statuses from 200 to 999, after one place for none.
const STATUSES: usize = 1 + 800;

/// The schemes of requests.
pub(super) const SCHEMES: [&str; 2] = ["http", "https"];

/// The kinds of errors that break a response off, after the empty one for none.
pub(super) const ENDS: [&str; 5] = ["", "disconnected", "timeout", "failed", "aborted"];

/// A method and a scheme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair(NonZero<u8>);

/// The labels of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels {
    /// The indices in [`METHODS`], [`SCHEMES`] and [`ENDS`].
    pub(super) method: usize,
    pub(super) scheme: usize,
    pub(super) end: usize,
    /// The status, if a head was sent.
    pub(super) status: Option<u16>,
}

impl Pair {
    pub(super) const COUNT: usize = METHODS.len() * SCHEMES.len();

    #[inline]
    pub(super) fn new(method: Method, is_secure: bool) -> Self {
        let first = method.index() * SCHEMES.len() as u8;
        // One more, so that an optional pair takes no more room.
        Self(NonZero::<u8>::MIN.saturating_add(first + u8::from(is_secure)))
    }

    #[inline]
    pub(super) fn index(self) -> usize {
        usize::from(self.0.get() - 1)
    }
}

impl Series {
    pub(super) fn new() -> Self {
        Self([const { OnceLock::new() }; ROWS])
    }

    /// The histogram for requests with this end and this place of their status.
    #[inline]
    pub(super) fn histogram(&self, pair: Pair, end: End, status: u16) -> &DurationHistogram {
        let statuses =
            self.0[pair.index() * ENDS.len() + end_index(end)].get_or_init(Statuses::new);
        statuses.0[usize::from(status)].get_or_init(Box::default)
    }

    /// All histograms.
    pub(super) fn all(&self) -> impl Iterator<Item = (Labels, &DurationHistogram)> {
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

/// The place of a status. Those that no [`Status`](wsgi_application::Status) has share the first.
#[inline]
pub(super) fn place_of(status: Option<u16>) -> u16 {
    match status {
        Some(status @ 200..=999) => status - 199,
        _ => 0,
    }
}

/// The status with this place.
fn status_at(place: usize) -> Option<u16> {
    (place > 0).then_some(place as u16 + 199)
}

/// The index in [`ENDS`].
#[inline]
fn end_index(end: End) -> usize {
    match end {
        End::Complete => 0,
        End::Disconnected => 1,
        End::TimedOut => 2,
        End::Failed => 3,
        _ => 4,
    }
}
