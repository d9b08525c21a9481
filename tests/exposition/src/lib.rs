//! A strict reader of Prometheus' text exposition format, version 0.0.4, written only from its
//! specification, for tests.
#![forbid(unsafe_code)]

mod family;
mod line;

use std::collections::BTreeMap;

pub use family::{Family, Sample};

use line::Line;

/// A page that was read.
#[derive(Debug, Default)]
pub struct Exposition {
    families: BTreeMap<String, Family>,
}

impl Exposition {
    /// Reads a page.
    ///
    /// # Errors
    ///
    /// The first line that breaks a rule, or the family.
    pub fn read(text: &str) -> Result<Self, String> {
        if !text.is_empty() && !text.ends_with('\n') {
            return Err("the last line does not end".into());
        }
        let mut exposition = Self::default();
        let mut present: Option<Family> = None;
        for text in text.lines() {
            let line = Line::read(text).ok_or_else(|| format!("{text:?} is not a line"))?;
            match line {
                Line::Help { name, help } => {
                    exposition.end(present.take())?;
                    present = Some(Family::new(name, help));
                }
                Line::Type { name, kind } => match &mut present {
                    Some(family) if family.name == name && family.kind.is_empty() => {
                        family.kind = kind;
                    }
                    _ => return Err(format!("{text:?} does not follow its help")),
                },
                Line::Sample(sample) => match &mut present {
                    Some(family) => family.add(sample)?,
                    None => return Err(format!("{text:?} has no family")),
                },
            }
        }
        exposition.end(present)?;
        Ok(exposition)
    }

    fn end(&mut self, family: Option<Family>) -> Result<(), String> {
        let Some(family) = family else {
            return Ok(());
        };
        family.check()?;
        match self.families.insert(family.name.clone(), family) {
            Some(family) => Err(format!("{} is there twice", family.name)),
            None => Ok(()),
        }
    }

    /// A family.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.get(name)
    }

    /// The names of the families.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.families.keys().map(String::as_str)
    }

    /// All samples.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.families.values().flat_map(|family| &family.samples)
    }

    /// The value of a sample with exactly these labels.
    #[must_use]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let is_it = |sample: &&Sample| {
            sample.name == name
                && sample.labels.len() == labels.len()
                && labels.iter().all(|(label, value)| sample.has(label, value))
        };
        self.samples().find(is_it).map(|sample| sample.value)
    }

    /// The sum of the samples that have these labels and perhaps others.
    #[must_use]
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let is_it = |sample: &&Sample| {
            sample.name == name && labels.iter().all(|(label, value)| sample.has(label, value))
        };
        self.samples()
            .filter(is_it)
            .map(|sample| sample.value)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Exposition;

    #[test]
    fn a_page_that_breaks_a_rule_is_refused() {
        let ours = "# HELP a Help.\n# TYPE a gauge\na 1\n";
        assert!(Exposition::read(ours).is_ok());
        assert!(Exposition::read("").is_ok());
        for page in [
            "a 1\n",
            "# HELP a Help.\n# TYPE a gauge\na 1",
            "# HELP a Help.\na 1\n",
            "# TYPE a gauge\na 1\n",
            "# HELP a Help.\n# TYPE b gauge\nb 1\n",
            "# HELP a Help.\n# TYPE a gauge\nb 1\n",
            "# HELP a Help.\n# TYPE a gauge\na one\n",
            "# HELP a Help.\n# TYPE a gauge\na  1\n",
            "# HELP a Help.\n# TYPE a gauge\na{} 1\n",
            "# HELP a Help.\n# TYPE a gauge\na{b=c} 1\n",
            "# HELP a Help.\n# TYPE a gauge\na{b=\"c} 1\n",
            "# HELP a Help.\n# TYPE a gauge\na{b=\"\\c\"} 1\n",
            "# HELP a Help.\n# TYPE a gauge\na{b=\"c\"\"} 1\n",
            "# HELP a Help.\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
            "# HELP a Help.\n# TYPE a gauge\na 1\na 1\n",
            "# HELP a Help.\n# TYPE a counter\na -1\n",
            "# HELP a Help.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\n",
            "# HELP a Help.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
            "# HELP a Help.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
        ] {
            assert!(Exposition::read(page).is_err(), "{page}");
        }
        assert!(Exposition::read(&ours.repeat(2)).is_err());
    }
}
