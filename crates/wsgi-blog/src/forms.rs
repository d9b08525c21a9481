//! Requests of forms: POST.
//!
//! A form says which state of the entry its visitor has seen. If the entry is in another one now,
//! nothing is changed, and the visitor sees both. A form that is sent twice does nothing the second
//! time: what it asks for is there already.

use wsgi::{HttpError, Request, Response, Result, Status, adaptor::escape};

use crate::{
    document::passing,
    entry::Entry,
    form::{self, Draft},
    html, link,
    name::Name,
    site::Site,
    store_error::StoreError,
    text::{cleaned, visible},
};

/// `POST /`: creates an entry.
pub(crate) fn create(site: &Site, request: &Request<'_>) -> Result<Response> {
    let typed = request.field("name")?.unwrap_or_default().trim();
    match Name::parse(typed) {
        Ok(name) => save(site, request, &name, Some(typed)),
        Err(error) => {
            let draft = Draft {
                name: typed,
                text: &visible(text(request)?),
                ..Draft::default()
            };
            let problem = HttpError::new(422, error.to_string());
            Ok(again(site, request, &problem, "", &draft))
        }
    }
}

/// `POST /name`: changes an entry, or deletes it.
pub(crate) fn change(site: &Site, request: &Request<'_>) -> Result<Response> {
    let name = Name::parse(request.parameter_str("name"));
    let name = name.map_err(|_| HttpError::new(404, "there is no such entry"))?;
    match request.field("action")? {
        Some("save") => save(site, request, &name, None),
        Some("delete") => delete(site, request, &name),
        _ => Err(HttpError::new(422, "the action is to save or to delete").into()),
    }
}

/// Saves the text of a form. The name was `typed` if the form is for a new entry.
fn save(site: &Site, request: &Request<'_>, name: &Name, typed: Option<&str>) -> Result<Response> {
    let text = text(request)?;
    let known = request.field("known")?.unwrap_or_default();
    let draft = Draft {
        of: typed.is_none().then_some(name),
        name: typed.unwrap_or_default(),
        text: &visible(text),
        known,
    };
    let text = match checked(site, text) {
        Ok(text) => text,
        Err(problem) => return Ok(again(site, request, &problem, "", &draft)),
    };
    let mut changes = site.store.change().map_err(HttpError::from)?;
    let current = changes.get(name).map_err(HttpError::from)?;
    let is_same = |current: &Entry| current.text == text;
    let is_there = current.as_ref().is_some_and(is_same); // sent twice
    let state = current.as_ref().map(Entry::state).unwrap_or_default();
    if !is_there && state != known {
        drop(changes); // a page calls functions of the site
        return Ok(conflict(site, request, name, current.as_ref(), &text));
    }
    if !is_there {
        match changes.put(name.clone(), text, current.as_ref()) {
            Ok(_) => {}
            Err(full @ StoreError::Full(_)) => {
                drop(changes);
                return Ok(again(site, request, &full.into(), "", &draft));
            }
            Err(error) => return Err(HttpError::from(error).into()),
        }
    }
    Ok(Response::redirect(&request.link(&link::entry(name))))
}

/// The text of a form. A form that has lost it must not empty an entry.
fn text<'a>(request: &'a Request<'_>) -> Result<&'a str> {
    let missing = || HttpError::new(422, "the form has no text").with_field("text");
    Ok(request.field("text")?.ok_or_else(missing)?)
}

/// The text as it is kept, or what is wrong with it.
fn checked(site: &Site, text: &str) -> Result<String, HttpError> {
    let limit = site.store.limits().entry_bytes;
    let text = cleaned(text).map_err(|error| HttpError::new(422, error.to_string()))?;
    if text.len() > limit as usize {
        let problem = format!("the text is longer than {limit} bytes");
        return Err(HttpError::new(413, problem));
    }
    Ok(text)
}

/// The form again, with the text of somebody else above that of the visitor. It now knows of both.
fn conflict(
    site: &Site,
    request: &Request<'_>,
    name: &Name,
    current: Option<&Entry>,
    text: &str,
) -> Response {
    let (problem, theirs) = match current {
        None => ("the entry was deleted meanwhile", String::new()),
        Some(current) => (
            "somebody else has written this entry meanwhile",
            format!("<h2>Their text</h2>\n{}", html::text(&current.text)),
        ),
    };
    let draft = Draft {
        of: Some(name),
        text,
        known: &current.map(Entry::state).unwrap_or_default(),
        ..Draft::default()
    };
    let above = format!("{theirs}<h2>Your text</h2>\n");
    let problem = HttpError::new(Status::CONFLICT, problem);
    again(site, request, &problem, &above, &draft)
}

/// Deletes an entry in the state that the visitor has seen.
fn delete(site: &Site, request: &Request<'_>, name: &Name) -> Result<Response> {
    let known = request.field("known")?.unwrap_or_default();
    let mut changes = site.store.change().map_err(HttpError::from)?;
    let current = changes.get(name).map_err(HttpError::from)?;
    if let Some(entry) = current {
        if entry.state() != known {
            drop(changes);
            let message = message("It was changed meanwhile, and is not deleted.");
            let content = message + &html::entry(request, &entry);
            let page = passing(site, request, name.as_str(), &content);
            return Ok(page.with_status(Status::CONFLICT));
        }
        changes.remove(&entry).map_err(HttpError::from)?;
    }
    Ok(Response::redirect(&request.link("/")))
}

/// The form again, with what was typed. Above it is what is wrong, and what else the visitor needs
/// to know.
fn again(
    site: &Site,
    request: &Request<'_>,
    problem: &HttpError,
    above: &str,
    draft: &Draft<'_>,
) -> Response {
    let heading = draft.of.map_or("A new entry", Name::as_str);
    let message = message(&format!("It is not saved: {}.", problem.text()));
    let content = format!("{message}{above}{}", form::editor(request, draft));
    passing(site, request, heading, &content).with_status(problem.status().clone())
}

/// A paragraph that screen readers read at once.
fn message(text: &str) -> String {
    format!("<p class=\"message\" role=\"alert\">{}</p>\n", escape(text))
}
