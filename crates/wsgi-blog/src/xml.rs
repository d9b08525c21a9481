//! Representations in plain XML, for programs.

use wsgi::{Request, adaptor::escape};

use crate::{entry::Entry, link, listing::Listing};

/// The beginning of a document.
const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// A list.
pub(crate) fn list(request: &Request<'_>, listing: &Listing) -> String {
    let entries = listing.entries.iter().map(|entry| element(request, entry));
    format!(
        "{XML}<entries page=\"{}\" pages=\"{}\" total=\"{}\">\n{}</entries>\n",
        listing.page,
        listing.pages,
        listing.total,
        entries.collect::<String>()
    )
}

/// One entry.
pub(crate) fn entry(request: &Request<'_>, entry: &Entry) -> String {
    format!("{XML}{}", element(request, entry))
}

fn element(request: &Request<'_>, entry: &Entry) -> String {
    let head = &entry.head;
    format!(
        "<entry href=\"{}\">\n<name>{}</name>\n<created>{}</created>\n<updated>{}</updated>\n\
        <text>{}</text>\n</entry>\n",
        escape(&request.link(&link::entry(&head.name))),
        escape(head.name.as_str()),
        head.created,
        head.updated,
        escape(&entry.text)
    )
}
