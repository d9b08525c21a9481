//! The plan of a release, a pure function of what is known of the crates.

use std::collections::BTreeMap;

use super::{
    candidate::Candidate,
    decision::{Decision, NeededVersion, Release, decide},
    version::Version,
};

/// The steps of a release, or the problems that prevent it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// In the order of publication.
    pub(super) releases: Vec<Release>,
    /// Versions that are out, but have no tag.
    pub(super) tags: Vec<(String, Version)>,
    /// Crates that stay as they are.
    pub(super) kept: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) problems: Vec<String>,
}

impl Plan {
    /// Plans the crates with these names, or all that need a release.
    pub(super) fn new(candidates: &[Candidate], names: &[String]) -> Self {
        let mut plan = Self::default();
        plan.check_names(candidates, names);
        let ordered = plan.ordered(candidates);
        let mut planned = BTreeMap::new();
        for candidate in &ordered {
            let needed = needed_versions(candidate, candidates, &planned);
            let is_chosen = names.is_empty() || names.contains(&candidate.name);
            if !is_chosen {
                let stays = needed.iter().map(|NeededVersion { name, version, .. }| {
                    format!(
                        "{}: its next release needs {name} {version}, and it stays as it is until \
                         then",
                        candidate.name
                    )
                });
                plan.notes.extend(stays);
                continue;
            }
            plan.tags.extend(untagged(candidate));
            match decide(candidate, &needed) {
                Ok(Decision::Release(release)) => {
                    planned.insert(release.name.clone(), release.version);
                    plan.releases.push(release);
                }
                Ok(Decision::Keep(note)) => {
                    plan.kept
                        .push(format!("{} {}", candidate.name, candidate.version));
                    plan.notes.extend(note);
                }
                Err(problem) => plan.problems.push(format!("{}: {problem}", candidate.name)),
            }
        }
        for candidate in ordered {
            if planned.contains_key(&candidate.name) {
                plan.check_uses(candidate, candidates, names, &planned);
            }
        }
        plan
    }

    fn check_names(&mut self, candidates: &[Candidate], names: &[String]) {
        for name in names {
            match candidates.iter().find(|c| c.name == *name) {
                None => self
                    .problems
                    .push(format!("{name}: the workspace has no such package")),
                Some(candidate) if !candidate.may_be_published => self
                    .problems
                    .push(format!("{name}: its manifest says `publish = false`")),
                Some(_) => {}
            }
        }
    }

    /// The crates that may be published, dependencies first, otherwise by name.
    fn ordered<'a>(&mut self, candidates: &'a [Candidate]) -> Vec<&'a Candidate> {
        let mut waiting: Vec<_> = candidates.iter().filter(|c| c.may_be_published).collect();
        let mut ordered = Vec::new();
        while !waiting.is_empty() {
            let is_waiting = |name: &str| waiting.iter().any(|c| c.name == name);
            let is_ready = |c: &&Candidate| !c.uses.iter().any(|of| is_waiting(&of.name));
            let Some(next) = waiting.iter().position(is_ready) else {
                let names: Vec<_> = waiting.iter().map(|c| c.name.as_str()).collect();
                self.problems
                    .push(format!("{} depend on each other", names.join(", ")));
                return Vec::new();
            };
            ordered.push(waiting.remove(next));
        }
        ordered
    }

    /// Checks that the registry has what a released crate uses, or will have it by then.
    fn check_uses(
        &mut self,
        candidate: &Candidate,
        all: &[Candidate],
        names: &[String],
        planned: &BTreeMap<String, Version>,
    ) {
        for of in &candidate.uses {
            let other = all.iter().find(|c| c.name == of.name);
            let Some(other) = other.filter(|other| other.may_be_published) else {
                self.problems.push(format!(
                    "{}: uses {}, which is not to be published",
                    candidate.name, of.name
                ));
                continue;
            };
            if planned.contains_key(&other.name) {
                continue;
            }
            let Some(version) = other.version.parse::<Version>().ok() else {
                continue;
            };
            // A crate that is chosen and not planned is kept, or has a problem of its own.
            let is_chosen = names.is_empty() || names.contains(&other.name);
            let problem = match other.find(version) {
                None if is_chosen => continue,
                None => "which is not out; release it as well".to_owned(),
                Some(out) if out.is_yanked => "which is yanked".to_owned(),
                Some(_) if !other.changed.is_empty() && !is_chosen => {
                    "of which the tree has changes that are not out".to_owned()
                }
                Some(_) if version.meets(&of.requirement) == Some(true) => continue,
                Some(_) => format!("but asks for {}", of.requirement),
            };
            self.problems.push(format!(
                "{}: uses {} {version}, {problem}",
                candidate.name, other.name
            ));
        }
    }
}

/// The next versions of used crates that the published manifest of a crate does not accept.
fn needed_versions(
    candidate: &Candidate,
    all: &[Candidate],
    planned: &BTreeMap<String, Version>,
) -> Vec<NeededVersion> {
    let Some(base) = candidate.base() else {
        return Vec::new();
    };
    let next = |name: &String| {
        let is_it = |c: &&Candidate| c.name == *name && c.may_be_published;
        let built_with = || all.iter().find(is_it)?.version.parse().ok();
        planned.get(name).copied().or_else(built_with)
    };
    let mut found = Vec::new();
    for of in &candidate.uses {
        let asked = base.requirements.iter().find(|(name, _)| *name == of.name);
        if let (Some((_, asked)), Some(version)) = (asked, next(&of.name))
            && version.meets(asked) == Some(false)
        {
            found.push(NeededVersion {
                name: of.name.clone(),
                version,
                is_exposed: of.is_exposed,
            });
        }
    }
    found
}

/// The version of the manifest, if it is out and has no tag.
fn untagged(candidate: &Candidate) -> Option<(String, Version)> {
    let version = candidate.version.parse().ok()?;
    let is_out = candidate.find(version).is_some();
    (is_out && !candidate.tags.contains(&version)).then(|| (candidate.name.clone(), version))
}
