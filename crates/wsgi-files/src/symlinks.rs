//! Whether symbolic links are followed.

/// The symbolic links that a [`Folder`](crate::Folder) follows. Others are not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Symlinks {
    /// None. No link is looked through, so one may lead to a network disk that does not answer.
    Never,
    /// Those that lead to a place inside the folder, by whatever way. Others are looked through,
    /// and then refused.
    #[default]
    WithinRoot,
    /// All. A link then publishes any file that the program can read.
    Anywhere,
}
