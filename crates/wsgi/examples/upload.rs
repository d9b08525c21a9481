//! Receives files at http://127.0.0.1:8000 and describes them. Large ones are never in memory.

use wsgi::adaptor::escape;
use wsgi::{Adaptor, Request, Response, Result, make_server};

const FORM: &str = "<form method=\"post\" enctype=\"multipart/form-data\">\
    <input type=\"file\" name=\"file\" multiple> <button>Upload</button></form>\n";

fn ask(_request: &Request<'_>) -> Response {
    Response::html(FORM)
}

fn take(request: &Request<'_>) -> Result<Response> {
    let mut html = String::from("<ul>\n");
    for file in request.form()?.files() {
        let (name, media_type) = (escape(file.file_name()), escape(file.content_type()));
        html += &format!("<li>{name}: {} bytes of {media_type}</li>\n", file.len());
    }
    html += "</ul>\n";
    Ok(Response::html(html + FORM))
}

fn main() -> Result<()> {
    let app = Adaptor::new().get("/", ask).post("/", take);
    Ok(make_server("127.0.0.1", 8000, app)?.serve_until_stopped()?)
}
