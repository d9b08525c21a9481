//! Fields with parameters, in any language.

use crate::calls::get;

use axum::{Router, extract::Path, http::HeaderMap, http::StatusCode, response::Result, routing};
use wsgi_headers::{Headers, InvalidHeader};

/// Sends a download under a name of any characters.
async fn download(Path(name): Path<String>) -> Result<(HeaderMap, &'static str)> {
    let fields = attachment(&name).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    Ok((fields, "tea,cake\n"))
}

fn attachment(name: &str) -> Result<HeaderMap, InvalidHeader> {
    let mut fields = Headers::from_fields([("Content-Type", "text/csv")])?;
    fields.add_header("Content-Disposition", "attachment", [("filename", name)])?;
    HeaderMap::try_from(&fields)
}

fn app() -> Router {
    Router::new().route("/download/{name}", routing::get(download))
}

#[test]
fn a_name_is_encoded_and_cannot_add_a_field() {
    let (status, fields, _) = get(&app(), "/download/men%C3%BC.csv", ("Accept", "*/*"));
    assert_eq!(status, 200);
    let expected = "attachment; filename*=UTF-8''men%C3%BC.csv";
    assert_eq!(fields["Content-Disposition"], expected);

    let (_, fields, _) = get(&app(), "/download/a%0D%0ASet-Cookie:b=1", ("Accept", "*/*"));
    assert!(!fields.contains_key("Set-Cookie"));
}
