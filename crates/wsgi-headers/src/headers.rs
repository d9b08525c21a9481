//! The multimap of header fields.

use std::fmt;

use crate::{
    field::{COLON, CRLF, Field},
    field_name,
    invalid_header::InvalidHeader,
    iter::Iter,
    lines::Lines,
    name_set::NameSet,
    octets::{is_field_value, trim},
    value::Value,
};

mod lookup;

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
    pub(crate) lines: Lines,
    /// At least the names of all fields.
    pub(crate) names: NameSet,
}

impl Headers {
    /// Creates headers without fields. Allocates nothing.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lines: Lines::new(),
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
    #[must_use]
    pub fn with_capacity(fields: usize, bytes: usize) -> Self {
        // Mutant: two times two is four as well.
        let around = fields.saturating_mul(COLON.len() + CRLF.len());
        Self {
            lines: Lines::with_capacity(fields, bytes.saturating_add(around)),
            names: NameSet::EMPTY,
        }
    }

    /// Removes all fields and keeps the allocated memory. Fields that come again next, in the same
    /// places, cost a comparison and no checks.
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
        self.lines.clear();
        self.names = NameSet::EMPTY;
    }

    /// The number of fields, counting each repeated one.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether the headers have no fields.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.len() == 0
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
        if self.lines.repeat(name, value) {
            self.names = self.names.or(NameSet::one(name.as_bytes()));
            return Ok(());
        }
        self.append_new(name, trim(value))
    }

    #[inline(never)] // as most responses have the fields of the one before
    fn append_new(&mut self, name: &str, value: &[u8]) -> Result<(), InvalidHeader> {
        // A name was checked before, if it is that of the field in the same place.
        let was_checked = self.lines.is_next(name);
        if !was_checked && !field_name::is_valid(name.as_bytes()) {
            return Err(InvalidHeader::name(name));
        }
        if !is_field_value(value) {
            return Err(InvalidHeader::value(name));
        }
        if was_checked && self.lines.replace(value) {
            self.names = self.names.or(NameSet::one(name.as_bytes()));
            return Ok(());
        }
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
        self.lines.room_for(name, value)?;
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
        Ok(self.lines.fields()[position].value(self.lines.text()))
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

    #[inline]
    fn push(&mut self, name: &str, value: &[u8]) -> Result<(), InvalidHeader> {
        self.lines.push(name, value)?;
        self.names = self.names.or(NameSet::one(name.as_bytes()));
        Ok(())
    }

    /// Appends fields that are already checked.
    pub(crate) fn push_all(&mut self, other: &Self) -> Result<(), InvalidHeader> {
        if !self.lines.repeat_all(&other.lines) {
            let pushed = self.lines.push_all(&other.lines);
            pushed.ok_or_else(|| {
                InvalidHeader::too_large(other.keys().next_back().unwrap_or_default())
            })?;
        }
        self.names = self.names.or(other.names);
        Ok(())
    }

    /// Keeps the first `len` fields.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.lines.truncate(len);
    }

    fn retain_fields(&mut self, keep: impl FnMut(Field, &[u8]) -> bool) {
        self.lines.retain(keep);
        let text = self.lines.text();
        let names = self.lines.fields().iter().map(|field| field.name(text));
        self.names = names.fold(NameSet::EMPTY, |set, name| set.or(NameSet::one(name)));
    }

    fn shares_a_name_with(&self, other: &Self) -> bool {
        if !self.may_have(other.names) {
            return false;
        }
        let (text, other_text) = (self.lines.text(), other.lines.text());
        for own in self.lines.fields() {
            for field in other.lines.fields() {
                if field.has_name_of(other_text, *own, text) {
                    return true;
                }
            }
        }
        false
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

/// Shows values [without secrets](crate::Redacted), which let others in.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().fmt(f)
    }
}
