//! The response that a client receives.

/// A received response.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status code. 0 if the connection ended before it.
    pub code: u16,
    /// The reason, which may be other bytes than text.
    pub reason: Vec<u8>,
    /// The header fields in their order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The received part of the body, without its framing.
    pub body: Vec<u8>,
    /// Whether the response reached the end that its framing declares.
    pub is_complete: bool,
    /// The codes of the interim responses before it.
    pub interim: Vec<u16>,
}

impl Response {
    /// Parses a head: a status line, and then fields.
    ///
    /// # Errors
    ///
    /// The head is malformed. The message says where.
    pub fn parse(head: &[u8]) -> Result<Self, String> {
        let wrong = |what| format!("{what}: {}", head.escape_ascii());
        let (first, fields) = split(head, b"\r\n").unwrap_or((head, b""));
        let (version, status) = split(first, b" ").ok_or_else(|| wrong("no status"))?;
        if !version.starts_with(b"HTTP/1.") {
            return Err(wrong("no version"));
        }
        // nginx omits the space before an empty reason, which RFC 9112 section 4 requires.
        let (code, reason) = split(status, b" ").unwrap_or((status, b""));
        let code = std::str::from_utf8(code)
            .ok()
            .and_then(|code| code.parse().ok());
        Ok(Response {
            code: code.ok_or_else(|| wrong("no status code"))?,
            reason: reason.to_vec(),
            fields: parse_fields(fields).ok_or_else(|| wrong("no header field"))?,
            ..Response::default()
        })
    }

    /// Parses the header fields of a CGI program (RFC 3875 section 6.2).
    ///
    /// # Errors
    ///
    /// The fields are malformed, or lack a status.
    pub fn parse_cgi(fields: &[u8]) -> Result<Self, String> {
        let status = parse_fields(fields)
            .and_then(|fields| fields.into_iter().find(|(name, _)| name == "Status"))
            .ok_or_else(|| format!("no status: {}", fields.escape_ascii()))?;
        let mut response = Self::parse(&[b"HTTP/1.1 ", &status.1[..], b"\r\n", fields].concat())?;
        response.fields.retain(|(name, _)| name != "Status");
        Ok(response)
    }

    /// The values of all fields of a name, in their order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = move |(found, _): &&(String, Vec<u8>)| found.eq_ignore_ascii_case(name);
        self.fields
            .iter()
            .filter(named)
            .map(|(_, value)| &value[..])
    }

    /// The first value of a name, if it is text.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.values(name).next()?).ok()
    }
}

/// Parses lines as fields. `None` if a line is not a field.
pub(crate) fn parse_fields(mut lines: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut fields = Vec::new();
    while !lines.is_empty() {
        let (line, rest) = split(lines, b"\r\n").unwrap_or((lines, b""));
        let (name, value) = split(line, b":")?;
        let name = std::str::from_utf8(name).ok()?.to_owned();
        fields.push((name, value.trim_ascii().to_vec()));
        lines = rest;
    }
    Some(fields)
}

/// The bytes before and after the first match of a pattern.
pub(crate) fn split<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes
        .windows(pattern.len())
        .position(|window| window == pattern)?;
    Some((&bytes[..at], &bytes[at + pattern.len()..]))
}
