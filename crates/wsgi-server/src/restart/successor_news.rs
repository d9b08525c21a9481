//! The news of a successor.

use super::{ALIVE, READY};

/// News of a [`Successor`](crate::Successor).
///
/// [`Successor::wait_for_news`](crate::Successor::wait_for_news) returns it.
///
/// Needs the feature `restart`.
///
/// ```
/// use wsgi_server::SuccessorNews;
///
/// // The note of a supervisor about a program that has served before.
/// fn note(news: SuccessorNews) -> &'static str {
///     match news {
///         SuccessorNews::Ready => "it has done what it was signalled to do",
///         SuccessorNews::Alive => "its loops turn",
///     }
/// }
/// assert_eq!(note(SuccessorNews::Alive), "its loops turn");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessorNews {
    /// It serves. A program may [tell](crate::Predecessor::tell_ready) so again, for example after
    /// it has reloaded its files.
    Ready,
    /// Each of its loops has turned since it was [asked](crate::Successor::probe).
    Alive,
}

impl SuccessorNews {
    /// The news that this byte stands for.
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            READY => Some(Self::Ready),
            ALIVE => Some(Self::Alive),
            _ => None,
        }
    }
}
