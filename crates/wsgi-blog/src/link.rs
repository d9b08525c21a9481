//! Links to entries and lists.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use wsgi::{Request, Result, environ::application_uri};

use crate::{listing::Listing, name::Name, text::visible};

/// The characters that are escaped in a segment of a path and in a query: all but the unreserved
/// ones of RFC 3986, section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The target of an entry, below the blog.
pub(crate) fn entry(name: &Name) -> String {
    format!("/{}", utf8_percent_encode(name.as_str(), ESCAPED))
}

/// The target of a page of a list, in a representation if one is named.
pub(crate) fn page(listing: &Listing, page: usize, kind: &str) -> String {
    let text = listing.search.as_ref().map_or("", |search| search.text());
    let text = utf8_percent_encode(text, ESCAPED).to_string();
    let page = match page {
        1 => String::new(),
        page => page.to_string(),
    };
    let parameters = [("q", &*text), ("page", &*page), ("type", kind)];
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = given
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    match pairs.is_empty() {
        true => "/".to_owned(),
        false => format!("/?{}", pairs.join("&")),
    }
}

/// The whole URL of a target. Its host is the client's word.
pub(crate) fn absolute(request: &Request<'_>, target: &str) -> Result<String> {
    let blog = visible(&application_uri(request.environ())?);
    Ok(format!("{}{target}", blog.trim_end_matches('/')))
}
