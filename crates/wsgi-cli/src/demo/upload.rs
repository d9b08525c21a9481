//! `/upload`: describes the parts of a form.

use std::{fmt::Write as _, io::Read};

use sha2::{Digest, Sha256};
use wsgi::{
    Request, Response, Result,
    adaptor::escape,
    forms::{Boundary, Limits, Multipart},
};

use super::{
    document::document,
    page::{Kind, Shown},
};

const FORM: &str = "<form action=\"upload\" method=\"post\" enctype=\"multipart/form-data\">\n\
    <p><label>A word: <input name=\"word\"></label></p>\n\
    <p><label>Files: <input type=\"file\" name=\"file\" multiple></label></p>\n\
    <button>Upload</button>\n</form>\n";

/// A high limit, because no body is kept.
const LIMITS: Limits = Limits::new().max_body_bytes(4 << 30);

/// Asks for files.
pub(super) fn ask(request: &Request<'_>) -> Response {
    let shown = Shown {
        title: "Upload files",
        html: FORM,
        text: "Send files by POST, as multipart/form-data.\n",
    };
    shown.answer(request, None)
}

/// Describes each part of the form, in order: in a table for people, and as JSON for programs. A
/// choice of files that was left empty is left out. Parts are read as they arrive, and are never in
/// memory as a whole.
pub(super) fn take(request: &Request<'_>) -> Result<Response> {
    let boundary = Boundary::from_content_type(request.header("Content-Type").unwrap_or_default())?;
    let mut form = Multipart::new(&boundary, request.take_input(), &LIMITS);
    let (mut parts, mut rows) = (Vec::new(), String::new());
    while let Some(mut part) = form.next_part()? {
        let (size, sha256) = digest(&mut part)?;
        let head = part.head();
        if size == 0 && head.file_name().is_some_and(str::is_empty) {
            continue;
        }
        writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}<br><small>{sha256}</small></td>\
            <td>{}</td><td>{size}</td></tr>",
            escape(head.name()),
            escape(head.file_name().unwrap_or("–")),
            escape(head.content_type()).replace('/', "/<wbr>"),
        )?;
        parts.push(serde_json::json!({
            "name": head.name(),
            "filename": head.file_name(),
            "content_type": head.content_type(),
            "size": size,
            "sha256": sha256,
        }));
    }
    if Kind::preferred(request.environ()) == Kind::Html {
        let table = format!("<table>\n{HEAD}<tbody>\n{rows}</tbody>\n</table>");
        let content = format!("{table}\n{AGAIN}");
        return Ok(document(request, "What arrived", &content).with_header("Vary", "Accept"));
    }
    Ok(Response::json(&parts)
        .with_header("Cache-Control", "no-store")
        .with_header("Vary", "Accept"))
}

const HEAD: &str = "<thead><tr><th scope=\"col\">Name</th>\
    <th scope=\"col\">File and SHA-256</th><th scope=\"col\">Type</th>\
    <th scope=\"col\">Bytes</th></tr></thead>\n";

const AGAIN: &str = "<p>Nothing was kept. <a href=\"upload\">Upload more files</a></p>\n";

/// The length, and the SHA-256 in hexadecimal.
fn digest(reader: &mut impl Read) -> Result<(u64, String)> {
    let (mut size, mut hasher) = (0, Sha256::new());
    let mut block = [0; 16 * 1024];
    loop {
        match reader.read(&mut block)? {
            0 => break,
            read => {
                size += read as u64;
                hasher.update(&block[..read]);
            }
        }
    }
    let mut text = String::new();
    for byte in hasher.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok((size, text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wsgi::testing::{Request, Response};

    use crate::demo::in_memory;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn upload(content_type: &str, body: &str) -> Response {
        let request = Request::post("/upload").header("Content-Type", content_type);
        request.body(body).call(&in_memory())
    }

    #[test]
    fn each_part_is_described_in_order() {
        let response = upload(
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"word\"\r\n\r\nabc\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"é.png\"\r\n\
            Content-Type: image/png\r\n\r\n\r\n--x--\r\n",
        );
        let content_type = response.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "application/json");
        let parts: Value = serde_json::from_str(response.text()).expect("JSON");
        let word = json!({
            "name": "word", "filename": null, "content_type": "text/plain", "size": 3,
            "sha256": ABC,
        });
        let file = json!({
            "name": "file", "filename": "é.png", "content_type": "image/png", "size": 0,
            "sha256": EMPTY,
        });
        assert_eq!(parts, json!([word, file]));
    }

    const CHOICES: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n<b>\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n";

    #[test]
    fn an_empty_choice_of_files_is_left_out() {
        let response = upload("multipart/form-data; boundary=x", CHOICES);
        let parts: Value = serde_json::from_str(response.text()).expect("JSON");
        assert_eq!(parts.as_array().map(Vec::len), Some(1));
        assert_eq!(parts[0]["name"], "a");
    }

    #[test]
    fn people_get_a_page_with_a_way_back() {
        let request = Request::post("/upload")
            .header("Content-Type", "multipart/form-data; boundary=x")
            .header("Accept", "text/html,*/*;q=0.8");
        let page = request
            .body(CHOICES.replace("name=\"a\"", "name=\"<i>\""))
            .call(&in_memory());
        assert_eq!(page.text().matches("<th scope=\"row\">").count(), 1);
        assert!(
            page.text().contains("<th scope=\"row\">&lt;i&gt;</th>"),
            "{}",
            page.text()
        );
        assert!(
            page.text()
                .contains("<a href=\"upload\">Upload more files</a>")
        );
    }

    #[test]
    fn a_body_that_is_not_a_whole_multipart_form_is_refused() {
        let cut = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc";
        let multipart = "multipart/form-data; boundary=x";
        assert_eq!(upload(multipart, cut).status().code(), 400);
        assert_eq!(upload(multipart, "").status().code(), 400);
        assert_eq!(upload("multipart/form-data", cut).status().code(), 400);
        assert_eq!(upload("text/plain", "abc").status().code(), 415);
    }

    #[test]
    fn the_answer_to_another_kind_of_form_names_multipart() {
        let response = upload("application/x-www-form-urlencoded", "x=1");
        assert_eq!(response.status().code(), 415);
        let told = response.text();
        assert!(told.contains("multipart/form-data"), "{told}");
    }
}
