//! The environment variables of a program: the meta-variables of a request (RFC 3875 section 4.1).

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, process::Command};

use wsgi_application::Environ;

/// Variables that a program does not get: `HTTP_PROXY` would configure its HTTP clients
/// (CVE-2016-5385), and the others would configure its process.
const DANGEROUS: [&str; 2] = ["HTTP_PROXY", "PATH"];

const CREDENTIALS: [&str; 2] = ["HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION"];

/// The prefix, once for each redirect inside the site, of variables that were those of the request
/// before it.
const REDIRECT: &str = "REDIRECT_";

/// The choice of variables that a program gets.
#[derive(Clone, Debug, Default)]
pub(super) struct Passed {
    /// The names of variables that are passed on beside those of a request.
    pub(super) names: Vec<String>,
    /// Whether the client's credentials are passed on.
    pub(super) credentials: bool,
}

impl Passed {
    fn has(&self, name: &str) -> bool {
        let original = name.trim_start_matches(REDIRECT);
        let is_credential = CREDENTIALS.contains(&original);
        let is_hidden = DANGEROUS.contains(&original) || (is_credential && !self.credentials);
        let is_wanted = is_of_request(name) || self.names.iter().any(|passed| passed == name);
        is_wanted && !is_hidden
    }
}

/// Sets the variables of a request. Those with a name that no request has, such as `LD_PRELOAD`
/// or one in lower case, are left out unless their names are `passed`. So are those with a NUL,
/// which no environment can have.
pub(super) fn set_variables(
    command: &mut Command,
    environ: &Environ,
    body_bytes: u64,
    passed: &Passed,
) {
    for name in ["SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"] {
        command.env(name, "");
    }
    environ.visit(|name, value| {
        if passed.has(name) && !value.as_bytes().contains(&0) {
            command.env(name, OsStr::from_bytes(value.as_bytes()));
        }
    });
    command.env("GATEWAY_INTERFACE", "CGI/1.1");
    if !environ.contains("REDIRECT_STATUS") {
        command.env("REDIRECT_STATUS", "200"); // PHP demands it
    }
    if environ.url_scheme() == "https" {
        command.env("HTTPS", "on");
    }
    match body_bytes {
        0 => command.env_remove("CONTENT_LENGTH"), // absent without a body (section 4.1.2)
        _ => command.env("CONTENT_LENGTH", body_bytes.to_string()),
    };
}

/// Whether it is the name of a meta-variable (RFC 3875 section 4.1), of one that front servers add,
/// or of one of a redirect.
fn is_of_request(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "AUTH_TYPE",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTPS",
        "PATH_INFO",
        "QUERY_STRING",
        "SCRIPT_NAME",
        "TRACE_ID",
        "UNIQUE_ID",
    ];
    const FAMILIES: [&str; 6] = ["HTTP_", REDIRECT, "REMOTE_", "REQUEST_", "SERVER_", "SSL_"];
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_known = NAMES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family));
    is_known && name.bytes().all(is_plain)
}
