//! Conditional requests and ranges of a page in memory.

use crate::calls::get;

use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::{Router, response::IntoResponse, response::Response, routing};
use std::time::SystemTime;
use wsgi_files::{Answer, Conditions, EntityTag, Representation, Validators};

const MENU: &str = "tea\ncake\n";

/// Sends the menu, a part of it, or the news that the client has it.
async fn menu(method: Method, request: HeaderMap) -> Response {
    let etag = EntityTag::strong("v2").expect("a valid tag");
    let validators = Validators::new().with_etag(etag);
    let menu = Representation::new(MENU.len() as u64, "text/plain", validators);

    let find = |name: &str| request.get(name);
    let conditions = Conditions::from_fields(find);
    // Of several ranges, this handler sends the whole.
    let range = find("Range").filter(|range| !range.as_bytes().contains(&b','));
    let answer = menu.answer(method.as_str(), &conditions, range, SystemTime::now());

    let status = StatusCode::from_u16(answer.status_code()).expect("a valid status");
    let etag = [(header::ETAG, "\"v2\"")];
    let body = match &answer {
        Answer::Range(range) => &MENU[range.start as usize..range.end as usize],
        Answer::Whole => MENU,
        _ => "",
    };
    match answer.content_range(menu.length()) {
        Some(range) => {
            let content_range = [(header::CONTENT_RANGE, range.to_string())];
            (status, etag, content_range, body).into_response()
        }
        None => (status, etag, body).into_response(),
    }
}

fn app() -> Router {
    Router::new().route("/menu", routing::get(menu))
}

#[test]
fn a_client_gets_the_part_that_it_needs() {
    let app = app();
    let get = |name, value| get(&app, "/menu", (name, value));
    assert_eq!(get("Accept", "*/*").2, MENU);

    let (status, fields, body) = get("Range", "bytes=4-");
    assert_eq!((status.as_u16(), &*body), (206, "cake\n"));
    assert_eq!(fields["Content-Range"], "bytes 4-8/9");
    assert_eq!(fields["ETag"], "\"v2\"");

    let (status, fields, body) = get("If-None-Match", "\"v1\", \"v2\"");
    assert_eq!((status.as_u16(), &*body), (304, ""));
    assert_eq!(fields["ETag"], "\"v2\"");

    let (status, fields, _) = get("Range", "bytes=9-");
    assert_eq!(status, 416);
    assert_eq!(fields["Content-Range"], "bytes */9");
    assert_eq!(get("If-Match", "\"v1\"").0, 412);
}
