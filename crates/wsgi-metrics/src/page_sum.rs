//! The sum of the pages of several processes.

use std::{collections::HashMap, error::Error, fmt};

use crate::{
    kind::Kind, name::is_family, page::Page, sample::Sample, source::Source, value::Value,
};

/// The sum of the pages of several processes of one program.
///
/// Each process shows a [`Page`], and one process adds up their texts: samples with the same name
/// and labels become one, also those of histograms. The pages have to be those of [`Page`]; texts
/// of other libraries may have timestamps or other things that it refuses.
///
/// ```
/// use wsgi_metrics::{Kind, Page, PageSum};
///
/// let page = |orders: u64, cooks: u64| {
///     let mut page = Page::new();
///     page.family("orders_total", Kind::Counter, "Orders that came in.").sample(&[], orders);
///     page.family("cooks", Kind::Gauge, "Cooks who are there.").sample(&[], cooks);
///     page.to_string()
/// };
/// let mut sum = PageSum::new();
/// sum.add(&page(3, 1))?;
/// sum.add_ended(&page(5, 2))?; // its cooks have gone
/// let text = Page::of(&sum).to_string();
/// assert!(text.contains("\norders_total 8\n") && text.contains("\ncooks 1\n"));
/// # Ok::<(), wsgi_metrics::InvalidPage>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PageSum {
    families: Vec<SumFamily>,
}

/// A family of a sum.
#[derive(Clone, Debug)]
struct SumFamily {
    name: String,
    kind: Kind,
    help: String,
    /// The samples in their order: everything before the value, and the value.
    samples: Vec<(String, Value)>,
    /// Where a sample is.
    places: HashMap<String, usize>,
}

/// The error of a text that is not a [`Page`], or whose families differ from those of the sum.
///
/// ```
/// use wsgi_metrics::{InvalidPage, PageSum};
///
/// let error: InvalidPage = PageSum::new().add("no page").unwrap_err();
/// assert!(error.to_string().contains("no page"), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPage {
    line: String,
}

impl PageSum {
    /// The sum of no pages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the text of a page.
    ///
    /// # Errors
    ///
    /// It is not a page, and nothing was added.
    pub fn add(&mut self, text: &str) -> Result<(), InvalidPage> {
        self.add_sum(&Self::read(text)?, |_| true)
    }

    /// Adds the text of the last page of a process that has ended: what it has counted stays
    /// counted, and its gauges are gone.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub fn add_ended(&mut self, text: &str) -> Result<(), InvalidPage> {
        self.add_sum(&Self::read(text)?, |kind| kind != Kind::Gauge)
    }

    /// Keeps the families for which `is_kept` is true.
    #[cfg(unix)]
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str, Kind) -> bool) {
        self.families
            .retain(|family| is_kept(&family.name, family.kind));
    }

    fn read(text: &str) -> Result<Self, InvalidPage> {
        let mut sum = Self::default();
        for line in text.lines() {
            sum.read_line(line).ok_or_else(|| InvalidPage {
                line: line.to_owned(),
            })?;
        }
        Ok(sum)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ')?;
            let is_known = self.families.iter().any(|known| known.name == name);
            if is_known || !is_family(name) {
                return None;
            }
            let family = SumFamily::new(name, Kind::Gauge, &unescape(help));
            self.families.push(family);
            Some(())
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ')?;
            let family = self.families.last_mut()?;
            let is_first = family.name == name && family.samples.is_empty();
            family.kind = match kind {
                "counter" => Kind::Counter,
                "gauge" => Kind::Gauge,
                "histogram" => Kind::Histogram,
                _ => return None,
            };
            is_first.then_some(())
        } else {
            let family = self.families.last_mut()?;
            let Sample { whole, name, value } = Sample::read(line)?;
            let suffix = name.strip_prefix(&family.name)?;
            let is_own = match family.kind {
                Kind::Counter | Kind::Gauge => suffix.is_empty(),
                Kind::Histogram => matches!(suffix, "_bucket" | "_sum" | "_count"),
            };
            if !is_own {
                return None;
            }
            family.add(whole, value);
            Some(())
        }
    }

    fn add_sum(&mut self, other: &Self, adds: fn(Kind) -> bool) -> Result<(), InvalidPage> {
        let known = |families: &[SumFamily], name: &str| {
            families.iter().position(|family| family.name == name)
        };
        for family in &other.families {
            let own = known(&self.families, &family.name).map(|index| &self.families[index]);
            if own.is_some_and(|own| own.kind != family.kind) {
                let line = format!("# TYPE {} {}", family.name, family.kind);
                return Err(InvalidPage { line });
            }
        }
        for family in other.families.iter().filter(|family| adds(family.kind)) {
            let SumFamily {
                name, kind, help, ..
            } = family;
            let index = known(&self.families, name).unwrap_or_else(|| {
                self.families.push(SumFamily::new(name, *kind, help));
                self.families.len() - 1
            });
            for (sample, value) in &family.samples {
                self.families[index].add(sample, *value);
            }
        }
        Ok(())
    }
}

impl SumFamily {
    fn new(name: &str, kind: Kind, help: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            help: help.to_owned(),
            samples: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn add(&mut self, sample: &str, value: Value) {
        match self.places.get(sample) {
            Some(&place) => {
                let sum = &mut self.samples[place].1;
                *sum = *sum + value;
            }
            None => {
                self.places.insert(sample.to_owned(), self.samples.len());
                self.samples.push((sample.to_owned(), value));
            }
        }
    }
}

impl Source for PageSum {
    fn write_to(&self, page: &mut Page) {
        for family in &self.families {
            let mut lines = page.family(&family.name, family.kind, &family.help);
            for (sample, value) in &family.samples {
                lines.whole_line(sample, *value);
            }
        }
    }
}

impl fmt::Display for InvalidPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a line of a page that can be added",
            self.line
        )
    }
}

impl Error for InvalidPage {}

/// The text of a help without its escapes.
fn unescape(text: &str) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        unescaped.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                other => other.unwrap_or('\\'),
            },
            character => character,
        });
    }
    unescaped
}
