//! What the plan of a release knows of each crate.

use super::version::Version;

/// A package of the workspace, and its history.
#[derive(Debug, Default)]
pub(super) struct Candidate {
    pub(super) name: String,
    /// The version in the manifest.
    pub(super) version: String,
    /// Whether the manifest allows to publish it.
    pub(super) may_be_published: bool,
    pub(super) uses: Vec<Use>,
    /// The versions in the registry, in its order.
    pub(super) out: Vec<Out>,
    /// The versions that have a tag.
    pub(super) tags: Vec<Version>,
    /// The packaged files that differ from those of [`base`](Self::base).
    pub(super) changed: Vec<String>,
    pub(super) changelog: String,
}

/// A crate of the workspace that another names in its published manifest.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) name: String,
    /// The requirement in the manifest.
    pub(super) requirement: String,
    /// Whether its types are in the public API of the other.
    pub(super) is_exposed: bool,
}

/// A version in the registry.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) version: Version,
    pub(super) is_yanked: bool,
    /// Its dependencies and their requirements.
    pub(super) requirements: Vec<(String, String)>,
}

impl Candidate {
    /// The published version that the tree comes from: the newest one that is not newer than the
    /// manifest. On a branch from an older release, it is that release.
    pub(super) fn base(&self) -> Option<&Out> {
        let manifest: Version = self.version.parse().ok()?;
        let older = self.out.iter().filter(|out| out.version <= manifest);
        older.max_by_key(|out| out.version)
    }

    pub(super) fn find(&self, version: Version) -> Option<&Out> {
        self.out.iter().find(|out| out.version == version)
    }
}
