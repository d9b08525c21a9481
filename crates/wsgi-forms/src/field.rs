//! A field of a form.

use crate::PartHead;

/// A field of a form that is not a file: a name and a text.
///
/// Text is UTF-8, as HTML has it for pages that are; U+FFFD stands for what is not. A form from a
/// page in another encoding may say which in a field named `_charset_` (RFC 7578 section 4.6):
/// that is a field like any other, and [`Multipart`](crate::Multipart) gives the bytes.
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

    /// What the user entered. Line ends are CRLF, as browsers send them.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value, where it is needed longer than the form.
    #[must_use]
    pub fn into_value(self) -> String {
        self.value.into()
    }

    /// What the part said about itself; nothing but the name in an urlencoded form.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// What it counts against the limit of a form's text.
    pub(crate) fn size(&self) -> usize {
        self.head.size() + self.value.len()
    }
}
