//! The files that git tracks, or would add.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::result::Result;

/// Paths relative to the root, with `/`, and the texts at them.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Lists the files that git tracks or would add, and reads the texts.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let output = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!("git ls-files failed: {message}").into());
        }
        let mut files = BTreeMap::new();
        for path in String::from_utf8(output.stdout)?.split_terminator('\0') {
            let file = root.join(path);
            // A tracked file may be deleted without a commit of that.
            if !file.is_file() {
                continue;
            }
            let text = if is_text(path) {
                fs::read_to_string(&file)?
            } else {
                String::new()
            };
            files.insert(path.to_owned(), text);
        }
        Ok(Self { files })
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub(crate) fn contains_folder(&self, path: &str) -> bool {
        self.files.keys().any(|file| below(file, path).is_some())
    }

    /// The text of a file. Empty if the file does not exist.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files with this extension below a folder, and their texts.
    pub(crate) fn files(
        &self,
        folder: &str,
        extension: &str,
    ) -> impl Iterator<Item = (&str, &str)> {
        let files = self
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        files.filter(move |(path, _)| {
            let path = if folder.is_empty() {
                Some(*path)
            } else {
                below(path, folder)
            };
            path.and_then(|path| path.rsplit_once('.'))
                .is_some_and(|(_, e)| e == extension)
        })
    }
}

fn is_text(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "md" | "rs" | "toml")))
}

fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        let own = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
        Self {
            files: files.into_iter().map(own).collect(),
        }
    }
}

#[cfg(test)]
impl Tree {
    /// The same tree with one file written or replaced.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// The same tree without one file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        assert!(self.files.remove(path).is_some(), "{path} does not exist");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_folder_and_extension() {
        let tree = Tree::from([
            ("a/b.rs", "1"),
            ("ab/c.rs", "2"),
            ("a/d.md", "3"),
            ("e.rs", "4"),
        ]);
        assert_eq!(tree.files("a", "rs").collect::<Vec<_>>(), [("a/b.rs", "1")]);
        let all: Vec<_> = tree.files("", "rs").map(|(path, _)| path).collect();
        assert_eq!(all, ["a/b.rs", "ab/c.rs", "e.rs"]);
        assert!(tree.contains_folder("a") && !tree.contains_folder("b"));
        assert!(tree.contains("a/d.md") && !tree.contains("a"));
        assert_eq!((tree.text("a/d.md"), tree.text("f.md")), ("3", ""));
    }

    #[test]
    fn the_tree_of_this_repository_holds_this_file() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tree = Tree::load(here).unwrap();
        assert_eq!(tree.text("src/tidy/tree.rs"), include_str!("tree.rs"));
    }
}
