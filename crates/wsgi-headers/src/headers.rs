//! The multimap of header fields.
//!
//! `text` always holds the fields in wire format, `Name: value\r\n` after `Name: value\r\n`.
//! `fields` holds the position of each field, in the same order and without gaps. So writing all
//! fields is one copy, and a removal moves the other fields together.

use std::{fmt, mem};

use crate::{
    field::{COLON, CRLF, Field},
    field_name,
    invalid_header::InvalidHeader,
    iter::Iter,
    name_set::NameSet,
    octets::{is_field_value, trim},
    value::Value,
};

/// Header fields: an ordered multimap from case-insensitive names to values.
///
/// Fields keep their order, including repeated ones. Every name is a token, and values contain no
/// control characters except HTAB. So no name or value can add another field when it is written
/// (RFC 9110, sections 5.1 and 5.5). Whitespace around a value is not part of the value and is
/// removed.
///
/// All fields together have at most 4 GiB of text. A lookup is linear, which is faster than hashing
/// for the few dozen fields of a message.
///
/// ```
/// use wsgi_headers::Headers;
///
/// # fn main() -> Result<(), wsgi_headers::InvalidHeader> {
/// let mut headers = Headers::new();
/// headers.append("Content-Type", "text/plain")?;
/// headers.append("Via", "1.0 fred")?;
/// headers.append("Via", "1.1 p.example.net")?;
///
/// assert_eq!(headers.len(), 3);
/// assert_eq!(headers.get("content-type").unwrap(), "text/plain");
/// assert!(headers.get_all("VIA").eq(["1.0 fred", "1.1 p.example.net"]));
///
/// headers.set("via", "1.1 q.example.net")?;
/// assert_eq!(headers.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Headers {
    pub(crate) text: Vec<u8>,
    pub(crate) fields: Vec<Field>,
    /// At least the names of all fields.
    pub(crate) names: NameSet,
}

impl Headers {
    /// Creates headers without fields. Allocates nothing.
    #[inline]
    pub const fn new() -> Self {
        Self {
            text: Vec::new(),
            fields: Vec::new(),
            names: NameSet::EMPTY,
        }
    }

    /// Creates headers without fields, with room for `fields` fields whose names and values have
    /// `bytes` bytes together.
    ///
    /// ```
    /// let headers = wsgi_headers::Headers::with_capacity(8, 256);
    /// assert!(headers.is_empty());
    /// ```
    pub fn with_capacity(fields: usize, bytes: usize) -> Self {
        // Mutant: two times two is four as well.
        let around = fields.saturating_mul(COLON.len() + CRLF.len());
        Self {
            text: Vec::with_capacity(bytes.saturating_add(around)),
            fields: Vec::with_capacity(fields),
            names: NameSet::EMPTY,
        }
    }

