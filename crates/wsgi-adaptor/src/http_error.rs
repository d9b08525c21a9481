//! An error with a status for the client.

use std::{borrow::Cow, error::Error as StdError, fmt};

use wsgi_application::Status;

/// An error that is answered with a status and a text for the client.
///
/// A handler returns it with `?`, like any other error. An [`Adaptor`](crate::Adaptor) finds it
/// anywhere in an error's chain of causes.
///
/// ```
/// use wsgi_adaptor::{Adaptor, HttpError, Request, Result};
///
/// fn dish(request: &Request<'_>) -> Result<&'static str> {
///     let number: u32 = request.parameter("number")?;
///     let dishes = ["soup", "salad"];
///     let dish = dishes.get(number as usize);
///     Ok(dish.ok_or(HttpError::new(410, "it is sold out"))?)
/// }
///
/// let app = Adaptor::new().get("/menu/{number}", dish);
/// let get = |path| wsgi_testing::Request::get(path).call(&app);
/// assert_eq!(get("/menu/1").text(), "salad");
/// assert_eq!(get("/menu/2").text(), "410 Gone: it is sold out\n");
/// assert_eq!(get("/menu/two").status().code(), 404);
/// ```
///
/// If the client [prefers JSON](crate::Request::prefers_json), the answer is
/// `application/problem+json` (RFC 9457), which names the [field](Self::with_field).
///
/// ```
/// # use wsgi_adaptor::{Adaptor, HttpError, Response};
/// let app = Adaptor::new().post("/orders", |_| {
///     Err::<Response, _>(HttpError::new(422, "a number is needed").with_field("table"))
/// });
/// let request = wsgi_testing::Request::post("/orders").header("Accept", "application/json");
/// assert_eq!(
///     request.call(&app).text(),
///     "{\"title\":\"Unprocessable Content\",\"status\":422,\"detail\":\"a number is needed\",\
///      \"errors\":[{\"detail\":\"a number is needed\",\"field\":\"table\"}]}\n"
/// );
/// ```
#[derive(Debug)]
pub struct HttpError {
    status: Status,
    text: Cow<'static, str>,
    place: Option<Place>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The part of a request that an error is about.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The name of a form field, a parameter, or a header field.
    Field(String),
    /// A value in JSON, by its JSON Pointer.
    Pointer(String),
}

impl HttpError {
    /// Creates an error with a status and a sentence for the client, which may be empty. The
    /// status is a number or a [`Status`]. Anything but a status of 400 or above becomes 500.
    ///
    /// ```
    /// use wsgi_adaptor::HttpError;
    /// use wsgi_application::Status;
    ///
    /// let error = HttpError::new(403, "the cave is closed");
    /// assert_eq!(error.status(), &Status::FORBIDDEN);
    /// assert_eq!(error.to_string(), "403 Forbidden: the cave is closed");
    /// assert_eq!(HttpError::new(Status::OK, "").to_string(), "500 Internal Server Error");
    /// ```
    #[must_use]
    pub fn new(status: impl TryInto<Status>, text: impl Into<Cow<'static, str>>) -> Self {
        let status = status.try_into().ok();
        let status = status.filter(|status| status.code() >= 400);
        Self {
            status: status.unwrap_or(Status::INTERNAL_SERVER_ERROR),
            text: text.into(),
            place: None,
            source: None,
        }
    }

    /// Names the part of the request that is wrong: a form field, a parameter, or a header field.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>) -> Self {
        self.place = Some(Place::Field(name.into()));
        self
    }

    /// Names the value in the request's JSON that is wrong, by its JSON Pointer (RFC 6901), such as
    /// `/items/2/price`.
    #[must_use]
    pub fn with_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.place = Some(Place::Pointer(pointer.into()));
        self
    }

    /// Sets the cause. With a status from 500 on, the log shows it. The client never sees it.
    ///
    /// ```
    /// use std::error::Error;
    /// use wsgi_adaptor::HttpError;
    ///
    /// let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    /// let error = HttpError::new(507, "come back later").with_source(full);
    /// assert!(error.source().is_some());
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The text for the client. It is empty if the status says everything.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as a sentence, for pages: it begins with a capital letter, and ends with a full
    /// stop, unless its end is `?` or `!`. Spaces around it are dropped, and so are full stops at
    /// its end. It is empty if nothing else is left.
    ///
    /// ```
    /// use wsgi_adaptor::HttpError;
    ///
    /// assert_eq!(HttpError::new(410, "it is sold out").sentence(), "It is sold out.");
    /// ```
    #[must_use]
    pub fn sentence(&self) -> String {
        let is_end = |c: char| c == '.' || c.is_whitespace();
        let text = self.text.trim_start().trim_end_matches(is_end);
        let mut letters = text.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let end = match text.is_empty() || text.ends_with(['?', '!']) {
            true => "",
            false => ".",
        };
        first.chain(letters).chain(end.chars()).collect()
    }

    /// The field that is wrong, as named by [`with_field`](Self::with_field).
    ///
    /// ```
    /// use wsgi_adaptor::HttpError;
    ///
    /// let error = HttpError::new(422, "a number is needed").with_field("table");
    /// assert_eq!((error.field(), error.pointer()), (Some("table"), None));
    /// ```
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match &self.place {
            Some(Place::Field(name)) => Some(name),
            _ => None,
        }
    }

    /// The value in JSON that is wrong, as named by [`with_pointer`](Self::with_pointer).
    ///
    /// ```
    /// use wsgi_adaptor::HttpError;
    ///
    /// let error = HttpError::new(422, "a number is needed").with_pointer("/items/2/price");
    /// assert_eq!((error.field(), error.pointer()), (None, Some("/items/2/price")));
    /// ```
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        match &self.place {
            Some(Place::Pointer(pointer)) => Some(pointer),
            _ => None,
        }
    }

    pub(crate) fn with_place(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// A copy for the client, without the cause.
    pub(crate) fn without_source(&self) -> Self {
        Self {
            status: self.status.clone(),
            text: self.text.clone(),
            place: self.place.clone(),
            source: None,
        }
    }
}

/// Writes the status, and then the text after a colon if there is one.
impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.text {
            "" => self.status.fmt(f),
            text => write!(f, "{}: {text}", self.status),
        }
    }
}

impl StdError for HttpError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref();
        source.map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::HttpError;

    #[test]
    fn a_text_for_the_client_becomes_a_sentence_for_people() {
        for (text, sentence) in [
            ("the page is full", "The page is full."),
            ("the page is full.", "The page is full."),
            ("which page?", "Which page?"),
            ("no more!", "No more!"),
            ("no more!.", "No more!"),
            (" done. ", "Done."),
            ("wait ...", "Wait."),
            ("...", ""),
            (" . ", ""),
            ("\u{e9}tag\u{e8}re pleine", "\u{c9}tag\u{e8}re pleine."),
            ("", ""),
        ] {
            assert_eq!(HttpError::new(409, text).sentence(), sentence);
        }
    }
}
