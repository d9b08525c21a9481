//! The media type of a message (RFC 9110, section 8.3).

use mime::Mime;

use crate::{Headers, InvalidHeader, ParameterizedValue, Value};

impl Headers {
    /// The media type in the first `Content-Type`.
    ///
    /// Needs the feature `mime`.
    ///
    /// ```
    /// use wsgi_headers::{Headers, InvalidHeader};
    ///
    /// let mut headers = Headers::new();
    /// assert_eq!(headers.content_type(), None);
    ///
    /// headers.set_content_type(&mime::TEXT_HTML_UTF_8)?;
    /// assert_eq!(headers.get("Content-Type").unwrap(), "text/html; charset=utf-8");
    /// assert_eq!(headers.content_type(), Some(Ok(mime::TEXT_HTML_UTF_8)));
    ///
    /// headers.set("Content-Type", "text")?;
    /// assert_eq!(headers.content_type(), Some(Err(InvalidHeader::MediaType)));
    /// # Ok::<(), InvalidHeader>(())
    /// ```
    pub fn content_type(&self) -> Option<Result<Mime, InvalidHeader>> {
        Some(media_type(self.get("Content-Type")?).ok_or(InvalidHeader::MediaType))
    }

    /// Sets `Content-Type`, in the place of any there is.
    ///
    /// Fails as [`set`](Self::set) does. Needs the feature `mime`.
    pub fn set_content_type(&mut self, media_type: &Mime) -> Result<(), InvalidHeader> {
        self.set("Content-Type", media_type.as_ref())
    }
}

/// `Mime` alone would take more than the grammar allows, such as `text/`.
fn media_type(value: Value<'_>) -> Option<Mime> {
    let parsed = ParameterizedValue::parse(value).ok()?;
    parsed.value().split_once('/')?;
    let text = value.to_str().ok()?;
    text.parse().ok().or_else(|| closed(text).parse().ok())
}

/// The text without spaces after the equals signs outside quotes, which
/// `ParameterizedValue` forgives and `Mime` does not. It takes no escaped quotes
/// either, so there is no need to know them here.
fn closed(text: &str) -> String {
    let (mut is_quoted, mut before) = (false, ' ');
    let mut closed = String::with_capacity(text.len());
    for character in text.chars() {
        if !is_quoted && before == '=' && matches!(character, ' ' | '\t') {
            continue;
        }
        is_quoted ^= character == '"';
        closed.push(character);
        before = character;
    }
    closed
}
