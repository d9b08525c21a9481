//! The pages of lists and entries.

use wsgi::{Request, adaptor::escape};

use crate::{
    entry::Entry,
    form::{self, Draft},
    link,
    listing::Listing,
    search::MAX_BYTES,
    timestamp::Timestamp,
};

/// The characters of a text that a list shows.
const SHOWN: usize = 600;

/// The content of a list's page: a search, the entries, and a form for a new one.
pub(crate) fn list(request: &Request<'_>, listing: &Listing) -> String {
    let entries = listing.entries.iter().map(|entry| article(request, entry));
    let new = match listing.search {
        Some(_) => String::new(),
        None => format!(
            "<section>\n<h2>A new entry</h2>\n{}</section>\n",
            form::editor(request, &Draft::default())
        ),
    };
    let none = match (listing.total, &listing.search) {
        (0, Some(_)) => "<p>No entry has this text.</p>\n",
        (0, None) => "<p>There are no entries yet.</p>\n",
        _ => "",
    };
    [search(request, listing), none.to_owned()]
        .into_iter()
        .chain(entries)
        .chain([pages(request, listing), new, feed(request, listing)])
        .collect()
}

/// The content of an entry's page.
pub(crate) fn entry(request: &Request<'_>, entry: &Entry) -> String {
    let path = request.link(&link::entry(&entry.head.name));
    format!(
        "{}{}<nav><a href=\"{}?edit\">Edit</a></nav>\n{}",
        times(entry),
        text(&entry.text),
        escape(&path),
        form::removal(request, entry)
    )
}

/// A text as it is, with its lines.
pub(crate) fn text(text: &str) -> String {
    format!("<div class=\"text\" dir=\"auto\">{}</div>\n", escape(text))
}

/// An entry among others.
fn article(request: &Request<'_>, entry: &Entry) -> String {
    let path = request.link(&link::entry(&entry.head.name));
    let end = entry.text.char_indices().nth(SHOWN).map(|(end, _)| end);
    let shown = match end {
        Some(end) => format!("{}…", &entry.text[..end]),
        None => entry.text.clone(),
    };
    format!(
        "<article>\n<h2 dir=\"auto\"><a href=\"{}\">{}</a></h2>\n{}{}</article>\n",
        escape(&path),
        escape(entry.head.name.as_str()),
        times(entry),
        text(&shown)
    )
}

fn times(entry: &Entry) -> String {
    let (created, updated) = (entry.head.created, entry.head.updated);
    let time = |time: Timestamp| {
        let shown = time.to_string().replace('T', " ").replace('Z', " UTC");
        format!("<time datetime=\"{time}\">{shown}</time>")
    };
    match created == updated {
        true => format!("<small>{}</small>\n", time(created)),
        false => {
            let (created, updated) = (time(created), time(updated));
            format!("<small>{created}, changed {updated}</small>\n")
        }
    }
}

fn search(request: &Request<'_>, listing: &Listing) -> String {
    let text = listing.search.as_ref().map_or("", |search| search.text());
    format!(
        "<form class=\"search\" role=\"search\" action=\"{}\">\n\
        <label>Search\n<input name=\"q\" type=\"search\" maxlength=\"{MAX_BYTES}\" value=\"{}\"/>\
        </label>\n<button>Search</button>\n</form>\n",
        escape(&request.link("/")),
        escape(text)
    )
}

/// A link to the list as a feed.
fn feed(request: &Request<'_>, listing: &Listing) -> String {
    let path = request.link(&link::page(listing, 1, "atom"));
    let path = escape(&path);
    format!("<p><a type=\"application/atom+xml\" href=\"{path}\">Feed</a></p>\n")
}

/// Links to the pages before and after.
fn pages(request: &Request<'_>, listing: &Listing) -> String {
    let link = |page, relation, text| {
        let path = request.link(&link::page(listing, page, ""));
        format!(
            "<a rel=\"{relation}\" href=\"{}\">{text}</a>\n",
            escape(&path)
        )
    };
    let newer = match listing.page {
        1 => String::new(),
        page => link(page - 1, "prev", "Newer"),
    };
    let older = match listing.page == listing.pages {
        true => String::new(),
        false => link(listing.page + 1, "next", "Older"),
    };
    match listing.pages {
        1 => String::new(),
        _ => format!("<nav>\n{newer}{older}</nav>\n"),
    }
}
