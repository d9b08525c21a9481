//! A family of samples.

use std::collections::{BTreeMap, BTreeSet};

/// A family of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name.
    pub name: String,
    /// Its description.
    pub help: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// Its samples, in the order of the page.
    pub samples: Vec<Sample>,
}

/// A sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its name, which is that of the family except in histograms.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
}

impl Sample {
    /// Whether it has this label with this value.
    #[must_use]
    pub fn has(&self, label: &str, value: &str) -> bool {
        self.labels.get(label).is_some_and(|found| found == value)
    }
}

impl Family {
    pub(crate) fn new(name: String, help: String) -> Self {
        Self {
            name,
            help,
            kind: String::new(),
            samples: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, sample: Sample) -> Result<(), String> {
        let suffix = sample.name.strip_prefix(&self.name);
        let is_ours = match &*self.kind {
            "counter" | "gauge" => suffix == Some(""),
            "histogram" => matches!(suffix, Some("_bucket" | "_sum" | "_count")),
            _ => false,
        };
        if !is_ours {
            return Err(format!("{sample:?} is not of {} {}", self.kind, self.name));
        }
        if self.kind != "gauge" && (sample.value.is_nan() || sample.value < 0.0) {
            return Err(format!("{sample:?} is below zero"));
        }
        self.samples.push(sample);
        Ok(())
    }

    /// Checks the whole family.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.kind.is_empty() || self.help.is_empty() {
            return Err(format!("{} has no type or no help", self.name));
        }
        let mut series = BTreeMap::<_, Vec<&Sample>>::new();
        let mut known = BTreeSet::new();
        for sample in &self.samples {
            if !known.insert((&sample.name, &sample.labels)) {
                return Err(format!("{sample:?} is there twice"));
            }
            let mut labels = sample.labels.clone();
            labels.remove("le");
            series.entry(labels).or_default().push(sample);
        }
        let is_whole =
            |samples: &[&Sample]| self.kind != "histogram" || is_histogram(&self.name, samples);
        match series.iter().find(|(_, samples)| !is_whole(samples)) {
            Some((labels, _)) => Err(format!("{} of {labels:?} is no histogram", self.name)),
            None => Ok(()),
        }
    }
}

/// Whether these are the buckets of a histogram in order, its sum and its count.
fn is_histogram(name: &str, samples: &[&Sample]) -> bool {
    let [buckets @ .., sum, count] = samples else {
        return false;
    };
    let bucket = format!("{name}_bucket");
    let read = |sample: &&Sample| {
        let bound = match sample.labels.get("le").map(String::as_str)? {
            "+Inf" => f64::INFINITY,
            bound => bound.parse().ok()?,
        };
        (sample.name == bucket).then_some((bound, sample.value))
    };
    let Some(buckets) = buckets
        .iter()
        .map(read)
        .collect::<Option<Vec<(f64, f64)>>>()
    else {
        return false;
    };
    buckets.last() == Some(&(f64::INFINITY, count.value))
        && buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1)
        && sum.name == format!("{name}_sum")
        && count.name == format!("{name}_count")
        && !sum.labels.contains_key("le")
        && !count.labels.contains_key("le")
}
