//! The numbers of a store's operations.

use std::sync::Arc;

use wsgi_metrics::{Counter, Kind, Page, Source};

/// The numbers of a store's operations, by their results.
///
/// A clone stands for the same numbers. On a page they are the family
/// `wsgi_sessions_operations_total` with the labels `store`, `operation` and `result`. Reading the
/// page does not ask the store.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_metrics::Page;
/// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions, StoreMetrics};
///
/// let metrics = StoreMetrics::new("memory");
/// let sessions = Sessions::new(metrics.around(MemoryStore::new()));
///
/// let now = SystemTime::now();
/// let session = sessions.open(&Cookies::default(), Scheme::Http, now);
/// session.insert("name", "Ada")?;
/// session.finish(now)?;
/// assert_eq!((metrics.saves(), metrics.conflicts(), metrics.failures()), (1, 0, 0));
///
/// let text = Page::of(&metrics).to_string();
/// assert!(text.contains(
///     "\nwsgi_sessions_operations_total{store=\"memory\",operation=\"create\",result=\"done\"} 1\n"
/// ));
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoreMetrics(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    /// The name of the store.
    name: String,
    counts: [[Counter; RESULTS.len()]; OPERATIONS.len()],
}

/// An operation of a [`Store`](crate::Store).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Create,
    Load,
    Save,
    Touch,
    Renew,
    End,
    EndAll,
    List,
    Sweep,
}

const OPERATIONS: [&str; 9] = [
    "create", "load", "save", "touch", "renew", "end", "end_all", "list", "sweep",
];

/// The result of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StoreResult {
    Done,
    Absent,
    Retired,
    Conflict,
    Error,
}

const RESULTS: [&str; 5] = ["done", "absent", "retired", "conflict", "error"];

impl StoreMetrics {
    /// Numbers at zero, of a store with this name, such as `memory` or `redis`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(Arc::new(Counts {
            name: name.into(),
            counts: Default::default(),
        }))
    }

    pub(crate) fn add(&self, operation: Operation, result: StoreResult) {
        self.0.counts[operation as usize][result as usize].add(1);
    }

    /// The numbers of all operations, by operation and result: `create`, `load`, `save`, `touch`,
    /// `renew`, `end`, `end_all`, `list` or `sweep`, and `done`, `absent` (no such session),
    /// `retired` (a session that was renewed a moment ago), `conflict` or `error`.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Key, MemoryStore, Store, StoreMetrics};
    ///
    /// let metrics = StoreMetrics::new("memory");
    /// let store = metrics.around(MemoryStore::new());
    /// let _ = store.load(&Key::of("an id"), SystemTime::now())?;
    /// assert_eq!(metrics.loads(), 1);
    /// let counted: Vec<_> = metrics.operations().filter(|(_, _, count)| *count > 0).collect();
    /// assert_eq!(counted, [("load", "absent", 1)]);
    /// # Ok::<(), wsgi_sessions::StoreError>(())
    /// ```
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let operations = OPERATIONS.into_iter().zip(&self.0.counts);
        operations.flat_map(|(operation, counts)| {
            let counts = RESULTS.into_iter().zip(counts);
            counts.map(move |(result, count)| (operation, result, count.value()))
        })
    }

    /// The number of loads that were answered, also by the absence of a session.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.sum(|operation, result| operation == "load" && result != "error")
    }

    /// The number of records that were written: of new, changed and renewed sessions.
    #[must_use]
    pub fn saves(&self) -> u64 {
        self.sum(|operation, result| {
            matches!(operation, "create" | "save" | "renew") && result == "done"
        })
    }

    /// The number of writes that met a record which had changed meanwhile. Each was tried again.
    #[must_use]
    pub fn conflicts(&self) -> u64 {
        self.sum(|_, result| result == "conflict")
    }

    /// The number of operations that were an error. A request then cannot use its session.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.sum(|_, result| result == "error")
    }

    fn sum(&self, counts: impl Fn(&str, &str) -> bool) -> u64 {
        let counted = self.operations();
        let counted = counted.filter(|(operation, result, _)| counts(operation, result));
        counted.map(|(_, _, count)| count).sum()
    }
}

impl Source for StoreMetrics {
    fn write_to(&self, page: &mut Page) {
        let help = "Operations of the stores of sessions.";
        let mut family = page.family("wsgi_sessions_operations_total", Kind::Counter, help);
        for (operation, result, count) in self.operations() {
            // Those that cannot happen, such as a conflict of a load, are left out.
            if count > 0 || result == "done" || result == "error" {
                let labels = [
                    ("store", &*self.0.name),
                    ("operation", operation),
                    ("result", result),
                ];
                family.sample(&labels, count);
            }
        }
    }
}
