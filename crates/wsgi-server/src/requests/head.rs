//! The head of a request of any protocol.

use wsgi_environ::{Environ, Field, InvalidVariable, Received};
use wsgi_http1::{BodyLength, TargetForm, Version};

#[cfg(feature = "fastcgi")]
use crate::fastcgi::head::FastCgiHead;
#[cfg(feature = "scgi")]
use crate::scgi::ScgiHead;
#[cfg(feature = "uwsgi")]
use crate::uwsgi::UwsgiHead;
use crate::{
    options::Options,
    protocol::Protocol,
    requests::{
        decoder::Decoder,
        gateway_head::GatewayHead,
        parsed::{Body, Parsed},
        rejection::Rejection,
        variables_head::VariablesHead as _,
    },
};

/// The scheme of requests that come in clear, unless a front server sends another.
pub(crate) const SCHEME: &str = "http";

/// The scheme of requests that come by TLS.
pub(crate) const SECURE_SCHEME: &str = "https";

/// A head of any codec. It is reused for the next request.
#[derive(Debug)]
pub(crate) enum Head {
    Http1(wsgi_http1::RequestHead),
    #[cfg_attr(
        not(any(feature = "fastcgi", feature = "scgi", feature = "uwsgi")),
        expect(dead_code, reason = "there is no other protocol")
    )]
    Gateway(GatewayHead),
}

/// The terms of a request for its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Whether the peer wants to keep the connection for another request.
    pub(crate) keep_alive: bool,
    /// Whether a response of unknown length can be sent in chunks.
    pub(crate) takes_chunks: bool,
    pub(crate) is_http10: bool,
}

