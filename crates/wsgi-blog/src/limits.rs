//! The limits of a blog.

/// The limits of a blog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The longest text of an entry, in bytes.
    pub(crate) entry_bytes: u32,
    /// The most entries.
    pub(crate) entries: usize,
    /// The most entries on a page of the list.
    pub(crate) page_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entry_bytes: 64 << 10,
            entries: 1000,
            page_entries: 20,
        }
    }
}
