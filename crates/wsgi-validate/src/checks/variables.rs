//! The variables of a request, before the application sees them.

use std::net::Ipv6Addr;

use wsgi_environ::{Environ, Value, is_host};
use wsgi_headers::is_token;

use crate::{finding::Finding, rule::rules, watch::Watch};

rules! {
    /// `REQUEST_METHOD` is present and is a token.
    REQUEST_METHOD: Gateway, Violation, "PEP 3333, environ Variables; RFC 9110 section 9.1";
    /// The method is a registered one, in capitals.
    REGISTERED_METHOD: Gateway, Warning, "RFC 9110 section 16.1.1";
    /// `SCRIPT_NAME` is empty, or begins with a slash and is not just a slash.
    SCRIPT_NAME: Gateway, Violation, "RFC 3875 section 4.1.13";
    /// `SCRIPT_NAME` does not end with a slash, which belongs to `PATH_INFO`.
    SCRIPT_NAME_END: Gateway, Warning, "PEP 3333, URL Reconstruction";
    /// `PATH_INFO` is empty or begins with a slash.
    PATH_INFO: Gateway, Violation, "RFC 3875 section 4.1.5";
    /// `PATH_INFO` is present if `SCRIPT_NAME` is empty or absent.
    PATH: Gateway, Violation, "PEP 3333, environ Variables";
    /// `QUERY_STRING` is present. It may be empty.
    QUERY_STRING: Gateway, Warning, "RFC 3875 section 4.1.7";
    /// `SERVER_NAME` is present and is a name or an IP address.
    SERVER_NAME: Gateway, Violation, "PEP 3333, environ Variables; RFC 3875 section 4.1.14";
    /// `SERVER_PORT` is present and a number below 65536.
    SERVER_PORT: Gateway, Violation, "PEP 3333, environ Variables; RFC 3875 section 4.1.15";
    /// `SERVER_PROTOCOL` is present. It is a name, with or without a slash and a version such as
    /// 1.1.
    SERVER_PROTOCOL: Gateway, Violation, "PEP 3333, environ Variables; RFC 3875 section 4.1.16";
    /// `CONTENT_LENGTH` is absent, empty or a decimal number.
    REQUEST_CONTENT_LENGTH: Gateway, Violation, "RFC 3875 section 4.1.2";
    /// The type and length of the body are in `CONTENT_TYPE` and `CONTENT_LENGTH`, without `HTTP_`.
    CONTENT_VARIABLES: Gateway, Violation, "PEP 3333, environ Variables; RFC 3875 section 4.1.18";
    /// A name that begins with `HTTP_` is in capitals, with underscores for hyphens.
    FIELD_VARIABLES: Gateway, Violation, "RFC 3875 section 4.1.18";
    /// `HTTP_HOST` is absent, empty, or a name or an IP address with or without a port. Front
    /// servers pass on others, by CGI, FastCGI, SCGI and uwsgi.
    HTTP_HOST: Gateway, Warning, "RFC 9110 section 7.2";
    /// `HTTP_PROXY` is absent, because a request could configure HTTP clients with it.
    HTTP_PROXY: Gateway, Warning, "CVE-2016-5385";
    /// `wsgi.url_scheme` is `http` or `https`.
    URL_SCHEME: Gateway, Violation, "PEP 3333, environ Variables";
}

use rules::*;

/// The methods of the IANA registry.
const METHODS: &str = " ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD \
    LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS \
    ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH TRACE UNBIND \
    UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL ";

