//! The request of an environ, in the types of `http`.

use std::net::{IpAddr, SocketAddr};

use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE},
};
use wsgi_application::Environ;
use wsgi_environ::is_hop_by_hop;

use crate::request_body::{BlockingBody, RequestBody};

/// The request, with the input of the environ as its body; `None` if its method or its path is one
/// that `http` does not take, such as a path of more than 64 KiB.
pub(super) fn from_environ(environ: &mut Environ) -> Option<Request<RequestBody>> {
    let method = Method::from_bytes(environ.request_method().as_bytes()).ok()?;
    let uri = uri(environ)?;
    let version = version(environ);
    let headers = headers(environ)?;
    let mut extensions: Extensions = environ.remove_extension().unwrap_or_default();
    if let Some(peer) = peer(environ) {
        extensions.insert(peer);
    }
    #[cfg(feature = "sessions")]
    crate::session_layer::Around::pass_to_service(environ, &mut extensions);
    extensions.insert(BlockingBody);
    let mut request = Request::new(RequestBody::new(environ.take_input()));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() = version;
    *request.headers_mut() = headers;
    *request.extensions_mut() = extensions;
    Some(request)
}

/// The target below the mount point, encoded as the client did it where that is known.
fn uri(environ: &mut Environ) -> Option<Uri> {
    if environ.script_name().is_empty() {
        return match environ.origin_form() {
            Some(form) => form.parse().ok(),
            None => Some(Uri::from_static("*")),
        };
    }
    let script_name = environ.script_name().to_value_buf();
    environ.set("SCRIPT_NAME", "");
    let form = environ.origin_form();
    environ.set("SCRIPT_NAME", script_name);
    form?.parse().ok()
}

fn version(environ: &Environ) -> Version {
    match environ.server_protocol().as_bytes() {
        b"HTTP/0.9" => Version::HTTP_09,
        b"HTTP/1.0" => Version::HTTP_10,
        b"HTTP/2.0" | b"HTTP/2" => Version::HTTP_2,
        b"HTTP/3.0" | b"HTTP/3" => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

/// The fields of the request, without those of the connection (RFC 9110 section 7.6.1).
/// `Connection` and those that it names are kept: nothing is forwarded here, and behind a front
/// server a client could remove what that has added. A service that forwards the request has to
/// remove them.
fn headers(environ: &Environ) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in environ.iter() {
        let name = match &*name {
            // An empty variable counts as absent (PEP 3333).
            "CONTENT_TYPE" if !value.is_empty() => CONTENT_TYPE,
            "CONTENT_LENGTH" if !value.is_empty() => CONTENT_LENGTH,
            name => match name.strip_prefix("HTTP_") {
                Some(field) => {
                    let field = field.replace('_', "-");
                    match HeaderName::from_bytes(field.as_bytes()) {
                        Ok(name) if name == CONNECTION || !is_hop_by_hop(&field) => name,
                        _ => continue,
                    }
                }
                None => continue,
            },
        };
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.try_append(name, value).ok()?;
        }
    }
    Some(headers)
}

fn peer(environ: &Environ) -> Option<SocketAddr> {
    let text = |name| environ.get(name)?.to_str().ok();
    let address: IpAddr = text("REMOTE_ADDR")?.parse().ok()?;
    let port = text("REMOTE_PORT").and_then(|port| port.parse().ok());
    Some(SocketAddr::new(address, port.unwrap_or_default()))
}
