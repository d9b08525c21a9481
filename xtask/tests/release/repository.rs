//! A temporary git repository with crates to release.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::registry::{Registry, TOKEN};

/// A folder with the repository `work` and a home of cargo, removed on drop.
pub(crate) struct Repository {
    folder: PathBuf,
    pub(crate) registry: Registry,
    /// The variables for a run.
    pub(crate) variables: Vec<(String, String)>,
}

/// The result of a run.
pub(crate) struct Run {
    pub(crate) succeeded: bool,
    /// The texts of standard output and standard error.
    pub(crate) text: String,
}

const ROOT: &str = r#"[workspace]
resolver = "3"
members = ["crates/*"]

[workspace.dependencies]
"#;

impl Repository {
    /// A repository without a crate.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wsgi-release-{}-{number}", process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(folder.join("work")).unwrap();
        let repository = Self {
            folder,
            registry: Registry::start(),
            variables: Vec::new(),
        };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.write("Cargo.toml", ROOT);
        repository.write(".gitignore", "/target\n");
        repository
    }

    /// A repository with `low` and `high`, which shows a type of `low`.
    pub(crate) fn of_two() -> Self {
        let repository = Self::new();
        repository.add("low", &[]);
        repository.add("high", &["low"]);
        let shown = "//! Uses low.\n\npub use low::Low;\n";
        repository.write("crates/high/src/lib.rs", shown);
        repository.commit("Begin");
        repository
    }

    /// A copy, with a registry that has nothing.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        fs::remove_dir_all(copy.root()).unwrap();
        let status = Command::new("cp")
            .arg("-r")
            .arg(self.root())
            .arg(copy.root())
            .status();
        assert!(status.unwrap().success());
        copy
    }

    /// Adds a crate that was never released.
    pub(crate) fn add(&self, name: &str, uses: &[&str]) {
        let type_name = name[..1].to_uppercase() + &name[1..];
        let mut manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             description = \"A crate\"\nlicense = \"MIT\"\ninclude = [\"src\", \"CHANGELOG.md\"]\n\n\
             [dependencies]\n"
        );
        for of in uses {
            manifest += &format!("{of}.workspace = true\n");
        }
        self.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        self.write(
            &format!("crates/{name}/src/lib.rs"),
            &format!("//! A crate.\n\n/// A type.\npub struct {type_name};\n"),
        );
        self.write(
            &format!("crates/{name}/CHANGELOG.md"),
            "# Changelog\n\n## 0.1.0 (unreleased)\n\nThe first release.\n",
        );
        let line = format!(
            "{name} = {{ path = \"crates/{name}\", version = \"0.1.0\", registry = \"local\" }}\n"
        );
        self.write("Cargo.toml", &(self.read("Cargo.toml") + &line));
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("work")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Puts a section above the newest one of a changelog, or replaces an unreleased one.
    pub(crate) fn unreleased(&self, name: &str, entries: &str) {
        let path = format!("crates/{name}/CHANGELOG.md");
        let text = self.read(&path);
        let section = format!("# Changelog\n\n## Unreleased\n\n{entries}\n");
        self.write(&path, &text.replacen("# Changelog\n", &section, 1));
    }

    /// Commits everything, with lock files that match the manifests.
    pub(crate) fn commit(&self, message: &str) {
        let lock = self.command("cargo", &["update", "--workspace", "--offline", "--quiet"]);
        assert!(lock.succeeded, "{}", lock.text);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let run = self.command("git", arguments);
        assert!(run.succeeded, "git {arguments:?}: {}", run.text);
        run.text.trim().to_owned()
    }

    /// Runs `cargo xtask release` with these arguments.
    pub(crate) fn release(&self, arguments: &str) -> Run {
        let root = self.root();
        let fixed = ["release", "--root", root.to_str().unwrap()];
        let local = ["--registry", "local", "--leave-out-missing"];
        let arguments: Vec<_> = fixed
            .into_iter()
            .chain(local)
            .chain(arguments.split_whitespace())
            .collect();
        self.command(env!("CARGO_BIN_EXE_xtask"), &arguments)
    }

    /// Runs `cargo xtask release`, which must succeed.
    #[track_caller]
    pub(crate) fn released(&self, arguments: &str) -> String {
        let run = self.release(arguments);
        assert!(run.succeeded, "{}", run.text);
        run.text
    }

    /// Runs `cargo xtask release`, which must fail with this in its last line.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &str, problem: &str) -> String {
        let run = self.release(arguments);
        let last = run.text.split("error: ").last().unwrap_or_default();
        assert!(!run.succeeded && last.contains(problem), "{}", run.text);
        run.text
    }

    /// Records that the checks have passed for the commit, so that a test takes less time.
    pub(crate) fn pass_checks(&self, names: &[&str]) {
        let head = self.git(&["rev-parse", "HEAD"]);
        let text = format!("{head}\n{}", names.join("\n"));
        self.write("target/release-checks.txt", &text);
    }

    /// The tags, and the commits that they are at.
    pub(crate) fn tags(&self) -> Vec<(String, String)> {
        let tags = self.git(&["tag", "--list"]);
        let commit = |tag: &str| self.git(&["rev-parse", &format!("{tag}^{{commit}}")]);
        tags.lines()
            .map(|tag| (tag.to_owned(), commit(tag)))
            .collect()
    }

    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Run {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.root())
            .env("CARGO_HOME", self.path("cargo"))
            .env("CARGO_REGISTRIES_LOCAL_INDEX", self.registry.index())
            .env("CARGO_REGISTRIES_LOCAL_TOKEN", TOKEN)
            .env("CARGO_NET_RETRY", "0")
            .env_remove("CARGO_TARGET_DIR")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(identity())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        Run::of(&command.output().unwrap())
    }
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        Self {
            succeeded: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

/// One author at one moment, so that the same change is the same commit.
fn identity() -> impl Iterator<Item = (String, &'static str)> {
    ["AUTHOR", "COMMITTER"].into_iter().flat_map(|who| {
        [
            (format!("GIT_{who}_NAME"), "A Maintainer"),
            (format!("GIT_{who}_EMAIL"), "maintainer@example.com"),
            (format!("GIT_{who}_DATE"), "2026-01-31T12:00:00Z"),
        ]
    })
}

impl Drop for Repository {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The executable text file `name` in a new folder `bin`, for the front of PATH.
pub(crate) fn script(repository: &Repository, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;

    let folder = repository.path("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// PATH with a folder in front.
pub(crate) fn search_path(first: &Path) -> String {
    let rest = env::var_os("PATH").unwrap_or_default();
    let all = [first.to_owned()]
        .into_iter()
        .chain(env::split_paths(&rest));
    env::join_paths(all).unwrap().into_string().unwrap()
}
