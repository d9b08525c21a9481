//! Representations in plain text, for programs that want no more.

use std::fmt::Write as _;

use wsgi::Request;

use crate::{link, listing::Listing};

/// A list: a line for each entry, with the time of its last change, its path and its name. If there
/// are other pages, an empty line follows, and a line that says which page this is.
pub(crate) fn list(request: &Request<'_>, listing: &Listing) -> String {
    let lines = listing.entries.iter().map(|entry| {
        let head = &entry.head;
        let path = request.link(&link::entry(&head.name));
        format!("{} {path} {}\n", head.updated, head.name.as_str())
    });
    let mut text: String = lines.collect();
    if listing.pages > 1 {
        let (page, pages) = (listing.page, listing.pages);
        let _ = writeln!(text, "\npage {page} of {pages}"); // a String takes it
    }
    text
}
