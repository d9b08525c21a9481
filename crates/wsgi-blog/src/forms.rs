//! Requests of forms: POST.
//!
//! A form says which state of the entry its visitor has seen. If the entry is in another one now,
//! nothing is changed, and the visitor sees both. A form that is sent twice does nothing the second
//! time: what it asks for is there already.

use wsgi::{HttpError, Request, Response, Result, Status, adaptor::escape};

use crate::{
    blog::Site,
    document::passing,
    entry::Entry,
    form::{self, Draft},
    html, link,
    name::Name,
    text::{cleaned, visible},
};

/// `POST /`: creates an entry.
pub(crate) fn create(site: &Site, request: &Request<'_>) -> Result<Response> {
    let typed = request.field("name")?.unwrap_or_default().trim();
    match Name::parse(typed) {
        Ok(name) => save(site, request, name, typed, true),
        Err(error) => {
            let draft = Draft {
                name: typed,
                text: &visible(request.field("text")?.unwrap_or_default()),
                ..Draft::default()
            };
            Ok(again(site, request, 422, &error.to_string(), &draft, ""))
        }
    }
}

/// `POST /name`: changes an entry, or deletes it.
pub(crate) fn change(site: &Site, request: &Request<'_>) -> Result<Response> {
    let name = Name::parse(request.parameter_str("name"));
    let name = name.map_err(|_| HttpError::new(404, "there is no such entry"))?;
    match request.field("action")? {
        Some("save") => save(site, request, name, "", false),
        Some("delete") => delete(site, request, &name),
        _ => Err(HttpError::new(422, "the action is to save or to delete").into()),
    }
}

fn save(
    site: &Site,
    request: &Request<'_>,
    name: Name,
    typed: &str,
    is_new: bool,
) -> Result<Response> {
    let text = request.field("text")?.unwrap_or_default();
    let known = request.field("known")?.unwrap_or_default();
    let draft = |text, known| Draft {
        of: (!is_new).then_some(&name),
        name: typed,
        text,
        known,
    };
    let limit = site.store.limits().entry_bytes;
    let cleaned = match cleaned(text) {
        Ok(text) if text.len() > limit as usize => {
            let problem = format!("the text is longer than {limit} bytes");
            return Ok(again(
                site,
                request,
                413,
                &problem,
                &draft(&text, known),
                "",
            ));
        }
        Ok(text) => text,
        Err(error) => {
            let (problem, text) = (error.to_string(), visible(text));
            return Ok(again(
                site,
                request,
                422,
                &problem,
                &draft(&text, known),
                "",
            ));
        }
    };
    let mut changes = site.store.change().map_err(HttpError::from)?;
    let current = changes.get(&name).map_err(HttpError::from)?;
    let state = current.as_ref().map(Entry::state).unwrap_or_default();
    let page = request.link(&link::entry(&name));
    if current
        .as_ref()
        .is_some_and(|current| current.text == cleaned)
    {
        return Ok(Response::redirect(&page)); // sent twice
    }
    if state == known {
        let put = changes.put(name, cleaned, current.as_ref());
        put.map_err(HttpError::from)?;
        return Ok(Response::redirect(&page));
    }
    let (problem, theirs) = match &current {
        None => ("the entry was deleted meanwhile", String::new()),
        Some(current) => (
            "somebody else has written this entry meanwhile",
            format!("<h2>Their text</h2>\n{}", html::text(&current.text)),
        ),
    };
    let draft = Draft {
        of: Some(&name),
        ..draft(&cleaned, &state)
    };
    let theirs = format!("{theirs}<h2>Your text</h2>\n");
    Ok(again(site, request, 409, problem, &draft, &theirs))
}

fn delete(site: &Site, request: &Request<'_>, name: &Name) -> Result<Response> {
    let known = request.field("known")?.unwrap_or_default();
    let mut changes = site.store.change().map_err(HttpError::from)?;
    let current = changes.get(name).map_err(HttpError::from)?;
    if let Some(entry) = current {
        if entry.state() != known {
            let content = format!(
                "<p class=\"message\" role=\"alert\">It was changed meanwhile, and is not deleted.</p>\n{}",
                html::entry(request, &entry)
            );
            let page = passing(site, request, name.as_str(), &content);
            return Ok(page.with_status(Status::CONFLICT));
        }
        changes.remove(&entry).map_err(HttpError::from)?;
    }
    Ok(Response::redirect(&request.link("/")))
}

/// The form again, with what was typed and what is wrong. Above the form is what the visitor needs
/// to know.
fn again(
    site: &Site,
    request: &Request<'_>,
    status: u16,
    problem: &str,
    draft: &Draft<'_>,
    above: &str,
) -> Response {
    let heading = draft.of.map_or("A new entry", Name::as_str);
    let content = format!(
        "<p class=\"message\" role=\"alert\">It is not saved: {}.</p>\n{above}{}",
        escape(problem),
        form::editor(request, draft)
    );
    passing(site, request, heading, &content).with_status(status)
}
