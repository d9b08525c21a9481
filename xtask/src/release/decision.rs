//! Whether one crate is released, and with which version.

use super::{candidate::Candidate, version::Version};
use crate::changelog::{self, Level, Section};

/// The decision about a crate.
#[derive(Debug)]
pub(super) enum Decision {
    Release(Release),
    /// It stays as it is, perhaps with a note.
    Keep(Option<String>),
}

/// A crate, and the version to publish.
#[derive(Clone, Debug)]
pub(super) struct Release {
    pub(super) name: String,
    pub(super) version: Version,
    /// The version that it follows. `None` for a first release.
    pub(super) base: Option<Version>,
    /// Whether manifest and changelog already have the version.
    pub(super) is_prepared: bool,
    /// The reasons, one sentence each.
    pub(super) why: Vec<String>,
    /// The crates of which it gets new versions without being broken by them, as long as it hides
    /// their types.
    pub(super) hides: Vec<String>,
    /// Entries for the changelog.
    pub(super) entries: Vec<String>,
}

/// Decides about a crate. `forced` are the crates whose next version its published manifest does
/// not accept, and whether their types are in its public API.
pub(super) fn decide(
    candidate: &Candidate,
    forced: &[(String, Version, bool)],
) -> Result<Decision, String> {
    let version: Version = candidate
        .version
        .parse()
        .map_err(|problem| format!("version {} {problem}", candidate.version))?;
    let section = changelog::newest(&candidate.changelog)
        .ok_or("CHANGELOG.md must begin with `## Unreleased` or `## 0.1.0 (YYYY-MM-DD)`")?;
    if let Some(about) = section.version
        && about != candidate.version
    {
        return Err(format!(
            "CHANGELOG.md is about {about}, the manifest about {version}"
        ));
    }
    let Some(base) = candidate.base() else {
        return first(candidate, version, section);
    };
    let level = section
        .level()
        .map_err(|problem| format!("CHANGELOG.md: {problem}"));
    let is_out = base.version == version;
    match (is_out, section.version, section.date) {
        (true, Some(_), Some(_)) => {
            if !candidate.changed.is_empty() {
                return Err(format!(
                    "{} since {version}, but CHANGELOG.md has no entry for it under \
                     `## Unreleased`",
                    has_changed(candidate)
                ));
            }
            next(candidate, base.version, None, forced)
        }
        (true, Some(_), None) => Err(format!(
            "{version} is out, but CHANGELOG.md calls it unreleased; its heading is \
             `## Unreleased`, or that of a newer version"
        )),
        (true, None, _) => {
            let level = level?;
            match (level, candidate.changed.is_empty(), forced) {
                (None, false, _) => Err(format!(
                    "{} since {version}, but CHANGELOG.md has no entry for it under \
                     `## Unreleased`",
                    has_changed(candidate)
                )),
                (Some(_), true, []) => Err(format!(
                    "CHANGELOG.md has an entry under `## Unreleased`, but no packaged file has \
                     changed since {version}"
                )),
                (level, ..) => next(candidate, base.version, level, forced),
            }
        }
        (false, None, _) => Err(format!(
            "the manifest has {version}, which is not out; if that is to be the next version, its \
             section in CHANGELOG.md is headed `## {version} (unreleased)`"
        )),
        (false, Some(_), date) => {
            let level = demanded(level?.unwrap_or(Level::Patch), forced)?;
            let least = base.version.raised(level);
            if version < least {
                return Err(format!(
                    "its changes since {} need {least}, but the manifest has {version}",
                    base.version
                ));
            }
            release(
                candidate,
                version,
                Some((base.version, level)),
                date.is_some(),
                forced,
            )
        }
    }
}

/// The release of a crate that the registry does not know.
fn first(
    candidate: &Candidate,
    version: Version,
    section: Section<'_>,
) -> Result<Decision, String> {
    if let Some(newest) = candidate.out.iter().map(|out| out.version).max() {
        return Err(format!(
            "{newest} is out, and the manifest has {version}, which is older"
        ));
    }
    if section.text.trim().is_empty() {
        return Err("CHANGELOG.md says nothing about the first release".to_owned());
    }
    release(candidate, version, None, section.date.is_some(), &[])
}

/// The next version of a crate with changes of a level, or because of the crates that it uses.
fn next(
    candidate: &Candidate,
    base: Version,
    level: Option<Level>,
    forced: &[(String, Version, bool)],
) -> Result<Decision, String> {
    if level.is_none() && forced.is_empty() {
        let is_yanked = candidate.base().is_some_and(|base| base.is_yanked);
        let note = format!(
            "{}: {base} is yanked, and there is no change to release in its place",
            candidate.name
        );
        return Ok(Decision::Keep(is_yanked.then_some(note)));
    }
    let level = demanded(level.unwrap_or(Level::Patch), forced)?;
    release(
        candidate,
        base.raised(level),
        Some((base, level)),
        false,
        forced,
    )
}

/// The level of a crate's changes together with those that it is forced to. An exposed one is
/// breaking, and users must be told in words what it means for them.
fn demanded(level: Level, forced: &[(String, Version, bool)]) -> Result<Level, String> {
    let exposed = forced.iter().find(|(_, _, is_exposed)| *is_exposed);
    match exposed {
        Some((of, version, _)) if level < Level::Breaking => Err(format!(
            "shows types of {of} in its public API, so {of} {version} breaks it as well; \
             CHANGELOG.md needs an entry about that under `### Breaking`"
        )),
        _ => Ok(level),
    }
}

fn release(
    candidate: &Candidate,
    version: Version,
    base: Option<(Version, Level)>,
    is_prepared: bool,
    forced: &[(String, Version, bool)],
) -> Result<Decision, String> {
    if candidate.find(version).is_some() {
        return Err(format!(
            "its next version is {version}, which is out already and is not what this branch comes \
             from; the branch of that release has to be merged first"
        ));
    }
    if candidate.tags.contains(&version) {
        let tag = version.tag(&candidate.name);
        return Err(format!(
            "the tag {tag} exists, but the registry does not have this version; if nobody ever \
             published it, `git tag --delete {tag}` removes the tag"
        ));
    }
    let mut why = Vec::new();
    match base {
        None => why.push("the first release".to_owned()),
        Some((base, level)) => {
            why.push(level.to_string());
            if !candidate.changed.is_empty() {
                why.push(format!("{} since {base}", has_changed(candidate)));
            }
        }
    }
    let mut entries = Vec::new();
    let mut hides = Vec::new();
    let is_broken = base.is_some_and(|(_, level)| level == Level::Breaking);
    for (of, needed, is_exposed) in forced {
        let shown = if *is_exposed {
            ", whose types it shows"
        } else {
            ""
        };
        why.push(format!("uses {of} {needed}{shown}"));
        if !is_exposed && !is_broken {
            hides.push(of.clone());
        }
        if !is_exposed && !is_prepared {
            entries.push(format!("Uses `{of}` {needed}."));
        }
    }
    Ok(Decision::Release(Release {
        name: candidate.name.clone(),
        version,
        base: base.map(|(base, _)| base),
        is_prepared,
        why,
        hides,
        entries,
    }))
}

/// `src/lib.rs, src/a.rs and 3 more files have changed`.
fn has_changed(candidate: &Candidate) -> String {
    const NAMED: usize = 3;
    let files = &candidate.changed;
    let named = files[..files.len().min(NAMED)].join(", ");
    match (files.len(), files.len().saturating_sub(NAMED)) {
        (1, _) => format!("{named} has changed"),
        (_, 0) => format!("{named} have changed"),
        (_, more) => format!("{named} and {more} more have changed"),
    }
}
