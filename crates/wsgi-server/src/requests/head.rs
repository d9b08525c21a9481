//! The head of a request, in whichever protocol it came.

use wsgi_environ::{Environ, Field, InvalidVariable, Received};
use wsgi_http1::{BodyLength, TargetForm, Version};

use crate::{
    options::Options,
    protocol::Protocol,
    requests::{decoder::Decoder, rejection::Rejection},
};

/// The scheme that clients reach this server by, where no front server knows better.
pub(crate) const SCHEME: &str = "http";

/// A head of any codec, used again for the next request.
#[derive(Debug)]
pub(crate) enum Head {
    Http1(wsgi_http1::RequestHead),
    #[cfg(feature = "fastcgi")]
    FastCgi(wsgi_fastcgi::RequestHead),
    #[cfg(feature = "scgi")]
    Scgi(wsgi_scgi::RequestHead),
}

/// What is at the start of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Incomplete,
    /// The number of bytes that are not a request and are done with.
    #[cfg_attr(not(feature = "fastcgi"), expect(dead_code))]
    Passed(usize),
    /// A head, and the number of its bytes.
    Complete(usize),
}

/// The body that follows a head.
#[derive(Debug)]
pub(crate) enum Body {
    None,
    /// This number of bytes, as they are.
    Plain(u64),
    /// What a decoder finds, of this length if that is known.
    Coded(Option<u64>),
}

