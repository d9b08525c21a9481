//! A server-sent event.

use std::{
    error::Error as StdError,
    fmt::{self, Display, Write as _},
    time::Duration,
};

use wsgi_application::Chunk;

/// A server-sent event, in the form in which browsers receive it (WHATWG HTML, "Server-sent
/// events"). It is a chunk for the sender of [`Response::events`](crate::Response::events).
///
/// ```
/// use std::time::Duration;
/// use wsgi_adaptor::Event;
///
/// let event = Event::data("two\nlines")
///     .with_name("news")?
///     .with_id(7)?
///     .with_retry(Duration::from_secs(3));
/// assert_eq!(
///     event.to_string(),
///     "event: news\nid: 7\nretry: 3000\ndata: two\ndata: lines\n\n"
/// );
/// assert_eq!(Event::comment("still here").to_string(), ": still here\n\n");
/// # Ok::<(), wsgi_adaptor::InvalidEvent>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Event {
    /// The lines before the data.
    fields: String,
    /// The lines of the data or of the comment.
    lines: String,
}

impl Event {
    /// An event with data, which may have any number of lines. A browser sees each line end, a
    /// carriage return as well, as a line feed.
    pub fn data(data: impl AsRef<str>) -> Self {
        Self::of_lines("data: ", data.as_ref())
    }

    /// A comment, which browsers ignore. It keeps connections open that a proxy would close if
    /// nothing came, and lets the server notice a client that has left without a word.
    pub fn comment(text: impl AsRef<str>) -> Self {
        Self::of_lines(": ", text.as_ref())
    }

    fn of_lines(start: &str, text: &str) -> Self {
        let mut lines = String::with_capacity(text.len() + start.len() + 2);
        // The ends of lines that browsers know.
        let text = text.replace("\r\n", "\n");
        for line in text.split(['\r', '\n']) {
            lines.push_str(start);
            lines.push_str(line);
            lines.push('\n');
        }
        Event {
            fields: String::new(),
            lines,
        }
    }

    /// Sets the name of the event, to which a page listens; by default it is `message`.
    ///
    /// # Errors
    ///
    /// The name has a line end.
    ///
    /// ```
    /// use wsgi_adaptor::Event;
    ///
    /// assert!(Event::data("").with_name("news\ndata: forged").is_err());
    /// ```
    pub fn with_name(self, name: impl AsRef<str>) -> Result<Self, InvalidEvent> {
        self.field("event", name.as_ref())
    }

    /// Sets the id of the event. A browser that connects again sends the last one that it saw
    /// ([`Request::last_event_id`](crate::Request::last_event_id)).
    ///
    /// # Errors
    ///
    /// The id has a line end or NUL.
    pub fn with_id(self, id: impl Display) -> Result<Self, InvalidEvent> {
        let id = id.to_string();
        if id.contains('\0') {
            return Err(InvalidEvent { field: "id" });
        }
        self.field("id", &id)
    }

    /// Sets the time after which a browser connects again, in whole milliseconds.
    pub fn with_retry(mut self, time: Duration) -> Self {
        // Writing to a string does not fail.
        let _ = writeln!(self.fields, "retry: {}", time.as_millis());
        self
    }

    fn field(mut self, field: &'static str, value: &str) -> Result<Self, InvalidEvent> {
        if value.contains(['\r', '\n']) {
            return Err(InvalidEvent { field });
        }
        let _ = writeln!(self.fields, "{field}: {value}");
        Ok(self)
    }
}

/// The event as it is sent.
impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}{}", self.fields, self.lines)
    }
}

/// The event as a chunk of a body. For many clients, make it
/// [shared](Chunk::into_shared) once.
impl From<Event> for Chunk {
    fn from(event: Event) -> Self {
        event.to_string().into()
    }
}

/// A field of an event has a character that would end it.
///
/// ```
/// use wsgi_adaptor::Event;
///
/// let error = Event::data("hello").with_id("1\n2").unwrap_err();
/// assert!(error.to_string().contains("id"), "{error}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEvent {
    field: &'static str,
}

impl Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the field `{}` of an event has a line end or NUL; leave these out",
            self.field
        )
    }
}

impl StdError for InvalidEvent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data: &str, sent: &str) {
        assert_eq!(Event::data(data).to_string(), sent);
    }

    #[test]
    fn each_line_of_the_data_is_a_field() {
        check("", "data: \n\n");
        check("one", "data: one\n\n");
        check(" one", "data:  one\n\n");
        check("one\ntwo", "data: one\ndata: two\n\n");
        check("one\r\ntwo", "data: one\ndata: two\n\n");
        check("one\rtwo", "data: one\ndata: two\n\n");
        check("one\n\rtwo\n", "data: one\ndata: \ndata: two\ndata: \n\n");
        check("data: x\u{2028}é", "data: data: x\u{2028}é\n\n");
    }

    #[test]
    fn no_part_of_an_event_begins_another_field() {
        for bad in ["a\nb", "a\rb", "\r\n"] {
            let name = Event::data("").with_name(bad).unwrap_err();
            let text = "the field `event` of an event has a line end or NUL; leave these out";
            assert_eq!(name.to_string(), text);
            assert!(Event::data("").with_id(bad).is_err());
        }
        assert!(Event::data("").with_id("a\0").is_err());
        let comment = Event::comment("a\ndata: b\rid: c");
        assert_eq!(comment.to_string(), ": a\n: data: b\n: id: c\n\n");
    }

    #[test]
    fn an_id_may_be_empty_so_that_the_browser_forgets_the_last_one() {
        let event = Event::data("x").with_id("").unwrap();
        assert_eq!(event.to_string(), "id: \ndata: x\n\n");
    }
}
