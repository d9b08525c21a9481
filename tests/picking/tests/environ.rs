//! The utilities of `wsgi-environ` on variables that some other program set.

use std::{collections::HashMap, env};
use wsgi_environ::{MissingVariable, application_uri, guess_scheme, request_uri, shift_path_info};

/// Describes the request of a CGI program.
fn describe(mut variables: HashMap<String, String>) -> Result<String, MissingVariable> {
    let scheme = guess_scheme(&variables).to_owned();
    variables.insert("wsgi.url_scheme".to_owned(), scheme);
    let uri = request_uri(&variables, true)?;
    let first = shift_path_info(&mut variables).unwrap_or_default();
    let rest = application_uri(&variables)?;
    Ok(format!("{uri}: {first} below {rest}\n"))
}

/// The response of a CGI program, from the variables of its process.
fn cgi() -> String {
    match describe(env::vars().collect()) {
        Ok(text) => format!("Content-Type: text/plain\n\n{text}"),
        Err(error) => format!("Status: 500\nContent-Type: text/plain\n\n{error}\n"),
    }
}

#[test]
fn a_map_describes_a_request() {
    let variables = [
        ("HTTP_HOST", "example.org"),
        ("SCRIPT_NAME", "/shop"),
        ("PATH_INFO", "/caf\u{e9}/menu"),
        ("QUERY_STRING", "day=1"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let expected = "http://example.org/shop/caf%C3%A9/menu?day=1: \
        café below http://example.org/shop/caf%C3%A9\n";
    assert_eq!(describe(variables.into()).unwrap(), expected);
}

#[test]
fn a_process_without_a_request_says_so() {
    assert!(cgi().starts_with("Status: 500\n"));
}
