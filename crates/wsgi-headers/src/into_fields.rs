//! The types that are accepted as a list of fields.

use crate::{headers::Headers, invalid_header::InvalidHeader};

/// A list of header fields: `()` for none, an array, slice or vector of pairs, or [`Headers`].
///
/// ```
/// use wsgi_headers::{Headers, IntoFields};
///
/// fn count(fields: impl IntoFields) -> usize {
///     Headers::from_fields(fields).map_or(0, |headers| headers.len())
/// }
///
/// assert_eq!(count(()), 0);
/// assert_eq!(count([("Content-Type", "text/plain")]), 1);
/// assert_eq!(count(vec![("A".to_owned(), b"1".to_vec()), ("B".into(), b"2".into())]), 2);
/// assert_eq!(count(Headers::new()), 0);
/// ```
///
/// A type of yours can be a list of fields, too:
///
/// ```
/// use wsgi_headers::{Headers, IntoFields, InvalidHeader};
///
/// struct Download<'a>(&'a str);
///
/// impl IntoFields for Download<'_> {
///     fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
///         headers.append("Content-Type", "application/octet-stream")?;
///         headers.append("Content-Disposition", format!("attachment; filename={}", self.0))
///     }
/// }
///
/// let headers = Headers::from_fields(Download("notes.txt"))?;
/// assert_eq!(headers.get("Content-Disposition").unwrap(), "attachment; filename=notes.txt");
/// # Ok::<(), InvalidHeader>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of header fields",
    label = "this is not a list of header fields",
    note = "pass pairs, such as `[(\"Content-Type\", \"text/plain\")]`, or `()` for no fields"
)]
pub trait IntoFields {
    /// Appends all fields to `headers`. Implementations must not do anything else with it.
    ///
    /// # Errors
    ///
    /// The first field that is refused. The fields before it stay; [`Headers::extend_from`] removes
    /// them.
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader>;
}

impl Headers {
    /// Creates headers from a list of fields.
    ///
    /// # Errors
    ///
    /// The first field of the list that [`append`](Self::append) refuses.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("Content-Type", "text/plain")])?;
    /// assert_eq!(headers.get("Content-Type").unwrap(), "text/plain");
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn from_fields(fields: impl IntoFields) -> Result<Self, InvalidHeader> {
        let mut headers = Self::new();
        fields.append_to(&mut headers)?;
        Ok(headers)
    }

    /// Adds the fields of a list at the end.
    ///
    /// # Errors
    ///
    /// The first field of the list that [`append`](Self::append) refuses. None is added then.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::from_fields([("A", "1")])?;
    /// headers.extend_from([("B", "2"), ("C", "3")])?;
    /// assert!(headers.extend_from([("D", "4"), ("not a name", "5")]).is_err());
    /// assert!(headers.keys().eq(["A", "B", "C"]));
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    pub fn extend_from(&mut self, fields: impl IntoFields) -> Result<(), InvalidHeader> {
        let before = self.len();
        fields
            .append_to(self)
            .inspect_err(|_| self.truncate(before))
    }
}

impl IntoFields for () {
    #[inline]
    fn append_to(self, _: &mut Headers) -> Result<(), InvalidHeader> {
        Ok(())
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> IntoFields for &[(N, V)] {
    #[inline]
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.iter()
            .try_for_each(|(name, value)| headers.append(name, value))
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const K: usize> IntoFields for [(N, V); K] {
    #[inline]
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.as_slice().append_to(headers)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const K: usize> IntoFields for &[(N, V); K] {
    #[inline]
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.as_slice().append_to(headers)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> IntoFields for Vec<(N, V)> {
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.as_slice().append_to(headers)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> IntoFields for &Vec<(N, V)> {
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.as_slice().append_to(headers)
    }
}

impl IntoFields for Headers {
    /// Replaces empty headers without copying.
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        if headers.is_empty() {
            *headers = self;
            return Ok(());
        }
        (&self).append_to(headers)
    }
}

impl IntoFields for &Headers {
    /// Copies text and positions at once, since all fields are already checked.
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        headers.push_all(self)
    }
}
