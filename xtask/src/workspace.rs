//! The part of `cargo metadata` that the tasks use.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::result::Result;

/// The packages of the workspace, in the order of their names.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One package, with the field names of its manifest.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) edition: String,
    pub(crate) rust_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) readme: Option<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    /// The registries that may get it. `publish = false` is an empty list.
    pub(crate) publish: Option<Vec<String>>,
}

/// One entry of a dependency table.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// The version requirement. `*` if the entry has none.
    pub(crate) req: String,
    #[serde(default)]
    pub(crate) kind: Option<Kind>,
    pub(crate) optional: bool,
    /// The folder of a crate of the workspace.
    pub(crate) path: Option<PathBuf>,
}

/// A dependency table other than `[dependencies]`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Dev,
    Build,
}

/// A target of a package: its library, a program, a test.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    pub(crate) src_path: PathBuf,
}

impl Workspace {
    /// Loads the workspace that this program was built in.
    pub(crate) fn load() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        Self::load_from(root.ok_or("xtask is not in a workspace")?)
    }

    /// Loads the workspace in a folder.
    pub(crate) fn load_from(root: &Path) -> Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root)
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo metadata failed: {message}").into());
        }
        Self::parse(&output.stdout)
    }

    fn parse(metadata: &[u8]) -> Result<Self> {
        let mut workspace: Self = serde_json::from_slice(metadata)?;
        workspace.packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(workspace)
    }

    /// The packages that are published.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| package.is_published())
    }

    /// The packages with these names. Without names, all.
    pub(crate) fn select(&self, names: &[String]) -> Result<Vec<&Package>> {
        if names.is_empty() {
            return Ok(self.packages.iter().collect());
        }
        let find = |name: &String| {
            let mut packages = self.packages.iter();
            packages
                .find(|package| package.name == *name)
                .ok_or_else(|| format!("unknown package `{name}`").into())
        };
        names.iter().map(find).collect()
    }

    /// A path relative to the root, in git's notation.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}

impl Package {
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|to| !to.is_empty())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }

    /// The features without `default`.
    pub(crate) fn named_features(&self) -> impl Iterator<Item = &str> {
        let names = self.features.keys().map(String::as_str);
        names.filter(|&name| name != "default")
    }

    /// Whether there are default features.
    pub(crate) fn has_default_features(&self) -> bool {
        self.features
            .get("default")
            .is_some_and(|on| !on.is_empty())
    }
}

impl Dependency {
    pub(crate) fn is_ours(&self) -> bool {
        self.path.is_some()
    }

    /// Whether the published package names this dependency. Cargo omits development dependencies
    /// with a path and without a version.
    pub(crate) fn is_published(&self) -> bool {
        self.kind != Some(Kind::Dev) || self.req != "*"
    }
}

impl Target {
    pub(crate) fn is_library(&self) -> bool {
        self.kind
            .iter()
            .any(|kind| kind == "lib" || kind == "proc-macro")
    }

    pub(crate) fn is_program(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

/// The cargo that runs this program, so that every step uses the same toolchain.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

#[cfg(test)]
pub(crate) mod sample {
    //! Small workspaces for tests.

    use super::*;

    pub(crate) fn workspace(packages: impl IntoIterator<Item = Package>) -> Workspace {
        let packages = packages.into_iter().collect();
        Workspace {
            root: PathBuf::from("/w"),
            packages,
        }
    }

    /// A complete crate that depends on these crates of the workspace.
    pub(crate) fn package(name: &str, uses: &[&str]) -> Package {
        let folder = Path::new("/w/crates").join(name);
        let library = Target {
            name: name.replace('-', "_"),
            kind: vec!["lib".to_owned()],
            src_path: folder.join("src/lib.rs"),
        };
        Package {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            manifest_path: folder.join("Cargo.toml"),
            edition: "2024".to_owned(),
            rust_version: Some("1.88".to_owned()),
            description: Some("A crate".to_owned()),
            license: Some("MIT OR Apache-2.0".to_owned()),
            readme: Some("README.md".to_owned()),
            keywords: vec!["wsgi".to_owned()],
            categories: vec!["web-programming".to_owned()],
            features: BTreeMap::new(),
            dependencies: uses.iter().map(|name| ours(name)).collect(),
            targets: vec![library],
            publish: None,
        }
    }

    pub(crate) fn ours(name: &str) -> Dependency {
        Dependency {
            name: name.to_owned(),
            req: "^0.1.0".to_owned(),
            kind: None,
            optional: false,
            path: Some(Path::new("/w/crates").join(name)),
        }
    }

    pub(crate) fn features(of: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let list = |on: &[&str]| on.iter().map(ToString::to_string).collect();
        of.iter()
            .map(|(name, on)| (name.to_string(), list(on)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"workspace_root": "/w", "version": 1, "packages": [
        {"name": "xtask", "version": "0.0.0", "manifest_path": "/w/xtask/Cargo.toml",
         "edition": "2024", "rust_version": null, "description": null, "license": null,
         "readme": null, "keywords": [], "categories": [], "features": {}, "publish": [],
         "dependencies": [], "targets": []},
        {"name": "a", "version": "0.1.0", "manifest_path": "/w/crates/a/Cargo.toml",
         "edition": "2024", "rust_version": "1.88", "description": "A", "license": "MIT",
         "readme": "README.md", "keywords": ["a"], "categories": ["b"],
         "features": {"default": ["http"], "http": ["dep:http"]}, "publish": null,
         "dependencies": [
            {"name": "http", "req": "^1", "kind": null, "optional": true},
            {"name": "b", "req": "*", "kind": "dev", "optional": false, "path": "/w/crates/b"}],
         "targets": [{"name": "a", "kind": ["lib"], "src_path": "/w/crates/a/src/lib.rs"}]}]}"#;

    #[test]
    fn the_metadata_of_cargo_is_parsed() {
        let workspace = Workspace::parse(METADATA.as_bytes()).unwrap();
        let names: Vec<_> = workspace.packages.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["a", "xtask"]);
        let published: Vec<_> = workspace.crates().map(|p| p.name.as_str()).collect();
        assert_eq!(published, ["a"]);

        let a = &workspace.packages[0];
        assert_eq!(workspace.relative(a.folder()), "crates/a");
        assert_eq!(a.named_features().collect::<Vec<_>>(), ["http"]);
        assert!(a.has_default_features());
        assert!(a.targets[0].is_library() && !a.targets[0].is_program());
        assert!(!a.dependencies[0].is_ours() && a.dependencies[0].is_published());
        assert!(a.dependencies[1].is_ours() && !a.dependencies[1].is_published());
    }

    #[test]
    fn an_unknown_package_cannot_be_selected() {
        let workspace = sample::workspace([sample::package("a", &[])]);
        assert_eq!(workspace.select(&[]).unwrap().len(), 1);
        let error = workspace.select(&["b".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "unknown package `b`");
    }
}
