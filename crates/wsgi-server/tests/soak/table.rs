//! The table of a run.

use std::{fmt, time::Duration};

use crate::{clients::Crowd, figures::Figures};

pub(crate) struct Table {
    rows: Vec<(String, u64, Figures)>,
    kinds: Vec<(&'static str, u64)>,
}

impl Table {
    pub(crate) fn begin(figures: Figures) -> Self {
        Self {
            rows: vec![("before".to_owned(), 0, figures)],
            kinds: Vec::new(),
        }
    }

    pub(crate) fn sample(&mut self, time: Duration, requests: u64, figures: Figures) {
        let time = format!("{} s", time.as_secs());
        self.rows.push((time, requests, figures));
    }

    pub(crate) fn end(&mut self, crowd: &Crowd, figures: Figures) {
        self.rows
            .push(("after".to_owned(), crowd.requests(), figures));
        self.kinds = crowd.kinds().collect();
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>8} {:>12} {:>10} {:>8} {:>12}",
            "", "requests", "memory", "threads", "descriptors"
        )?;
        for (name, requests, figures) in &self.rows {
            let Figures {
                memory_kib,
                threads,
                descriptors,
            } = figures;
            writeln!(
                f,
                "{name:>8} {requests:>12} {memory_kib:>6} KiB {threads:>8} {descriptors:>12}"
            )?;
        }
        for (name, requests) in &self.kinds {
            writeln!(f, "{requests:>21} {name}")?;
        }
        Ok(())
    }
}
