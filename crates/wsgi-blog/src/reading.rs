//! Requests that read: GET and QUERY.

use wsgi::{HttpError, Request, Response, Result, files::EntityTag};

use crate::{
    atom,
    conditions::tag,
    document::{document, passing},
    form::{self, Draft},
    html,
    kind::Kind,
    link,
    listing::Listing,
    media_type::{PLAIN_TEXT, is_plain_text, not_plain_text, text},
    name::Name,
    plain_text,
    search::Search,
    site::Site,
    xml,
};

/// `GET /`: the list of entries, or of those that contain the parameter `q` of the query.
pub(crate) fn list(site: &Site, request: &Request<'_>) -> Result<Response> {
    let search = Search::new(request.query().get("q").unwrap_or_default())?;
    let (kind, listing) = wanted(site, request, search)?;
    let response = listed(site, request, kind, &listing)?;
    Ok(tagged(response, &listing.tag(site, request, kind)).with_header("Accept-Query", PLAIN_TEXT))
}

/// `QUERY /`: the list of entries that contain the text in the body (RFC 10008).
pub(crate) fn search(site: &Site, request: &Request<'_>) -> Result<Response> {
    match is_plain_text(request) {
        Some(true) => {}
        Some(false) => {
            return Ok(not_plain_text().with_header("Accept-Query", PLAIN_TEXT));
        }
        None => return Err(HttpError::new(400, "a search needs a Content-Type").into()),
    }
    let search = Search::new(text(request)?)?;
    let (kind, listing) = wanted(site, request, search)?;
    // A GET finds the same there (RFC 10008, section 2.4).
    let location = request.link(&link::page(&listing, listing.page, ""));
    Ok(listed(site, request, kind, &listing)?
        .with_header("Location", location)
        .with_header("Cache-Control", "no-store")
        .with_header("Vary", "Accept"))
}

/// `GET /name`: an entry, or with the parameter `edit` its form.
pub(crate) fn show(site: &Site, request: &Request<'_>) -> Result<Response> {
    let entry = match Name::parse(request.parameter_str("name")) {
        Ok(name) => site.store.get(&name).map_err(HttpError::from)?,
        Err(_) => None,
    };
    let entry = entry.ok_or(HttpError::new(404, "there is no such entry"))?;
    let name = entry.head.name.as_str();
    if request.query().get("edit").is_some() {
        let state = entry.state();
        let draft = Draft {
            of: Some(&entry.head.name),
            text: &entry.text,
            known: &state,
            ..Draft::default()
        };
        return Ok(passing(site, request, name, &form::editor(request, &draft)));
    }
    let kind = Kind::wanted(request)?;
    let response = match kind {
        Kind::Html | Kind::Xhtml => {
            document(site, request, kind, name, &html::entry(request, &entry))
        }
        Kind::Xml => content(kind, xml::entry(request, &entry)),
        Kind::Atom => content(kind, atom::entry(site, request, &entry)?),
        Kind::Text => content(kind, entry.text.clone()),
    };
    Ok(tagged(
        response,
        &tag(site, request, kind, [&*entry.state()]),
    ))
}

fn wanted(
    site: &Site,
    request: &Request<'_>,
    search: Option<Search>,
) -> Result<(Kind, Listing), HttpError> {
    let kind = Kind::wanted(request)?;
    Ok((kind, Listing::read(&site.store, search, request)?))
}

fn listed(site: &Site, request: &Request<'_>, kind: Kind, listing: &Listing) -> Result<Response> {
    Ok(match kind {
        Kind::Html | Kind::Xhtml => {
            let content = html::list(request, listing);
            document(site, request, kind, &site.title, &content)
        }
        Kind::Xml => content(kind, xml::list(request, listing)),
        Kind::Atom => content(kind, atom::feed(site, request, listing)?),
        Kind::Text => content(kind, plain_text::list(request, listing)),
    })
}

fn content(kind: Kind, text: String) -> Response {
    Response::content(&format!("{}; charset=utf-8", kind.media_type()), text)
        .with_header("X-Content-Type-Options", "nosniff")
}

/// Lets caches keep a representation, and ask each time whether it is still the current one.
fn tagged(response: Response, tag: &EntityTag) -> Response {
    response
        .with_header("ETag", tag.to_string())
        .with_header("Cache-Control", "no-cache")
        .with_header("Vary", "Accept")
}
