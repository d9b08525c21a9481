//! The media type of a message (RFC 9110, section 8.3).

use mime::Mime;

use crate::{Headers, InvalidHeader};

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
        let text = self.get("Content-Type")?.to_str().unwrap_or_default();
        Some(text.parse().map_err(|_| InvalidHeader::MediaType))
    }

    /// Sets `Content-Type`, in the place of any there is.
    ///
    /// Fails as [`set`](Self::set) does. Needs the feature `mime`.
    pub fn set_content_type(&mut self, media_type: &Mime) -> Result<(), InvalidHeader> {
        self.set("Content-Type", media_type.as_ref())
    }
}
