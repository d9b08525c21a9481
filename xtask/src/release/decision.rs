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

/// A new version of a used crate, which the published manifest of its user does not accept.
#[derive(Debug)]
pub(super) struct NeededVersion {
    pub(super) name: String,
    pub(super) version: Version,
    /// Whether the types of the used crate are in the public API of its user.
    pub(super) is_exposed: bool,
}

/// The version that a crate gets.
#[derive(Clone, Copy)]
struct Next {
    version: Version,
    /// The version before it, and the level of the changes since. `None` for a first release.
    base: Option<(Version, Level)>,
    /// Whether manifest and changelog already have the version.
    is_prepared: bool,
}

/// Decides about a crate, which needs these versions of the crates that it uses.
pub(super) fn decide(candidate: &Candidate, needed: &[NeededVersion]) -> Result<Decision, String> {
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
        (true, Some(_), Some(_)) => undescribed(candidate, version, needed),
        (true, Some(_), None) => Err(format!(
            "{version} is out, but CHANGELOG.md calls it unreleased; its heading is \
             `## Unreleased`, or that of a newer version"
        )),
        (true, None, _) => described(candidate, version, level?, needed),
        (false, None, _) => Err(format!(
            "the manifest has {version}, which is not out; if that is to be the next version, its \
             section in CHANGELOG.md is headed `## {version} (unreleased)`"
        )),
        (false, Some(_), date) => {
            let level = demanded(level?.unwrap_or(Level::Patch), needed)?;
            let least = base.version.raised(level);
            if version < least {
                return Err(format!(
                    "its changes since {} need {least}, but the manifest has {version}",
                    base.version
                ));
            }
            let next = Next {
                version,
                base: Some((base.version, level)),
                is_prepared: date.is_some(),
            };
            release(candidate, next, needed)
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
    let next = Next {
        version,
        base: None,
        is_prepared: section.date.is_some(),
    };
    release(candidate, next, &[])
}

/// The decision about a crate whose changelog has nothing since `base`, which is out.
fn undescribed(
    candidate: &Candidate,
    base: Version,
    needed: &[NeededVersion],
) -> Result<Decision, String> {
    if !candidate.changed.is_empty() {
        return Err(no_entry(candidate, base));
    }
    next(candidate, base, None, needed)
}

/// The decision about a crate whose changelog has a section for what comes after `base`. `level` is
/// that of the section's entries, if it has any.
fn described(
    candidate: &Candidate,
    base: Version,
    level: Option<Level>,
    needed: &[NeededVersion],
) -> Result<Decision, String> {
    match (level, candidate.changed.is_empty(), needed) {
        (None, false, _) => Err(no_entry(candidate, base)),
        (Some(_), true, []) => Err(format!(
            "CHANGELOG.md has an entry under `## Unreleased`, but no packaged file has changed \
             since {base}"
        )),
        (level, ..) => next(candidate, base, level, needed),
    }
}

fn no_entry(candidate: &Candidate, base: Version) -> String {
    format!(
        "{} since {base}, but CHANGELOG.md has no entry for it under `## Unreleased`",
        has_changed(candidate)
    )
}

/// The next version of a crate with changes of a level, or because of the crates that it uses.
fn next(
    candidate: &Candidate,
    base: Version,
    level: Option<Level>,
    needed: &[NeededVersion],
) -> Result<Decision, String> {
    if level.is_none() && needed.is_empty() {
        let is_yanked = candidate.base().is_some_and(|base| base.is_yanked);
        let note = format!(
            "{}: {base} is yanked, and there is no change to release in its place",
            candidate.name
        );
        return Ok(Decision::Keep(is_yanked.then_some(note)));
    }
    let level = demanded(level.unwrap_or(Level::Patch), needed)?;
    let next = Next {
        version: base.raised(level),
        base: Some((base, level)),
        is_prepared: false,
    };
    release(candidate, next, needed)
}

/// The level of a crate's own changes together with those of the crates that it uses. A change of
/// types that it exposes is breaking, and users must be told in words what it means for them.
fn demanded(level: Level, needed: &[NeededVersion]) -> Result<Level, String> {
    match needed.iter().find(|needed| needed.is_exposed) {
        Some(NeededVersion { name, version, .. }) if level < Level::Breaking => Err(format!(
            "shows types of {name} in its public API, so {name} {version} breaks it as well; \
             CHANGELOG.md needs an entry about that under `### Breaking`"
        )),
        _ => Ok(level),
    }
}

fn release(
    candidate: &Candidate,
    next: Next,
    needed: &[NeededVersion],
) -> Result<Decision, String> {
    let Next {
        version,
        base,
        is_prepared,
    } = next;
    check_free(candidate, version)?;
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
    for NeededVersion {
        name,
        version,
        is_exposed,
    } in needed
    {
        if *is_exposed {
            why.push(format!("uses {name} {version}, whose types it shows"));
            continue;
        }
        why.push(format!("uses {name} {version}"));
        if !is_broken {
            hides.push(name.clone());
        }
        if !is_prepared {
            entries.push(format!("Uses `{name}` {version}."));
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

/// Refuses a version that the registry has, or that has a tag.
fn check_free(candidate: &Candidate, version: Version) -> Result<(), String> {
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
    Ok(())
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
