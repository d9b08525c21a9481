//! The refusal of a request by its conditions.

use wsgi_application::{Body, Headers, Result, Status};

use crate::{
    answer::Answer,
    conditions::{Conditions, is_read},
    delivery,
    entity_tag::EntityTag,
    http_date,
    source_file::Contents,
    validators::Validators,
};

/// The answer in place of a response with a whole representation, if the conditions of the request
/// keep it from being performed.
pub(crate) fn refusal(
    method: &str,
    conditions: &Conditions<'_>,
    status: &Status,
    headers: &Headers,
) -> Option<Answer> {
    delivery::refusal(method, conditions, &current(method, status, headers)?)
}

/// Puts a refusal in place of a response. Returns its body.
pub(crate) fn refuse(status: &mut Status, headers: &mut Headers, answer: &Answer) -> Result<Body> {
    delivery::complete(headers, answer, 0)?;
    *status = delivery::status(answer);
    Ok(delivery::body(
        answer,
        0,
        Contents::Bytes(Default::default()),
    )?)
}

/// The validators of a response with a whole representation, if it has any.
pub(crate) fn current(method: &str, status: &Status, headers: &Headers) -> Option<Validators> {
    let is_whole =
        is_read(method.as_bytes()) && status.code() == 200 && !headers.contains("Content-Range");
    is_whole.then(|| validators(headers)).flatten()
}

/// The validators in the fields of a response, if there are any.
fn validators(headers: &Headers) -> Option<Validators> {
    let etag = headers
        .get("ETag")
        .and_then(|tag| tag.to_str().ok()?.parse::<EntityTag>().ok());
    let date = headers
        .get("Last-Modified")
        .and_then(|date| http_date::parse(date.as_bytes()));
    let mut validators = Validators::new();
    if let Some(date) = date {
        validators = validators.with_last_modified(http_date::time(date));
    }
    if let Some(etag) = etag {
        return Some(validators.with_etag(etag));
    }
    date.map(|_| validators)
}
