//! Whether symbolic links are followed.

/// The symbolic links that a [`Folder`](crate::Folder) follows. Others are not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Symlinks {
    /// None.
    Never,
    /// Those that lead to a place inside the folder, by whatever way.
    #[default]
    WithinRoot,
    /// All. A link then publishes any file that the program can read.
    Anywhere,
}
