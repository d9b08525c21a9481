//! Where the files of `Files` come from.

use std::{error::Error, fmt, io};

use crate::{entries::Entries, file_path::FilePath, source_file::SourceFile};

/// A tree of files for [`Files`](crate::Files): a [`Folder`](crate::Folder), files that are
/// [embedded](crate::Embedded) in the program, or anything else.
///
/// A closure from a path to a file is a source without folders:
///
/// ```
/// use wsgi_files::{FilePath, Files, SourceFile};
/// use wsgi_testing::Request;
///
/// let hello = |path: &FilePath<'_>| {
///     let name = path.to_str()?.strip_suffix(".txt")?;
///     Some(SourceFile::bytes(format!("Hello {name}!\n")))
/// };
/// let site = Files::new(hello);
/// let response = Request::get("/ada.txt").call(&site);
/// assert_eq!(response.text(), "Hello ada!\n");
/// assert_eq!(response.headers().get("Content-Type").unwrap(), "text/plain; charset=utf-8");
/// assert_eq!(Request::get("/ada.pdf").call(&site).status().code(), 404);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of files",
    label = "this is not a source of files",
    note = "for a folder, call `Files::folder(path)?`",
    note = "a closure takes `&FilePath<'_>` and returns `Option<SourceFile>`"
)]
pub trait Source: Send + Sync {
    /// Opens the file at a path, or says that a folder is there. The root is always a folder.
    ///
    /// # Errors
    ///
    /// A [`SourceError`].
    fn open(&self, path: &FilePath<'_>) -> Result<Found, SourceError>;

    /// The files and folders in a folder, in any order, at most `limit` of them, and whether there
    /// may be more. A source that does not implement this has no listings.
    ///
    /// # Errors
    ///
    /// A [`SourceError`].
    ///
    /// ```
    /// use wsgi_files::{FilePath, Folder, Source, SourceError};
    ///
    /// let all = Folder::open("src")?.list(&FilePath::root(), 1000)?;
    /// assert!(!all.is_cut && all.entries.iter().any(|entry| entry.name == "lib.rs"));
    /// let one = Folder::open("src")?.list(&FilePath::root(), 1)?;
    /// assert!(one.is_cut && one.entries.len() == 1);
    ///
    /// let closure = |_: &FilePath<'_>| None;
    /// assert!(matches!(closure.list(&FilePath::root(), 1000), Err(SourceError::NotFound)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn list(&self, path: &FilePath<'_>, limit: usize) -> Result<Entries, SourceError> {
        let _ = (path, limit); // Mutant: this only uses the parameters.
        Err(SourceError::NotFound)
    }
}

/// An entry of a [`Source`] at a path.
///
/// ```
/// use wsgi_files::{FilePath, Folder, Found, Source};
///
/// let folder = Folder::open(".")?;
/// let file = folder.open(&FilePath::new("README.md").unwrap())?;
/// assert!(matches!(file, Found::File(_)));
/// let source = folder.open(&FilePath::new("src").unwrap())?;
/// assert!(matches!(source, Found::Folder));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum Found {
    /// A file.
    File(SourceFile),
    /// A folder.
    Folder,
}

/// The reason why a [`Source`] gives no file.
///
/// ```
/// use wsgi_files::{FilePath, Folder, Source, SourceError};
///
/// let missing = Folder::open("src")?.open(&FilePath::new("nothing.rs").unwrap());
/// assert!(matches!(missing, Err(SourceError::NotFound)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no file, or none that may be seen: 404.
    NotFound,
    /// The program may not read it: 403 or 404.
    Denied,
    /// The system failed. The request fails with this error.
    Io(io::Error),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::Denied => f.write_str("the file may not be read"),
            Self::Io(error) => write!(f, "the file cannot be opened: {error}"),
        }
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl<F> Source for F
where
    F: Fn(&FilePath<'_>) -> Option<SourceFile> + Send + Sync,
{
    fn open(&self, path: &FilePath<'_>) -> Result<Found, SourceError> {
        if path.is_root() {
            return Ok(Found::Folder);
        }
        self(path).map(Found::File).ok_or(SourceError::NotFound)
    }
}