pub(crate) fn check(environ: &Environ, watch: &Watch) -> Result<(), Finding> {
    let value = |name| environ.get(name).unwrap_or_default();
    let show = |name| move || show(environ, name);

    let method = environ.request_method();
    let is_method = is_token(method.as_bytes());
    watch.require(is_method, REQUEST_METHOD, show("REQUEST_METHOD"))?;
    let is_registered = METHODS.contains(&format!(" {method} "));
    watch.require(
        is_registered || !is_method,
        REGISTERED_METHOD,
        show("REQUEST_METHOD"),
    )?;

    let script_name = value("SCRIPT_NAME").as_bytes();
    let is_script_name = is_path(script_name) && script_name != b"/";
    watch.require(is_script_name, SCRIPT_NAME, show("SCRIPT_NAME"))?;
    let ends_within = script_name == b"/" || !script_name.ends_with(b"/");
    watch.require(ends_within, SCRIPT_NAME_END, show("SCRIPT_NAME"))?;
    let is_path_info = is_path(value("PATH_INFO").as_bytes());
    watch.require(is_path_info, PATH_INFO, show("PATH_INFO"))?;
    let has_path = !script_name.is_empty() || environ.contains("PATH_INFO");
    watch.require(has_path, PATH, || {
        format!("{}, and PATH_INFO is absent", show("SCRIPT_NAME")())
    })?;
    let has_query = environ.contains("QUERY_STRING");
    watch.require(has_query, QUERY_STRING, show("QUERY_STRING"))?;

    let is_name = is_server_name(value("SERVER_NAME").as_bytes());
    watch.require(is_name, SERVER_NAME, show("SERVER_NAME"))?;
    let is_port = is_port(value("SERVER_PORT"));
    watch.require(is_port, SERVER_PORT, show("SERVER_PORT"))?;
    let is_protocol = is_protocol(value("SERVER_PROTOCOL").as_bytes());
    watch.require(is_protocol, SERVER_PROTOCOL, show("SERVER_PROTOCOL"))?;

    let length = value("CONTENT_LENGTH");
    let is_length = length.is_empty() || environ.content_length().is_some();
    watch.require(is_length, REQUEST_CONTENT_LENGTH, show("CONTENT_LENGTH"))?;
    for name in ["HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"] {
        watch.require(!environ.contains(name), CONTENT_VARIABLES, show(name))?;
    }
    for (name, _) in environ.iter() {
        watch.require(is_field_variable(&name), FIELD_VARIABLES, || {
            format!("there is {name:?}")
        })?;
    }
    let host = value("HTTP_HOST").as_bytes();
    let is_kept = host.is_empty() || is_host(host);
    watch.require(is_kept, HTTP_HOST, show("HTTP_HOST"))?;
    let has_proxy = environ.contains("HTTP_PROXY");
    watch.require(!has_proxy, HTTP_PROXY, show("HTTP_PROXY"))?;

    let scheme = environ.url_scheme();
    watch.require(matches!(scheme, "http" | "https"), URL_SCHEME, || {
        format!("it is {scheme:?}")
    })
}

fn show(environ: &Environ, name: &str) -> String {
    match environ.get(name) {
        Some(value) => format!("{name} is {value:?}"),
        None => format!("{name} is absent"),
    }
}

fn is_path(path: &[u8]) -> bool {
    path.is_empty() || path.starts_with(b"/")
}

/// Whether it is a host without a port. An IPv6 address may lack its brackets, as with CPython.
fn is_server_name(name: &[u8]) -> bool {
    let is_bare = str::from_utf8(name).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok());
    let has_port = !name.ends_with(b"]") && name.contains(&b':');
    is_bare || (is_host(name) && !has_port)
}

fn is_port(value: Value<'_>) -> bool {
    let is_number = value.as_bytes().iter().all(u8::is_ascii_digit);
    is_number && value.to_str().is_ok_and(|text| text.parse::<u16>().is_ok())
}

/// Whether it has the form of `HTTP/1.1`, or is a name alone such as CGI's `INCLUDED`.
fn is_protocol(protocol: &[u8]) -> bool {
    let mut parts = protocol.splitn(2, |&byte| byte == b'/');
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let is_version = |version: &[u8]| {
        let mut numbers = version.splitn(2, |&byte| byte == b'.');
        numbers.next().is_some_and(is_number) && numbers.next().is_some_and(is_number)
    };
    parts.next().is_some_and(is_token) && parts.next().is_none_or(is_version)
}

fn is_field_variable(name: &str) -> bool {
    let Some(field) = name.strip_prefix("HTTP_") else {
        return true;
    };
    is_token(field.as_bytes()) && !field.contains(|c: char| c.is_ascii_lowercase() || c == '-')
}
