//! Looking fields up.

use super::Headers;
use crate::{field_name, iter::Iter, name_set::NameSet, value::Value};

impl Headers {
    /// The first value with this name, ignoring case.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("ETag", "\"1\""), ("ETag", "\"2\"")])?;
    /// assert_eq!(headers.get("etag").unwrap(), "\"1\"");
    /// assert!(headers.get("Date").is_none());
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.position(name)
            .map(|position| self.lines.fields()[position].value(self.lines.text()))
    }

    /// All values with this name, in order.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])?;
    /// assert!(headers.get_all("set-cookie").eq(["a=1", "b=2"]));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[must_use]
    pub fn get_all(&self, name: &str) -> impl DoubleEndedIterator<Item = Value<'_>> + Clone {
        let (text, fields) = (self.lines.text(), self.lines.fields());
        (fields.iter())
            .filter(move |field| field.is_named(name, text))
            .map(move |field| field.value(text))
    }

    /// Whether there is a field with this name.
    #[inline]
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Whether there may be a field with one of these names. If this returns false, there is none.
    ///
    /// ```
    /// use wsgi_headers::{Headers, NameSet};
    ///
    /// const VALIDATORS: NameSet = NameSet::of(&["ETag", "Last-Modified"]);
    ///
    /// let mut headers = Headers::from_fields([("Vary", "Cookie")])?;
    /// assert!(!headers.may_have(VALIDATORS));
    /// headers.set("ETag", "\"1\"")?;
    /// assert!(headers.may_have(VALIDATORS));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn may_have(&self, names: NameSet) -> bool {
        self.names.may_meet(names)
    }

    /// The names and values of the fields, in order.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("A", "1"), ("B", "2")])?;
    /// assert!(headers.iter().eq([("A", "1".into()), ("B", "2".into())]));
    /// assert!(headers.keys().eq(["A", "B"]));
    /// assert!(headers.values().eq(["1", "2"]));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self.lines.text(), self.lines.fields())
    }

    /// The first name that is `wanted`, in the case in which it was given. The names are looked at
    /// as bytes, which are ASCII.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("Date", "today"), ("X-A", "1")])?;
    /// assert_eq!(headers.find_name(|name| name.starts_with(b"X-")), Some("X-A"));
    /// assert_eq!(headers.find_name(|name| name.is_empty()), None);
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    pub fn find_name(&self, mut wanted: impl FnMut(&[u8]) -> bool) -> Option<&str> {
        // Not `Iterator::find`, which is not inlined.
        for field in self.lines.fields() {
            let name = field.name(self.lines.text());
            if wanted(name) {
                return Some(field_name::as_str(name));
            }
        }
        None
    }

    /// The names of the fields in order, in the case in which they were given. Repeated names are
    /// repeated here.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator + Clone {
        let text = self.lines.text();
        let fields = self.lines.fields().iter();
        fields.map(move |field| field_name::as_str(field.name(text)))
    }

    /// The values of the fields in order.
    #[must_use]
    pub fn values(&self) -> impl DoubleEndedIterator<Item = Value<'_>> + ExactSizeIterator + Clone {
        let text = self.lines.text();
        self.lines
            .fields()
            .iter()
            .map(move |field| field.value(text))
    }

    #[inline]
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        if !self.may_have(NameSet::one(name.as_bytes())) {
            return None;
        }
        // Not `Iterator::position`, which is not inlined. Most names differ in length.
        let text = self.lines.text();
        for (position, field) in self.lines.fields().iter().enumerate() {
            if field.is_named(name, text) {
                return Some(position);
            }
        }
        None
    }
}
