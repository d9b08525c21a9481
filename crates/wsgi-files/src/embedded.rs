//! Files in the program as a source.

use std::collections::BTreeSet;

use wsgi_application::Chunk;

use crate::{
    entity_tag::EntityTag,
    entries::Entries,
    entry::Entry,
    file_path::FilePath,
    source::{Found, Source, SourceError},
    source_file::SourceFile,
};

/// Files that are embedded in the program, as a [`Source`]. A build script makes them with
/// [`embed`]; this shows the shape of what it writes.
///
/// Precompressed files are embedded beside the plain ones. Files have an entity tag of their
/// contents and no time of a change.
///
/// ```
/// use wsgi_files::{Embedded, EmbeddedFile, Files};
/// use wsgi_testing::Request;
///
/// const SITE: Embedded = Embedded::new(&[
///     EmbeddedFile::new("css/site.css", b"p{margin:0}", "c4ca4238"),
///     EmbeddedFile::new("index.html", b"<p>Hello", "a0b92382"),
/// ]);
/// let site = Files::new(SITE);
/// assert_eq!(Request::get("/").call(&site).text(), "<p>Hello");
/// let known = Request::get("/css/site.css").header("If-None-Match", "\"c4ca4238\"");
/// assert_eq!(known.call(&site).status().code(), 304);
/// ```
///
/// [`embed`]: https://docs.rs/wsgi-files/latest/wsgi_files/fn.embed.html
#[derive(Clone, Copy, Debug)]
pub struct Embedded(&'static [EmbeddedFile]);

/// A file of [`Embedded`].
///
/// ```
/// use wsgi_files::EmbeddedFile;
///
/// const PAGE: EmbeddedFile = EmbeddedFile::new("index.html", b"<p>Hello", "a0b92382");
/// assert_eq!(format!("{PAGE:?}"), "\"index.html\" (8 bytes)");
/// ```
#[derive(Clone, Copy)]
pub struct EmbeddedFile {
    path: &'static str,
    bytes: &'static [u8],
    etag: &'static str,
}

impl Embedded {
    /// The files of a tree, in the order of their paths.
    ///
    /// # Panics
    ///
    /// The paths are not in order. In a constant, the program then does not compile.
    #[must_use]
    pub const fn new(files: &'static [EmbeddedFile]) -> Self {
        let mut index = 1;
        while index < files.len() {
            let (a, b) = (
                files[index - 1].path.as_bytes(),
                files[index].path.as_bytes(),
            );
            assert!(is_before(a, b), "the paths must be in order");
            index += 1;
        }
        Self(files)
    }

    /// The files in a folder and below it.
    fn below(
        self,
        folder: &FilePath<'_>,
    ) -> impl Iterator<Item = (&'static str, &'static EmbeddedFile)> {
        let mut prefix = folder.as_bytes().to_vec();
        if !folder.is_root() {
            prefix.push(b'/');
        }
        let start = self
            .0
            .partition_point(|file| file.path.as_bytes() < &*prefix);
        self.0[start..].iter().map_while(move |file| {
            let is_below = file.path.as_bytes().starts_with(&prefix);
            let rest = file.path.get(prefix.len()..);
            Some((rest.filter(|_| is_below)?, file))
        })
    }
}

impl EmbeddedFile {
    /// A file: its path, its contents, and the text of its entity tag. The tag must change with the
    /// contents. A text that is not one counts as none.
    #[must_use]
    pub const fn new(path: &'static str, bytes: &'static [u8], etag: &'static str) -> Self {
        Self { path, bytes, etag }
    }
}

impl std::fmt::Debug for EmbeddedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} ({} bytes)", self.path, self.bytes.len())
    }
}

impl Source for Embedded {
    fn open(&self, path: &FilePath<'_>) -> Result<Found, SourceError> {
        let at = self
            .0
            .binary_search_by(|file| file.path.as_bytes().cmp(path.as_bytes()));
        if let Ok(at) = at {
            let file = &self.0[at];
            let source_file = SourceFile::bytes(Chunk::from_static(file.bytes));
            let etag = EntityTag::strong(file.etag);
            return Ok(Found::File(match etag {
                Ok(etag) => source_file.with_etag(etag),
                Err(_) => source_file,
            }));
        }
        match path.is_root() || self.below(path).next().is_some() {
            true => Ok(Found::Folder),
            false => Err(SourceError::NotFound),
        }
    }

    fn list(&self, path: &FilePath<'_>, limit: usize) -> Result<Entries, SourceError> {
        let mut folders = BTreeSet::new();
        let mut entries = Vec::new();
        let mut is_cut = false;
        for (rest, file) in self.below(path) {
            let (name, is_folder) = match rest.split_once('/') {
                Some((folder, _)) => (folder, true),
                None => (rest, false),
            };
            if is_folder && !folders.insert(name) {
                continue;
            }
            is_cut = entries.len() == limit;
            if is_cut {
                break;
            }
            entries.push(Entry {
                name: name.into(),
                length: (!is_folder).then_some(file.bytes.len() as u64),
                modified: None,
            });
        }
        match entries.is_empty() && !path.is_root() {
            true => Err(SourceError::NotFound),
            false => Ok(Entries { entries, is_cut }),
        }
    }
}

/// Whether `a` is before `b`, byte by byte.
const fn is_before(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}
