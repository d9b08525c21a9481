//! The wire format of fields (RFC 9112, section 5).

use std::fmt;

use crate::{field::CRLF, headers::Headers};

impl Headers {
    /// The fields in wire format, each ending with CRLF, *without* the empty line after the last
    /// one. Costs nothing.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("A", "1"), ("B", "2")])?;
    /// assert_eq!(headers.as_bytes(), b"A: 1\r\nB: 2\r\n");
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.lines.text()
    }

    /// Appends the fields in wire format and the empty line to `out`.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut out = b"HTTP/1.1 200 OK\r\n".to_vec();
    /// Headers::from_fields([("Content-Length", "0")])?.write_to(&mut out);
    /// assert_eq!(out, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let text = self.as_bytes();
        // Mutant: room that is not needed is not noticed.
        out.reserve(text.len() + CRLF.len());
        out.extend_from_slice(text);
        out.extend_from_slice(CRLF);
    }

    /// The fields in wire format with the empty line.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// assert_eq!(Headers::new().to_bytes(), b"\r\n");
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out);
        out
    }
}

impl fmt::Display for Headers {
    /// Writes the fields in wire format with the empty line, and with U+FFFD in place of bytes that
    /// are not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.as_bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        f.write_str("\r\n")
    }
}
