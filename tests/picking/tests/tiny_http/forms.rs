//! Forms with uploads.

use crate::served::response;

use std::io;
use tiny_http::{Request, Response};
use wsgi_forms::{Form, FormError, Limits};

/// Describes what was uploaded.
fn answer(mut request: Request) -> io::Result<()> {
    match read(&mut request) {
        Ok(form) => {
            let photo = form.file("photo");
            let photo = photo.map_or(String::new(), |file| {
                format!("{}: {} bytes\n", file.file_name(), file.len())
            });
            request.respond(Response::from_string(photo))
        }
        Err(error) => {
            let response = Response::from_string(error.to_string());
            request.respond(response.with_status_code(error.status_code()))
        }
    }
}

fn read(request: &mut Request) -> Result<Form, FormError> {
    let fields = request.headers().iter();
    let mut content_types = fields.filter(|field| field.field.equiv("Content-Type"));
    let content_type = content_types
        .next()
        .map_or("", |field| field.value.as_str());
    let content_type = content_type.to_owned();
    let limits = Limits::new().max_body_bytes(10 << 20);
    Form::read(&*content_type, request.as_reader(), &limits)
}

#[test]
fn an_upload_is_described() {
    let body = "--x\r\nContent-Disposition: form-data; name=photo; filename=cat.png\r\n\r\n\
        (a picture)\r\n--x--\r\n";
    let post = |content_type: &str| {
        let length = body.len();
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        let fields = format!("Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n");
        response(&format!("{head}{fields}{body}"), answer)
    };
    let response = post("multipart/form-data; boundary=x");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    assert!(
        response.ends_with("\r\n\r\ncat.png: 11 bytes\n"),
        "{response}"
    );
    assert!(post("text/plain").starts_with("HTTP/1.1 415 "));
}
