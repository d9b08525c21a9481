//! Representations in the Atom Syndication Format (RFC 4287).

use std::fmt::Write;

use wsgi::{Request, Result, adaptor::escape};

use crate::{
    entry::{Entry, urn},
    link::{self, absolute},
    listing::Listing,
    site::Site,
};

/// The beginning of a document in XML.
const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// The namespace of Atom.
const NAMESPACE: &str = "http://www.w3.org/2005/Atom";

/// The feed of a list, with links to its other pages (RFC 5005, section 3).
pub(crate) fn feed(site: &Site, request: &Request<'_>, listing: &Listing) -> Result<String> {
    let mut feed = format!("{XML}<feed xmlns=\"{NAMESPACE}\">\n");
    let (id, title) = match &listing.search {
        None => (site.store.identity().id.clone(), site.title.clone()),
        Some(search) => (
            urn(format!("{}\n{}", site.store.identity().id, search.text()).as_bytes()),
            format!("{}: {}", site.title, search.text()),
        ),
    };
    writeln!(feed, "<id>{id}</id>\n<title>{}</title>", escape(&title))?;
    let updated = listing.updated().unwrap_or(site.store.identity().created);
    writeln!(feed, "<updated>{updated}</updated>")?;
    feed += &author(site);
    let own = link::page(listing, listing.page, "atom");
    feed += &link(request, "self", ATOM, &own)?;
    let page = link::page(listing, listing.page, "");
    feed += &link(request, "alternate", HTML, &page)?;
    if listing.pages > 1 {
        let (page, last) = (listing.page, listing.pages);
        let others = [
            ("first", Some(1)),
            ("previous", page.checked_sub(1).filter(|&page| page > 0)),
            ("next", Some(page + 1).filter(|&page| page <= last)),
            ("last", Some(last)),
        ];
        for (relation, page) in others {
            if let Some(page) = page {
                feed += &link(request, relation, ATOM, &link::page(listing, page, "atom"))?;
            }
        }
    }
    for entry in &listing.entries {
        write!(feed, "<entry>\n{}</entry>\n", elements(request, entry)?)?;
    }
    Ok(feed + "</feed>\n")
}

/// The document of one entry.
pub(crate) fn entry(site: &Site, request: &Request<'_>, entry: &Entry) -> Result<String> {
    let target = format!("{}?type=atom", link::entry(&entry.head.name));
    Ok(format!(
        "{XML}<entry xmlns=\"{NAMESPACE}\">\n{}{}{}</entry>\n",
        elements(request, entry)?,
        author(site),
        link(request, "self", ATOM, &target)?
    ))
}

const ATOM: &str = "application/atom+xml";
const HTML: &str = "text/html";

/// The elements of an entry in a feed, whose author is that of the feed.
fn elements(request: &Request<'_>, entry: &Entry) -> Result<String> {
    let head = &entry.head;
    Ok(format!(
        "<id>{}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n\
        {}<content type=\"text\">{}</content>\n",
        entry.id(),
        escape(head.name.as_str()),
        head.created,
        head.updated,
        link(request, "alternate", HTML, &link::entry(&head.name))?,
        escape(&entry.text)
    ))
}

fn author(site: &Site) -> String {
    format!("<author><name>{}</name></author>\n", escape(&site.author))
}

fn link(request: &Request<'_>, relation: &str, media_type: &str, target: &str) -> Result<String> {
    let url = absolute(request, target)?;
    Ok(format!(
        "<link rel=\"{relation}\" type=\"{media_type}\" href=\"{}\"/>\n",
        escape(&url)
    ))
}
