//! Whether symbolic links are followed.

/// The symbolic links that a [`Folder`](crate::Folder) follows. Others are not found.
///
/// ```
/// use wsgi_files::{FilePath, Folder, Found, Source, Symlinks};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// std::fs::create_dir(folder.join("public"))?;
/// std::fs::write(folder.join("notes.txt"), "Tea at four.")?;
/// std::os::unix::fs::symlink("../notes.txt", folder.join("public/link"))?;
///
/// let link = FilePath::new("link").unwrap();
/// let within = Folder::open(folder.join("public"))?;
/// assert!(within.open(&link).is_err());
/// let all = within.symlinks(Symlinks::All);
/// assert!(matches!(all.open(&link), Ok(Found::File(_))));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symlinks {
    /// None. No link is looked through, so one may lead to a network disk that does not answer.
    None,
    /// Those that lead to a place inside the folder, by whatever way. Others are looked through,
    /// and then refused.
    #[default]
    Within,
    /// All. A link then publishes any file that the program can read.
    All,
}
