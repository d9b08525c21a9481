//! A page of numbers in Prometheus' text format.

use std::fmt::{self, Write};

use crate::{
    durations::Durations,
    kind::Kind,
    name::{is_family, is_label},
    value::Value,
};

/// A page of numbers in Prometheus' text exposition format, version 0.0.4.
///
/// It has families of samples. Several sources may add samples to one family; its samples stay
/// together, as the format wants it. The text of the page is its `Display` form.
///
/// ```
/// use wsgi_metrics::{Kind, Page};
///
/// let mut page = Page::new();
/// let help = "Threads by what they do.";
/// page.family("threads", Kind::Gauge, help)
///     .sample(&[("state", "idle")], 3u64)
///     .sample(&[("state", "busy")], 1u64);
/// let text = page.to_string();
/// assert!(text.starts_with("# HELP threads Threads by what they do.\n# TYPE threads gauge\n"));
/// assert!(text.ends_with("\nthreads{state=\"idle\"} 3\nthreads{state=\"busy\"} 1\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Page {
    families: Vec<Lines>,
}

/// A family as it is written.
#[derive(Clone, Debug)]
struct Lines {
    name: String,
    kind: Kind,
    help: String,
    samples: String,
}

impl Page {
    /// The media type of the text, for the field `Content-Type`.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// An empty page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`family`](Self::family) accepts this name of the format with this kind.
    #[cfg(unix)]
    pub(crate) fn can_have(&self, name: &str, kind: Kind) -> bool {
        let known = self.families.iter().find(|lines| lines.name == name);
        known.is_none_or(|lines| lines.kind == kind)
    }

    /// The family of this name, for adding samples to it. A family without samples is not in the
    /// text.
    ///
    /// # Panics
    ///
    /// The name is not one of the format (`[a-zA-Z_:][a-zA-Z0-9_:]*`), or the page has a family of
    /// this name and another kind.
    pub fn family(&mut self, name: &str, kind: Kind, help: &str) -> Family<'_> {
        let known = self.families.iter().position(|lines| lines.name == name);
        let index = known.unwrap_or_else(|| {
            assert!(is_family(name), "{name:?} is not a name of a family");
            self.families.push(Lines {
                name: name.to_owned(),
                kind,
                help: help.to_owned(),
                samples: String::new(),
            });
            self.families.len() - 1
        });
        let lines = &mut self.families[index];
        assert!(
            lines.kind == kind,
            "{name} is a {}, not a {kind}",
            lines.kind
        );
        Family(lines)
    }
}

/// The text of the page.
impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let families = self.families.iter();
        for lines in families.filter(|lines| !lines.samples.is_empty()) {
            write!(f, "# HELP {} ", lines.name)?;
            escape(f, &lines.help, false)?;
            write!(f, "\n# TYPE {} {}\n", lines.name, lines.kind)?;
            f.write_str(&lines.samples)?;
        }
        Ok(())
    }
}

/// A family of a [`Page`].
///
/// ```
/// use std::time::Duration;
/// use wsgi_metrics::{DurationHistogram, Kind, Page};
///
/// let histogram = DurationHistogram::new();
/// histogram.record(Duration::from_millis(7));
/// let mut page = Page::new();
/// page.family("query_seconds", Kind::Histogram, "Time of queries.")
///     .histogram(&[("table", "notes")], &histogram.durations());
/// assert!(page.to_string().ends_with("\nquery_seconds_count{table=\"notes\"} 1\n"));
/// ```
#[derive(Debug)]
pub struct Family<'a>(&'a mut Lines);

impl Family<'_> {
    /// Adds a sample, with labels by name and value. Two samples of a family must not have the same
    /// labels. A label with an empty value is the same as none.
    ///
    /// # Panics
    ///
    /// The name of a label is not one of the format (`[a-zA-Z_][a-zA-Z0-9_]*`), begins with two
    /// underscores or is `le`, or the family is a histogram.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Into<Value>) -> &mut Self {
        let Lines { name, kind, .. } = &*self.0;
        assert!(*kind != Kind::Histogram, "{name} is a histogram");
        self.line("", labels, None, value.into());
        self
    }

    /// Adds a histogram, with labels by name and value, as [`sample`](Self::sample) does.
    ///
    /// # Panics
    ///
    /// The name of a label is not one of the format, or the family is not a histogram.
    pub fn histogram(&mut self, labels: &[(&str, &str)], durations: &Durations) -> &mut Self {
        let Lines { name, kind, .. } = &*self.0;
        assert!(*kind == Kind::Histogram, "{name} is a {kind}");
        for bucket in durations.buckets() {
            let bound = bucket.upper_bound();
            let bound = bound.map_or(f64::INFINITY.into(), Value::from);
            self.line("_bucket", labels, Some(bound), bucket.count().into());
        }
        self.line("_sum", labels, None, durations.sum().into());
        self.line("_count", labels, None, durations.count().into());
        self
    }

    /// Adds a sample as it is written, up to its value.
    pub(crate) fn whole_line(&mut self, sample: &str, value: Value) {
        // Writing to a string is never an error.
        let _ = writeln!(self.0.samples, "{sample} {value}");
    }

    /// Writes the line of a sample.
    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], le: Option<Value>, value: Value) {
        let Lines { name, samples, .. } = &mut *self.0;
        samples.push_str(name);
        samples.push_str(suffix);
        let mut separator = '{';
        for (label, value) in labels {
            assert!(is_label(label), "{label:?} is not a name of a label");
            samples.push(separator);
            samples.push_str(label);
            samples.push_str("=\"");
            let _ = escape(samples, value, true); // never an error
            samples.push('"');
            separator = ',';
        }
        // Writing to a string is never an error.
        if let Some(bound) = le {
            let _ = write!(samples, "{separator}le=\"{bound}\"");
            separator = ',';
        }
        if separator == ',' {
            samples.push('}');
        }
        let _ = writeln!(samples, " {value}");
    }
}

/// Writes a text with its backslashes and line ends escaped, and its quotes if it is between some.
fn escape(out: &mut impl Write, text: &str, is_quoted: bool) -> fmt::Result {
    for character in text.chars() {
        match character {
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '"' if is_quoted => out.write_str("\\\"")?,
            character => out.write_char(character)?,
        }
    }
    Ok(())
}
