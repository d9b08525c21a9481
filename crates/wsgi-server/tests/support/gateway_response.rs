//! A response in the form that a front server gets (RFC 3875 section 6).

/// The head and the body of a CGI response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GatewayResponse {
    /// The status, such as `200 OK`.
    pub(crate) status: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl GatewayResponse {
    /// Parses everything that the server sent.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self::parse_after("Status: ", bytes)
    }

    /// The same for a response that begins with a status line.
    #[track_caller]
    pub(crate) fn parse_with_status_line(bytes: &[u8]) -> Self {
        Self::parse_after("HTTP/1.1 ", bytes)
    }

    #[track_caller]
    fn parse_after(prefix: &str, bytes: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(bytes);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {shown:?}"));
        let head = String::from_utf8(bytes[..end + 2].to_vec()).unwrap();
        let status = head
            .lines()
            .next()
            .and_then(|line| line.strip_prefix(prefix));
        Self {
            status: status
                .unwrap_or_else(|| panic!("no status: {shown:?}"))
                .to_owned(),
            head: head.clone(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The value of the first field with this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}
