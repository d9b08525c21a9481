//! Requests of programs that write: PUT and DELETE.

use std::borrow::Cow;

use wsgi::{HttpError, Request, Response, Result, Status, forms::Urlencoded};

use crate::{
    conditions::Expected,
    link,
    media_type::{self, is_form, is_plain_text, not_plain_text},
    name::Name,
    site::Site,
    text::cleaned,
};

/// `PUT /`: refused, because the entry has no name.
pub(crate) fn nameless(_site: &Site, _request: &Request<'_>) -> HttpError {
    HttpError::new(400, "an entry needs a name in the path, such as /hello")
}

/// Any other path, which is not UTF-8: nothing is there, and nothing can be put there.
pub(crate) fn elsewhere(_site: &Site, request: &Request<'_>) -> HttpError {
    match request.method() == "PUT" {
        true => HttpError::new(400, "a name is text in UTF-8"),
        false => HttpError::new(404, ""),
    }
}

/// `PUT /name`: creates an entry, or replaces its text by the body.
///
/// The answer has no `ETag`, because no representation is the body as it came (RFC 9110, section
/// 9.3.4).
pub(crate) fn put(site: &Site, request: &Request<'_>) -> Result<Response> {
    let name = name(request)?;
    let text = text(request)?;
    let expected = Expected::of(site, request);
    let mut changes = site.store.change().map_err(HttpError::from)?;
    let current = changes.get(&name).map_err(HttpError::from)?;
    expected.check(current.as_ref())?;
    let location = request.link(&link::entry(&name));
    let put = changes.put(name, text, current.as_ref());
    put.map_err(HttpError::from)?;
    Ok(match current {
        None => Response::text("Created\n")
            .with_status(Status::CREATED)
            .with_header("Location", location),
        Some(_) => Response::text("Updated\n"),
    })
}

/// `DELETE /name`: removes an entry.
pub(crate) fn delete(site: &Site, request: &Request<'_>) -> Result<Response> {
    let name = name(request)?;
    let expected = Expected::of(site, request);
    let mut changes = site.store.change().map_err(HttpError::from)?;
    let current = changes.get(&name).map_err(HttpError::from)?;
    let entry = current.ok_or(HttpError::new(404, "there is no such entry"))?;
    expected.check(Some(&entry))?;
    changes.remove(&entry).map_err(HttpError::from)?;
    Ok(Response::empty(Status::new(204, "Deleted")?))
}

fn name(request: &Request<'_>) -> Result<Name, HttpError> {
    let name = Name::parse(request.parameter_str("name"));
    name.map_err(|error| HttpError::new(400, error.to_string()))
}

/// The text in the body.
///
/// A body that comes in chunks has a length by its framing (RFC 9112, section 6.3), and is fine. A
/// request without `Content-Length` and without any bytes has most likely lost its body. To empty
/// an entry, a client says `Content-Length: 0`.
///
/// `curl -d` calls every body a form. No page of another site can send a PUT without asking first,
/// so such a body is as good as any other.
fn text(request: &Request<'_>) -> Result<String> {
    let is_form = is_form(request);
    if is_plain_text(request) == Some(false) && !is_form {
        return Err(not_plain_text().into());
    }
    if request.header("Content-Range").is_some() {
        // It could be mistaken for the whole (RFC 9110, section 14.5).
        return Err(HttpError::new(400, "a part of an entry cannot be put").into());
    }
    let text = media_type::text(request)?;
    if text.is_empty() && request.header("Content-Length").is_none() {
        return Err(HttpError::new(Status::LENGTH_REQUIRED, "the text has no length").into());
    }
    let text = match is_form {
        true => of_form(text),
        false => Cow::Borrowed(text),
    };
    let text = cleaned(&text).map_err(|error| HttpError::new(422, error.to_string()))?;
    Ok(text)
}

/// The text of a body that is called a form: that of the field `text` if there is no other field,
/// and otherwise the body as it is.
fn of_form(body: &str) -> Cow<'_, str> {
    let mut fields = Urlencoded::parse(body);
    match (fields.next(), fields.next()) {
        (Some((_, value)), None) if body.starts_with("text=") => value,
        _ => Cow::Borrowed(body),
    }
}
