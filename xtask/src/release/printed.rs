//! The plan as a maintainer reads it.

use std::fmt;

use super::{
    pace::{self, NEW_CRATES, NEW_VERSIONS, Schedule},
    plan::Plan,
};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.releases.is_empty() && self.tags.is_empty() && self.problems.is_empty() {
            writeln!(f, "There is nothing to release.")?;
        }
        if !self.releases.is_empty() {
            self.write_releases(f)?;
        }
        for (name, version) in &self.tags {
            let tag = version.tag(name);
            writeln!(
                f,
                "To be tagged: {tag}, which is out, at the commit it was published from"
            )?;
        }
        if !self.kept.is_empty() {
            writeln!(f, "Kept as published: {}", self.kept.join(", "))?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for problem in &self.problems {
            writeln!(f, "problem: {problem}")?;
        }
        Ok(())
    }
}

impl Plan {
    fn write_releases(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "To be published, at these times after the first upload:")?;
        let name = |at: usize| self.releases[at].name.len();
        let width = (0..self.releases.len()).map(name).max().unwrap_or(0);
        let mut schedule = Schedule::default();
        let mut last = String::new();
        for (release, number) in self.releases.iter().zip(1..) {
            let time = pace::hours(schedule.next(release.base.is_none()));
            let step = match release.base {
                Some(base) => format!("{base} -> {}", release.version),
                None => release.version.to_string(),
            };
            let name = &release.name;
            let why = release.why.join("; ");
            let state = if release.is_prepared {
                ""
            } else {
                "; to be prepared"
            };
            let line = format!("{number:3}. {time}  {name:width$}  {step}  ({why}{state})");
            writeln!(f, "{}", line.trim_end())?;
            last = time;
        }
        writeln!(
            f,
            "The registry accepts {} new crates at once, then one in {} minutes; {} new versions, \
             then one a minute.",
            NEW_CRATES.burst,
            NEW_CRATES.interval.as_secs() / 60,
            NEW_VERSIONS.burst,
        )?;
        if last != "0:00" {
            writeln!(
                f,
                "So the last upload is {last} hours after the first, or later."
            )?;
        }
        Ok(())
    }
}
