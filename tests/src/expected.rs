//! The expected response of a case.

use std::time::Duration;

use wsgi::application::{Chunk, IntoChunk};

use crate::{notes::Notes, response::Response};

/// The response that a client must see, and the log and notes that belong to it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Expected {
    code: u16,
    /// `None` if any reason is right.
    reason: Option<Vec<u8>>,
    /// Names, each with the values of all its fields in order. Without values, the field must be
    /// absent.
    fields: Vec<(String, Vec<Vec<u8>>)>,
    body: Chunk,
    /// Whether any body is right.
    has_any_body: bool,
    /// `None` if both are right.
    is_complete: Option<bool>,
    /// Whether any response is right.
    is_broken: bool,
    /// Words that the log must contain.
    logged: Vec<String>,
    /// Notes of the application, by name and the beginning of the text.
    notes: Vec<(String, String)>,
}

impl Expected {
    /// A whole response of this status, without a body.
    pub fn status(code: u16, reason: impl Into<Vec<u8>>) -> Self {
        Expected {
            code,
            reason: Some(reason.into()),
            fields: Vec::new(),
            body: Chunk::default(),
            has_any_body: false,
            is_complete: Some(true),
            is_broken: false,
            logged: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A whole response of status `200 OK`.
    ///
    /// # Panics
    ///
    /// The body is an error.
    pub fn ok(body: impl IntoChunk) -> Self {
        Self::status(200, "OK").body(body)
    }

    /// The response to an application's failure, with these words in the log.
    pub fn failure(logged: &str) -> Self {
        Self::status(500, "Internal Server Error")
            .body("500 Internal Server Error\n")
            .logged(logged)
    }

    /// Expects another status.
    pub fn with_status(mut self, code: u16, reason: impl Into<Vec<u8>>) -> Self {
        (self.code, self.reason) = (code, Some(reason.into()));
        self
    }

    /// Allows any reason of the status.
    pub fn any_reason(mut self) -> Self {
        self.reason = None;
        self
    }

    /// Expects this body.
    ///
    /// # Panics
    ///
    /// The body is an error.
    pub fn body(mut self, body: impl IntoChunk) -> Self {
        self.body = body.into_chunk().unwrap();
        self
    }

    /// Allows any body.
    pub fn any_body(mut self) -> Self {
        self.has_any_body = true;
        self
    }

    /// Expects exactly one field of this name.
    pub fn field(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.fields(name, [value.into()])
    }

    /// Expects fields of this name with exactly these values, in this order.
    pub fn fields<V: Into<Vec<u8>>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.fields.retain(|(known, _)| known != name);
        let values = values.into_iter().map(Into::into).collect();
        self.fields.push((name.to_owned(), values));
        self
    }

    /// Expects no field of this name.
    pub fn no_field(self, name: &str) -> Self {
        self.fields(name, [""; 0])
    }

    /// Expects a cut response: its beginning, and an end from which the client can tell.
    pub fn cut(mut self) -> Self {
        self.is_complete = Some(false);
        self
    }

    /// Expects a response that looks whole, although it was cut.
    pub fn looking_whole(mut self) -> Self {
        self.is_complete = Some(true);
        self
    }

    /// Allows a whole or a cut response.
    pub fn cut_or_whole(mut self) -> Self {
        self.is_complete = None;
        self
    }

    /// Allows any response. Only the log and the notes are compared.
    pub fn broken(mut self) -> Self {
        self.is_broken = true;
        self
    }

    /// Expects these words in the log.
    pub fn logged(mut self, words: &str) -> Self {
        self.logged.push(words.to_owned());
        self
    }

    /// Expects a note of the application that begins with this text.
    pub fn noted(mut self, name: &str, text: &str) -> Self {
        self.notes.retain(|(known, _)| known != name);
        self.notes.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Allows any notes.
    pub fn nothing_noted(mut self) -> Self {
        self.notes.clear();
        self
    }

    /// The words that the log must contain.
    #[must_use]
    pub fn log(&self) -> &[String] {
        &self.logged
    }

    /// Lists the differences of a response.
    #[must_use]
    pub fn compare(&self, response: &Response) -> Vec<String> {
        if self.is_broken {
            return Vec::new();
        }
        let mut found = Vec::new();
        let reason = self.reason.as_ref().unwrap_or(&response.reason);
        let (got, status) = (
            (response.code, show(&response.reason)),
            (self.code, show(reason)),
        );
        if got != status {
            found.push(format!("the status is {got:?}, not {status:?}"));
        }
        for (name, values) in &self.fields {
            let got: Vec<_> = response.values(name).map(show).collect();
            let values: Vec<_> = values.iter().map(|value| show(value)).collect();
            if got != values {
                found.push(format!("{name} is {got:?}, not {values:?}"));
            }
        }
        if *self.body != *response.body && !self.has_any_body {
            let (got, body) = (show(&response.body), show(&self.body));
            found.push(format!("the body is {got}, not {body}"));
        }
        if self
            .is_complete
            .is_some_and(|whole| whole != response.is_complete)
        {
            let end = if response.is_complete { "whole" } else { "cut" };
            found.push(format!("the response is {end}"));
        }
        found
    }

    /// Waits for the notes of the application, and lists their differences.
    #[must_use]
    pub fn compare_notes(&self, notes: &Notes, patience: Duration) -> Vec<String> {
        let mut found = Vec::new();
        for (name, text) in &self.notes {
            match notes.wait(name, patience) {
                None => found.push(format!("there is no note {name:?}")),
                Some(note) if note.starts_with(text) => {}
                Some(note) => found.push(format!("the note {name:?} is {note:?}, not {text:?}")),
            }
        }
        found
    }
}

/// Bytes for a message. Long ones are shortened.
fn show(bytes: &[u8]) -> String {
    let (start, length) = (&bytes[..bytes.len().min(200)], bytes.len());
    match length > start.len() {
        true => format!("\"{}...\" ({length} bytes)", start.escape_ascii()),
        false => format!("\"{}\"", start.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> Response {
        Response {
            code: 200,
            reason: b"Fine".to_vec(),
            fields: vec![
                ("X-Tea".to_owned(), b"green".to_vec()),
                ("x-tea".to_owned(), b"black".to_vec()),
            ],
            body: b"text".to_vec(),
            is_complete: true,
            interim: Vec::new(),
        }
    }

    fn expected() -> Expected {
        Expected::status(200, "Fine")
            .fields("X-Tea", ["green", "black"])
            .no_field("X-Cup")
            .body("text")
    }

    #[track_caller]
    fn check(expected: &Expected, found: &[&str]) {
        assert_eq!(expected.compare(&response()), found);
    }

    #[test]
    fn an_expected_response_has_no_difference() {
        check(&expected(), &[]);
        check(&expected().body("other").any_body(), &[]);
        check(&expected().cut().cut_or_whole(), &[]);
        let other = expected().with_status(200, "OK");
        check(&other.any_reason(), &[]);
        check(&expected().cut().looking_whole(), &[]);
        check(&Expected::failure("never looked at").broken(), &[]);
    }

    #[test]
    fn every_difference_is_found() {
        let status = r#"the status is (200, "\"Fine\""), not "#;
        let other = expected().with_status(404, "Fine");
        check(&other, &[&format!(r#"{status}(404, "\"Fine\"")"#)]);
        let other = expected().with_status(200, "OK");
        check(&other, &[&format!(r#"{status}(200, "\"OK\"")"#)]);
        let other = expected().fields("X-Tea", ["black", "green"]);
        check(
            &other,
            &[r#"X-Tea is ["\"green\"", "\"black\""], not ["\"black\"", "\"green\""]"#],
        );
        let other = expected().field("X-Cup", "1");
        check(&other, &[r#"X-Cup is [], not ["\"1\""]"#]);
        check(
            &expected().body("tex"),
            &[r#"the body is "text", not "tex""#],
        );
        check(&expected().cut(), &["the response is whole"]);
    }

    #[test]
    fn a_missing_or_different_note_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::new(&folder, "notes");
        let expected = expected().noted("finished", "complete");
        let found = expected.compare_notes(&notes, Duration::ZERO);
        assert_eq!(found, [r#"there is no note "finished""#]);
        notes.write("finished", "not complete");
        let found = expected.compare_notes(&notes, Duration::ZERO);
        assert_eq!(
            found,
            [r#"the note "finished" is "not complete", not "complete""#]
        );
        notes.write("finished", "complete, after 3 bytes");
        assert_eq!(expected.compare_notes(&notes, Duration::ZERO), [""; 0]);
    }
}
