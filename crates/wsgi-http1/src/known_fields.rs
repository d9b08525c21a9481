//! The six fields that the codec itself reads.

use crate::{
    any_case::is, authority, connection::Connection, expect::Expect, framing::Framing,
    rejection::Rejection, span::Span,
};

/// The meaning of the fields seen so far, and the first error in them.
///
/// The work for each field is not inlined, so that the loop over all fields stays short.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KnownFields {
    pub(crate) host: Option<Span>,
    pub(crate) framing: Framing,
    pub(crate) connection: Connection,
    pub(crate) expect: Expect,
    has_content_type: bool,
    pub(crate) rejection: Option<Rejection>,
}

impl KnownFields {
    /// Reads a field if it is one of the six. `span` is the place of the value in `head`.
    #[inline]
    pub(crate) fn note(&mut self, head: &[u8], name: &[u8], value: &[u8], span: Span) {
        // Few of the fields that browsers send have one of these lengths.
        match name.len() {
            4 if is(name, b"host") => self.host(head, span),
            6 if is(name, b"expect") => self.expect(value),
            10 if is(name, b"connection") => self.connection(value),
            12 if is(name, b"content-type") => self.content_type(),
            14 if is(name, b"content-length") => self.content_length(value),
            17 if is(name, b"transfer-encoding") => self.transfer_encoding(value),
            _ => {}
        }
    }

    #[inline(never)]
    fn host(&mut self, head: &[u8], span: Span) {
        if self.host.is_some() {
            return self.refuse(Rejection::HostRepeated);
        }
        if !authority::is_host_at(head, span) {
            return self.refuse(Rejection::Host);
        }
        self.host = Some(span);
    }

    #[cold]
    fn expect(&mut self, value: &[u8]) {
        if let Err(rejection) = self.expect.add(value) {
            self.refuse(rejection);
        }
    }

    #[inline(never)]
    fn connection(&mut self, value: &[u8]) {
        self.connection.add(value);
    }

    /// Content-Type is not a list (RFC 9110 section 8.3). If it is repeated, parsers may disagree
    /// about the type of the body.
    #[inline(never)]
    fn content_type(&mut self) {
        if std::mem::replace(&mut self.has_content_type, true) {
            self.refuse(Rejection::ContentTypeRepeated);
        }
    }

    #[inline(never)]
    fn content_length(&mut self, value: &[u8]) {
        if let Err(rejection) = self.framing.add_content_length(value) {
            self.refuse(rejection);
        }
    }

    #[cold]
    fn transfer_encoding(&mut self, value: &[u8]) {
        self.framing.add_transfer_encoding(value);
    }

    /// Keeps the first rejection.
    #[cold]
    fn refuse(&mut self, rejection: Rejection) {
        self.rejection.get_or_insert(rejection);
    }
}