impl Head {
    pub(crate) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Http => Self::Http1(wsgi_http1::RequestHead::new()),
            #[cfg(feature = "fastcgi")]
            Protocol::FastCgi => Self::Gateway(GatewayHead::FastCgi(FastCgiHead::new())),
            #[cfg(feature = "scgi")]
            Protocol::Scgi => Self::Gateway(GatewayHead::Scgi(ScgiHead::new())),
            #[cfg(feature = "uwsgi")]
            Protocol::Uwsgi => Self::Gateway(GatewayHead::Uwsgi(UwsgiHead::new())),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::Http1(_) => Protocol::Http,
            Self::Gateway(head) => head.protocol(),
        }
    }

    /// Parses the head at the start of `bytes`, which begin with the bytes of the previous call, or
    /// follow `previous`, those of the last head. Adds replies to the peer to `replies`.
    #[inline(always)] // as the intake is
    pub(crate) fn parse(
        &mut self,
        previous: &[u8],
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        match self {
            Self::Http1(head) => {
                let length = head.parse_next(previous, bytes, &options.limits);
                let length = length.map_err(Rejection::Http1)?;
                Ok(length.map_or(Parsed::Incomplete, Parsed::Complete))
            }
            Self::Gateway(head) => head.parse(bytes, options, replies),
        }
    }

    /// Drops an incomplete head.
    pub(crate) fn reset(&mut self) {
        if let Self::Gateway(head) = self {
            head.reset();
        }
    }

    #[inline]
    pub(crate) fn body(&self) -> Body {
        match self {
            Self::Http1(head) => match head.body_length() {
                BodyLength::None => Body::None,
                BodyLength::Known(length) => Body::Plain(length),
                BodyLength::Chunked => Body::Coded(None),
            },
            Self::Gateway(head) => head.body(),
        }
    }

    /// A decoder for the body.
    pub(crate) fn decoder(&self, options: &Options) -> Decoder {
        match self {
            Self::Http1(head) => Decoder::like_http(head.body_length(), options),
            Self::Gateway(head) => head.decoder(options),
        }
    }

    /// Whether the client waits for `100 Continue`.
    #[inline]
    pub(crate) fn expects_continue(&self) -> bool {
        matches!(self, Self::Http1(head) if head.expects_continue())
    }

    /// The request's terms for its response.
    #[inline]
    pub(crate) fn terms(&self) -> Terms {
        let (keep_alive, version) = match self {
            Self::Http1(head) => (head.keep_alive(), Some(head.version())),
            Self::Gateway(head) => (head.keeps_connection(), None),
        };
        Terms {
            keep_alive,
            takes_chunks: version == Some(Version::Http11),
            is_http10: version == Some(Version::Http10),
        }
    }

    /// The form of the target. With a front server's variables, it is always a path.
    #[inline]
    pub(crate) fn target_form(&self) -> TargetForm {
        match self {
            Self::Http1(head) => head.target_form(),
            Self::Gateway(_) => TargetForm::Origin,
        }
    }

    /// The scheme of a target in absolute form. The head was parsed from `bytes`.
    #[cold]
    pub(crate) fn scheme<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Http1(head) => head.scheme(bytes),
            _ => None,
        }
    }

    /// The method of a refused request, as far as it is known. The request may be incomplete;
    /// `bytes` are the bytes that have come.
    #[cold]
    pub(crate) fn refused_method<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Http1(_) => {
                let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
                let line = &bytes[start.unwrap_or_default()..];
                let end = line.iter().position(|byte| *byte == b' ')?;
                Some(&line[..end])
            }
            Self::Gateway(head) => head.method(bytes),
        }
    }

    /// Whether the method of a request is HEAD. `environ` has received the request.
    #[inline]
    pub(crate) fn is_head(&self, bytes: &[u8], environ: &Environ) -> bool {
        match self {
            Self::Http1(head) => head.is_head(bytes),
            _ => environ.request_method() == "HEAD",
        }
    }

    /// Whether the client has said with this request that it sends nothing more. A POST is not
    /// believed: some clients send a line end after its body (RFC 9112 section 2.2).
    #[cold]
    pub(crate) fn is_last(&self, bytes: &[u8]) -> bool {
        matches!(self, Self::Http1(head) if !head.keep_alive()
            && head.body_length() == BodyLength::None
            && matches!(head.method(bytes), b"GET" | b"HEAD"))
    }

    /// The id of all records of the response, or 0 if there is no request.
    #[inline]
    pub(crate) fn request_id(&self) -> u16 {
        match self {
            Self::Http1(_) => 0,
            Self::Gateway(head) => head.request_id(),
        }
    }

    /// Answers a request that the peer gave up before it was complete. Returns an error if the peer
    /// does not keep the connection.
    #[cold]
    pub(crate) fn end_aborted(&self, replies: &mut Vec<u8>) -> Result<(), Rejection> {
        match self {
            Self::Http1(_) => Ok(()),
            Self::Gateway(head) => head.end_aborted(replies),
        }
    }

    /// Makes this the request of `environ`. `bytes` are those of the head.
    #[inline(always)] // so that HTTP has no copy of the spans
    pub(crate) fn receive(
        &self,
        bytes: &[u8],
        environ: &mut Environ,
    ) -> Result<(), InvalidVariable> {
        let head = match self {
            Self::Http1(head) => head,
            Self::Gateway(head) => return head.receive(bytes, environ),
        };
        let received = Received {
            head: bytes,
            method: head.method_span(),
            target: head.target_span(),
            path: head.path_span(),
            has_escapes: head.has_escapes(),
            query: head.query_span().unwrap_or_default(),
            authority: head.authority_span(),
            protocol: head.protocol(),
        };
        let fields = head.fields().iter().map(|field| Field {
            name: field.name,
            value: field.value,
        });
        environ.receive(&received, fields);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_sends_nothing_after_a_request_that_says_so() {
        for (line, fields, is_last) in [
            ("GET / HTTP/1.1", "Connection: close", true),
            ("HEAD / HTTP/1.1", "Connection: close", true),
            ("GET / HTTP/1.0", "Accept: */*", true),
            ("GET / HTTP/1.0", "Connection: keep-alive", false),
            ("GET / HTTP/1.1", "Accept: */*", false),
            ("POST / HTTP/1.1", "Connection: close", false),
            (
                "GET / HTTP/1.1",
                "Connection: close\r\nContent-Length: 2",
                false,
            ),
        ] {
            let mut head = Head::new(Protocol::Http);
            let text = format!("{line}\r\nHost: a\r\n{fields}\r\n\r\n");
            let parsed = head.parse(b"", text.as_bytes(), &Options::new(), &mut Vec::new());
            assert_eq!(parsed.unwrap(), Parsed::Complete(text.len()));
            assert_eq!(head.is_last(text.as_bytes()), is_last, "{text}");
        }
    }
}
