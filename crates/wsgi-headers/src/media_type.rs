//! The media type of a message (RFC 9110, section 8.3).

use mime::Mime;

use crate::{
    headers::Headers, invalid_header::InvalidHeader, parameterized_value::ParameterizedValue,
    value::Value,
};

impl Headers {
    /// The media type in the first `Content-Type`, if there is one.
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
    #[must_use]
    pub fn content_type(&self) -> Option<Result<Mime, InvalidHeader>> {
        Some(media_type(self.get("Content-Type")?).ok_or(InvalidHeader::MediaType))
    }

    /// Sets `Content-Type`. It replaces all fields with this name.
    ///
    /// Needs the feature `mime`.
    ///
    /// # Errors
    ///
    /// The same as those of [`set`](Self::set).
    pub fn set_content_type(&mut self, media_type: &Mime) -> Result<(), InvalidHeader> {
        self.set("Content-Type", media_type.as_ref())
    }
}

/// Parses a media type. `Mime` alone accepts more than the grammar allows, such as `text/`.
fn media_type(value: Value<'_>) -> Option<Mime> {
    let parsed = ParameterizedValue::parse(value).ok()?;
    parsed.value().split_once('/')?;
    let text = value.to_str().ok()?;
    text.parse()
        .ok()
        .or_else(|| without_spaces(text).parse().ok())
}

/// Removes spaces after equals signs outside quotes, which `ParameterizedValue` accepts and `Mime`
/// does not. `Mime` does not accept escaped quotes, so they are not recognised here.
fn without_spaces(text: &str) -> String {
    let (mut is_quoted, mut before) = (false, ' ');
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !is_quoted && before == '=' && matches!(character, ' ' | '\t') {
            continue;
        }
        is_quoted ^= character == '"';
        out.push(character);
        before = character;
    }
    out
}
