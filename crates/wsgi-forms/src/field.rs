//! A field of a form.

use crate::part_head::PartHead;

/// A field of a form that is not a file: a name and a text.
///
/// The text is read as UTF-8, and U+FFFD replaces invalid bytes. A form from a page in another
/// encoding may name it in a field `_charset_` (RFC 7578 section 4.6). That is a field like any
/// other; [`Multipart`](crate::Multipart) gives the bytes as they were sent.
///
/// ```
/// use wsgi_forms::{Form, Limits};
///
/// let body = &b"name=Ada&title=Countess+of+Lovelace"[..];
/// let form = Form::read("application/x-www-form-urlencoded", body, &Limits::new())?;
/// let pairs: Vec<_> = form.fields().map(|field| (field.name(), field.value())).collect();
/// assert_eq!(pairs, [("name", "Ada"), ("title", "Countess of Lovelace")]);
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Field {
    head: PartHead,
    value: Box<str>,
}

impl Field {
    pub(crate) fn new(head: PartHead, value: Box<str>) -> Self {
        Self { head, value }
    }

    /// The name of the form's control. It may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        self.head.name()
    }

    /// The text that the user entered. Line ends are CRLF, as browsers send them.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Converts the field into its value.
    #[must_use]
    pub fn into_value(self) -> String {
        self.value.into()
    }

    /// The head of the part. In an urlencoded form it has only the name.
    ///
    /// ```
    /// use wsgi_forms::{Form, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=note\r\n\
    ///     Content-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n--x--";
    /// let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
    /// let note = form.fields().next().unwrap();
    /// assert_eq!(note.head().content_type(), "text/plain; charset=utf-8");
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// The number of bytes that count against the limit on a form's text.
    pub(crate) fn size(&self) -> usize {
        self.head.size() + self.value.len()
    }
}
