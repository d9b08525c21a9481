//! The fields that tell the upstream server about the client.

use std::net::IpAddr;

use wsgi_environ::{Environ, Value, is_host};
use wsgi_http1::encode;

use crate::connection_options::starts_with;

/// Whether a field is about the client's connection. What the client says about that is not passed
/// on.
pub(crate) fn is_about_client(name: &str) -> bool {
    let others = ["Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP"];
    starts_with(name, "X-Forwarded-") || others.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Writes the client's address, the scheme and host of its request, and the path of the mount, if
/// one is given.
pub(crate) fn write(out: &mut Vec<u8>, environ: &Environ, mount: Option<&str>) {
    let address = environ.remote_addr().map(Value::as_bytes);
    let address = address.and_then(|address| str::from_utf8(address).ok());
    if let Some(address) = address.and_then(|text| text.parse::<IpAddr>().ok()) {
        encode::field(out, b"X-Forwarded-For", address.to_string().as_bytes());
    }
    let scheme = match environ.url_scheme() {
        "https" => "https",
        _ => "http",
    };
    encode::field(out, b"X-Forwarded-Proto", scheme.as_bytes());
    let host = environ.host().map(Value::as_bytes);
    if let Some(host) = host.filter(|host| is_host(host)) {
        encode::field(out, b"X-Forwarded-Host", host);
    }
    if let Some(mount @ [_, ..]) = mount.map(str::as_bytes) {
        encode::field(out, b"X-Forwarded-Prefix", mount);
    }
}
