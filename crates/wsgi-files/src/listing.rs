//! The listing of a folder.

use std::cmp::Ordering;

use wsgi_application::Environ;
use wsgi_headers::Accept;

use crate::entry::Entry;

mod html;
mod json;
pub(crate) mod listing_page;
mod text;
mod timestamp;

/// The most entries that a listing shows.
pub(crate) const MAX_ENTRIES: usize = 20_000;

/// A listing of a folder, in the order that the query of the request asks for.
pub(crate) struct Listing {
    entries: Vec<Entry>,
    order: Order,
    /// Whether the folder has more entries than those.
    is_cut: bool,
}

/// The order of a listing, as in `?sort=size&order=desc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    column: Column,
    is_descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    Size,
    Modified,
}

impl Listing {
    /// A listing of at most [`MAX_ENTRIES`] of these entries. Folders come first.
    pub(crate) fn new(mut entries: Vec<Entry>, is_cut: bool, query: &[u8]) -> Self {
        entries.truncate(MAX_ENTRIES);
        let order = Order::parse(query);
        entries.sort_by(|a, b| {
            let kind = b.is_folder().cmp(&a.is_folder());
            kind.then_with(|| order.compare(a, b))
        });
        Self {
            entries,
            order,
            is_cut,
        }
    }

    /// The media type that the client prefers, and the listing in it. `make_html` makes the page.
    pub(crate) fn render(
        &self,
        environ: &Environ,
        make_html: impl FnOnce(&Self) -> String,
    ) -> (&'static str, String) {
        let [html, json] = ["text/html", "application/json"];
        let accept = environ
            .get("HTTP_ACCEPT")
            .map_or_else(Accept::default, Accept::new);
        match accept.preferred([html, json]) {
            Some(media_type) if media_type == json => (json, self.json()),
            _ => ("text/html; charset=utf-8", make_html(self)),
        }
    }
}

impl Order {
    /// Reads a query. Unknown words count as the usual ones: names, ascending.
    fn parse(query: &[u8]) -> Self {
        let value = |name: &[u8]| {
            let mut pairs = query.split(|&byte| byte == b'&');
            pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
        };
        Self {
            column: match value(b"sort") {
                Some(b"size") => Column::Size,
                Some(b"modified") => Column::Modified,
                _ => Column::Name,
            },
            is_descending: value(b"order") == Some(b"desc"),
        }
    }

    fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let ordering = match self.column {
            Column::Name => Ordering::Equal,
            Column::Size => a.length.cmp(&b.length),
            Column::Modified => a.modified.cmp(&b.modified),
        };
        let ordering = ordering.then_with(|| a.name.cmp(&b.name));
        match self.is_descending {
            true => ordering.reverse(),
            false => ordering,
        }
    }
}

impl Column {
    const ALL: [Self; 3] = [Self::Name, Self::Size, Self::Modified];

    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Modified => "modified",
        }
    }
}