impl Head {
    pub(crate) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Http => Head::Http1(wsgi_http1::RequestHead::new()),
            #[cfg(feature = "fastcgi")]
            Protocol::FastCgi => Head::FastCgi(wsgi_fastcgi::RequestHead::new()),
            #[cfg(feature = "scgi")]
            Protocol::Scgi => Head::Scgi(wsgi_scgi::RequestHead::new()),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Head::Http1(_) => Protocol::Http,
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(_) => Protocol::FastCgi,
            #[cfg(feature = "scgi")]
            Head::Scgi(_) => Protocol::Scgi,
        }
    }

    /// Parses the head at the start of `bytes`, the same as before and more. What
    /// the peer is to be told is added to `replies`.
    #[inline]
    #[cfg_attr(not(feature = "fastcgi"), expect(unused_variables, clippy::ptr_arg))]
    pub(crate) fn parse(
        &mut self,
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        let length = match self {
            Head::Http1(head) => head
                .parse(bytes, &options.limits)
                .map_err(Rejection::Http1)?,
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(head) => {
                let parsed = head.parse(bytes, &options.fastcgi, replies);
                return Ok(match parsed.map_err(Rejection::FastCgi)? {
                    wsgi_fastcgi::Parsed::Incomplete => Parsed::Incomplete,
                    wsgi_fastcgi::Parsed::Skipped(length) => Parsed::Passed(length),
                    wsgi_fastcgi::Parsed::Complete(length) => Parsed::Complete(length),
                });
            }
            #[cfg(feature = "scgi")]
            Head::Scgi(head) => head.parse(bytes, &options.scgi).map_err(Rejection::Scgi)?,
        };
        Ok(length.map_or(Parsed::Incomplete, Parsed::Complete))
    }

    /// Forgets a head that is not complete.
    pub(crate) fn reset(&mut self) {
        #[cfg(feature = "fastcgi")]
        if let Head::FastCgi(head) = self {
            head.reset();
        }
    }

    #[inline]
    pub(crate) fn body(&self) -> Body {
        match self {
            Head::Http1(head) => match head.body_length() {
                BodyLength::None => Body::None,
                BodyLength::Known(length) => Body::Plain(length),
                BodyLength::Chunked => Body::Coded(None),
            },
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(head) => Body::Coded(head.content_length()),
            #[cfg(feature = "scgi")]
            Head::Scgi(head) => match head.content_length() {
                0 => Body::None,
                length => Body::Plain(length),
            },
        }
    }

    /// The decoder for the body.
    pub(crate) fn decoder(&self, options: &Options) -> Decoder {
        let length = match self {
            Head::Http1(head) => head.body_length(),
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(head) => {
                return Decoder::FastCgi(wsgi_fastcgi::BodyDecoder::new(head, &options.fastcgi));
            }
            #[cfg(feature = "scgi")]
            Head::Scgi(head) => BodyLength::Known(head.content_length()),
        };
        Decoder::Http1(wsgi_http1::BodyDecoder::new(length, &options.limits))
    }

    /// Whether the client waits to be asked for the body.
    #[inline]
    pub(crate) fn expects_continue(&self) -> bool {
        matches!(self, Head::Http1(head) if head.expects_continue())
    }

    /// Whether the peer wants to use the connection for another request.
    #[inline]
    pub(crate) fn keep_alive(&self) -> bool {
        match self {
            Head::Http1(head) => head.keep_alive(),
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(head) => head.keep_conn(),
            #[cfg(feature = "scgi")]
            Head::Scgi(_) => false,
        }
    }

    /// The form of the target. A front server's variables always have a path.
    #[inline]
    pub(crate) fn target_form(&self) -> TargetForm {
        match self {
            Head::Http1(head) => head.target_form(),
            #[cfg(any(feature = "fastcgi", feature = "scgi"))]
            _ => TargetForm::Origin,
        }
    }

    /// The scheme of a target in absolute form, in `bytes` that the head was parsed from.
    #[cold]
    pub(crate) fn scheme<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Head::Http1(head) => head.scheme(bytes),
            #[cfg(any(feature = "fastcgi", feature = "scgi"))]
            _ => None,
        }
    }

    /// Whether the method is HEAD, of a request that is refused and need not have come whole:
    /// `bytes` are those that have.
    #[cold]
    pub(crate) fn is_refused_head(&self, bytes: &[u8]) -> bool {
        match self {
            Head::Http1(_) => {
                let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
                bytes[start.unwrap_or_default()..].starts_with(b"HEAD ")
            }
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(head) => head.param(bytes, b"REQUEST_METHOD") == Some(b"HEAD"),
            #[cfg(feature = "scgi")]
            Head::Scgi(head) => head.header(bytes, b"REQUEST_METHOD") == Some(b"HEAD"),
        }
    }

    /// Whether the method is HEAD, of a request that `environ` has received.
    #[inline]
    #[cfg_attr(
        not(any(feature = "fastcgi", feature = "scgi")),
        expect(unused_variables)
    )]
    pub(crate) fn is_head(&self, bytes: &[u8], environ: &Environ) -> bool {
        match self {
            Head::Http1(head) => head.is_head(bytes),
            #[cfg(any(feature = "fastcgi", feature = "scgi"))]
            _ => environ.request_method() == "HEAD",
        }
    }

    /// Whether a body whose length is not known can be sent so that its end shows.
    #[inline]
    pub(crate) fn takes_chunks(&self) -> bool {
        matches!(self, Head::Http1(head) if head.version() == Version::Http11)
    }

    #[inline]
    pub(crate) fn is_http10(&self) -> bool {
        matches!(self, Head::Http1(head) if head.version() == Version::Http10)
    }

    /// The id that all records of the response have; 0 where there is no request.
    #[cfg(feature = "fastcgi")]
    #[inline]
    pub(crate) fn request_id(&self) -> u16 {
        match self {
            Head::FastCgi(head) => head.id(),
            _ => wsgi_fastcgi::NULL_REQUEST_ID,
        }
    }

    /// Answers a request that the peer gave up before it was whole. An error says
    /// that the peer wants no other one on this connection.
    #[cold]
    #[cfg_attr(
        not(feature = "fastcgi"),
        expect(unused_variables, clippy::ptr_arg, clippy::unused_self)
    )]
    pub(crate) fn end_aborted(&self, replies: &mut Vec<u8>) -> Result<(), Rejection> {
        #[cfg(feature = "fastcgi")]
        if let Head::FastCgi(head) = self {
            let status = wsgi_fastcgi::ProtocolStatus::RequestComplete;
            wsgi_fastcgi::encode::end_request(replies, head.id(), 0, status);
            if !head.keep_conn() {
                return Err(Rejection::FastCgi(wsgi_fastcgi::Rejection::Aborted));
            }
        }
        Ok(())
    }

    /// Makes it the request of `environ`. `bytes` are those of the head; `fields`
    /// is memory.
    #[inline]
    pub(crate) fn receive(
        &self,
        bytes: &[u8],
        fields: &mut Vec<Field>,
        environ: &mut Environ,
    ) -> Result<(), InvalidVariable> {
        match self {
            Head::Http1(head) => {
                fields.clear();
                fields.extend(head.fields().iter().map(|field| Field {
                    name: field.name,
                    value: field.value,
                }));
                environ.receive(&Received {
                    head: bytes,
                    method: head.method_span(),
                    target: head.target_span(),
                    path: head.path_span(),
                    query: head.query_span().unwrap_or_default(),
                    authority: head.authority_span(),
                    protocol: head.protocol(),
                    fields,
                });
                Ok(())
            }
            #[cfg(feature = "fastcgi")]
            Head::FastCgi(head) => {
                let params = head.params().iter().map(|param| Field {
                    name: param.name,
                    value: param.value,
                });
                environ.receive_variables(head.text(bytes), params)
            }
            #[cfg(feature = "scgi")]
            Head::Scgi(head) => {
                let headers = head.headers().iter().map(|header| Field {
                    name: header.name,
                    value: header.value,
                });
                environ.receive_variables(head.text(bytes), headers)
            }
        }
    }
}
