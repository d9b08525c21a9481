//! The cases, one file for each subject.

mod bodies;
mod compression;
mod environs;
mod failures;
mod fields;
mod files;
mod hooks;
mod methods;
mod paths;
mod ranges;
mod statuses;
mod streams;
mod uploads;

use std::sync::LazyLock;

use wsgi::{Application, StartResponse, Status};

use crate::case::Case;

/// Every case. Their names are unique.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(methods::cases());
    cases.extend(statuses::cases());
    cases.extend(fields::cases());
    cases.extend(paths::cases());
    cases.extend(environs::cases());
    cases.extend(bodies::cases());
    cases.extend(files::cases());
    cases.extend(ranges::cases());
    cases.extend(compression::cases());
    cases.extend(uploads::cases());
    cases.extend(streams::cases());
    cases.extend(hooks::cases());
    cases.extend(failures::cases());
    cases
}

/// The header field of plain text.
const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain; charset=utf-8")];

/// Starts a response of plain text.
fn start<'a>(start_response: &'a mut StartResponse<'_>) -> wsgi::Result<wsgi::Writer<'a>> {
    start_response.start(Status::OK, TEXT)
}

/// An application whose body is a function of the environ.
fn says(
    what: impl Fn(&mut wsgi::Environ) -> wsgi::Result<Vec<u8>> + Send + Sync + 'static,
) -> impl Application {
    wsgi::application(move |environ, start_response| {
        let text = what(environ)?;
        start(start_response)?;
        Ok(text.into())
    })
}

/// An application that answers with the values of these variables, a line each. An absent one is
/// `-`.
fn shows(names: &'static [&'static str]) -> impl Application {
    says(|environ| {
        let lines = names.iter().map(|name| match environ.get(name) {
            Some(value) => [value.as_bytes(), b"\n"].concat(),
            None => b"-\n".to_vec(),
        });
        Ok(lines.collect::<Vec<_>>().concat())
    })
}

/// More bytes than fit in all buffers between application and client.
const LARGE: usize = 3_000_000;

/// Bytes of this length, at most [`LARGE`]. Adjacent blocks of usual sizes differ.
fn pattern(length: usize) -> &'static [u8] {
    static PATTERN: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..251).collect::<Vec<u8>>().repeat(LARGE / 251 + 1));
    &PATTERN[..length]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn names_of_cases_are_unique_and_fit_in_a_path() {
        let cases = super::cases();
        let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), cases.len());
        for name in names {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            assert!(name.bytes().all(is_plain), "{name}");
        }
    }
}