    /// Removes all fields and keeps the allocated memory.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::from_fields([("Date", "Sun, 06 Nov 1994 08:49:37 GMT")])?;
    /// headers.clear();
    /// assert!(headers.is_empty());
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.names = NameSet::EMPTY;
    }

    /// The number of fields, counting each repeated one.
    #[inline]
    pub const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether the headers have no fields.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Adds a field at the end, and keeps others with the same name. Does not allocate if there is
    /// capacity.
    ///
    /// # Errors
    ///
    /// The name is not a token, the value contains a control character, or the fields do not fit
    /// into 4 GiB. Nothing changes then.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::new();
    /// headers.append("Allow", " GET, HEAD ")?;
    /// assert_eq!(headers.get("allow").unwrap(), "GET, HEAD");
    /// assert!(headers.append("Allow:", "GET").is_err());
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    pub fn append(
        &mut self,
        name: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidHeader> {
        self.append_checked(name.as_ref(), value.as_ref())
    }

    fn append_checked(&mut self, name: &str, value: &[u8]) -> Result<(), InvalidHeader> {
        let value = trim(value);
        check(name, value)?;
        self.push(name, value)
    }

    /// Removes all fields with this name, and adds one at the end.
    ///
    /// # Errors
    ///
    /// The same as those of [`append`](Self::append). Nothing changes then.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::from_fields([("A", "1"), ("B", "2"), ("a", "3")])?;
    /// headers.set("A", "4")?;
    /// assert!(headers.iter().eq([("B", "2".into()), ("A", "4".into())]));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn set(
        &mut self,
        name: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidHeader> {
        let (name, value) = (name.as_ref(), trim(value.as_ref()));
        check(name, value)?;
        self.room_for(name, value)?;
        self.remove(name);
        self.push(name, value)
    }

    /// The first value with this name. If there is none, adds a field with `value`.
    ///
    /// # Errors
    ///
    /// The same as those of [`append`](Self::append). Nothing changes then.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::new();
    /// assert_eq!(headers.set_default("Server", "a")?, "a");
    /// assert_eq!(headers.set_default("server", "b")?, "a");
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn set_default(
        &mut self,
        name: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<Value<'_>, InvalidHeader> {
        let name = name.as_ref();
        let position = match self.position(name) {
            Some(position) => position,
            None => {
                self.append(name, value)?;
                self.len() - 1
            }
        };
        Ok(self.fields[position].value(&self.text))
    }

    /// Adds all fields of `defaults` whose names do not occur here, in their order.
    ///
    /// It costs little more than one copy, so it suits fields that are the same for many responses.
    ///
    /// # Errors
    ///
    /// All fields together would have more than 4 GiB. Nothing changes then.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let defaults = Headers::from_fields([("Server", "a"), ("Vary", "Accept"), ("Vary", "Range")])?;
    /// let mut headers = Headers::from_fields([("server", "b")])?;
    /// headers.set_defaults(&defaults)?;
    /// assert_eq!(headers.as_bytes(), b"server: b\r\nVary: Accept\r\nVary: Range\r\n");
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn set_defaults(&mut self, defaults: &Self) -> Result<(), InvalidHeader> {
        if !self.shares_a_name_with(defaults) {
            return self.push_all(defaults);
        }
        let own = self.len();
        for (name, value) in defaults {
            if self.position(name).is_none_or(|position| position >= own) {
                self.push(name, value.as_bytes())
                    .inspect_err(|_| self.truncate(own))?;
            }
        }
        Ok(())
    }

    /// Removes all fields with this name and returns their number.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::from_fields([("A", "1"), ("B", "2"), ("a", "3")])?;
    /// assert_eq!(headers.remove("A"), 2);
    /// assert_eq!(headers.remove("A"), 0);
    /// assert!(headers.keys().eq(["B"]));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn remove(&mut self, name: &str) -> usize {
        let before = self.len();
        if self.contains(name) {
            self.retain_fields(|field, text| !field.is_named(name, text));
        }
        before - self.len()
    }

    /// Keeps only the fields for which `keep` returns true, in order. If `keep` panics, all fields
    /// are removed.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::from_fields([("X-A", "1"), ("B", "2"), ("X-C", "3")])?;
    /// headers.retain(|name, _value| !name.starts_with("X-"));
    /// assert!(headers.keys().eq(["B"]));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&str, Value<'_>) -> bool) {
        self.retain_fields(|field, text| {
            keep(field_name::as_str(field.name(text)), field.value(text))
        });
    }

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
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.position(name)
            .map(|position| self.fields[position].value(&self.text))
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
    pub fn get_all(&self, name: &str) -> impl DoubleEndedIterator<Item = Value<'_>> + Clone {
        (self.fields.iter())
            .filter(move |field| field.is_named(name, &self.text))
            .map(|field| field.value(&self.text))
    }

    /// Whether there is a field with this name.
    #[inline]
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
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(&self.text, &self.fields)
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
        for field in &self.fields {
            let name = field.name(&self.text);
            if wanted(name) {
                return Some(field_name::as_str(name));
            }
        }
        None
    }

    /// The names of the fields in order, in the case in which they were given. Repeated names are
    /// repeated here.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator + Clone {
        self.fields
            .iter()
            .map(|field| field_name::as_str(field.name(&self.text)))
    }

    /// The values of the fields in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = Value<'_>> + ExactSizeIterator + Clone {
        self.fields.iter().map(|field| field.value(&self.text))
    }

    #[inline]
    fn push(&mut self, name: &str, value: &[u8]) -> Result<(), InvalidHeader> {
        let field = self.room_for(name, value)?;
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(COLON);
        self.text.extend_from_slice(value);
        self.text.extend_from_slice(CRLF);
        self.fields.push(field);
        self.names = self.names.or(NameSet::one(name.as_bytes()));
        Ok(())
    }

    /// Appends fields that are already checked.
    pub(crate) fn push_all(&mut self, other: &Self) -> Result<(), InvalidHeader> {
        let start = self.text.len();
        if Field::new(start, 0, other.text.len()).is_none() {
            return Err(InvalidHeader::too_large(
                other.keys().next_back().unwrap_or_default(),
            ));
        }
        self.text.extend_from_slice(&other.text);
        self.fields
            .extend(other.fields.iter().map(|field| field.after(start)));
        self.names = self.names.or(other.names);
        Ok(())
    }

    /// The position of a new field at the end, if it fits.
    #[inline]
    fn room_for(&self, name: &str, value: &[u8]) -> Result<Field, InvalidHeader> {
        let length = name.len() + COLON.len() + value.len() + CRLF.len();
        Field::new(self.text.len(), name.len(), length)
            .ok_or_else(|| InvalidHeader::too_large(name))
    }

    /// Keeps the first `len` fields.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.fields.truncate(len);
        self.text
            .truncate(self.fields.last().map_or(0, |field| field.end()));
    }

    /// Removes fields in place. They are taken out of `self` meanwhile, so that a panic in `keep`
    /// cannot leave them half moved.
    fn retain_fields(&mut self, mut keep: impl FnMut(Field, &[u8]) -> bool) {
        let Self {
            mut text,
            mut fields,
            ..
        } = mem::take(self);
        let (mut end, mut names) = (0, NameSet::EMPTY);
        fields.retain_mut(|field| {
            let is_kept = keep(*field, &text);
            if is_kept {
                field.move_to(end, &mut text);
                end = field.end();
                names = names.or(NameSet::one(field.name(&text)));
            }
            is_kept
        });
        text.truncate(end);
        *self = Self {
            text,
            fields,
            names,
        };
    }

    fn shares_a_name_with(&self, other: &Self) -> bool {
        if !self.may_have(other.names) {
            return false;
        }
        for own in &self.fields {
            for field in &other.fields {
                if field.has_name_of(&other.text, *own, &self.text) {
                    return true;
                }
            }
        }
        false
    }

    #[inline]
    fn position(&self, name: &str) -> Option<usize> {
        if !self.may_have(NameSet::one(name.as_bytes())) {
            return None;
        }
        // Not `Iterator::position`, which is not inlined. Most names differ in length.
        for (position, field) in self.fields.iter().enumerate() {
            if field.is_named(name, &self.text) {
                return Some(position);
            }
        }
        None
    }
}

/// Checks a name and a value (RFC 9110, sections 5.1 and 5.5).
#[inline]
fn check(name: &str, value: &[u8]) -> Result<(), InvalidHeader> {
    if !field_name::is_valid(name.as_bytes()) {
        return Err(InvalidHeader::name(name));
    }
    if !is_field_value(value) {
        return Err(InvalidHeader::value(name));
    }
    Ok(())
}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, Value<'a>);
    type IntoIter = Iter<'a>;

    #[inline]
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl PartialEq for Headers {
    /// Whether both have the same fields in the same order, ignoring the case of names.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (self.iter().zip(other.iter())).all(|((name, value), other)| {
                name.eq_ignore_ascii_case(other.0) && value == other.1
            })
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
