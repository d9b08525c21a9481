//! The head of a FastCGI request.

use wsgi_environ::{Encoded, Environ, Field, InvalidVariable};
use wsgi_fastcgi::{Params, ProtocolStatus, RequestHead, Role, encode};

use crate::{
    options::Options,
    protocol::Protocol,
    requests::{
        decoder::Decoder,
        parsed::{Body, Parsed},
        rejection::Rejection,
        variables_head::VariablesHead,
    },
};

/// The head of a FastCGI request, in the roles of a Responder and an Authorizer.
#[derive(Debug)]
pub(crate) struct FastCgiHead(RequestHead);

impl FastCgiHead {
    pub(crate) fn new() -> Self {
        Self(RequestHead::new())
    }

    fn is_for_authorizer(&self) -> bool {
        self.0.role() == Role::AUTHORIZER
    }
}

impl VariablesHead for FastCgiHead {
    fn protocol(&self) -> Protocol {
        Protocol::FastCgi
    }

    fn parse(
        &mut self,
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        let parsed = self.0.parse(bytes, &options.fastcgi, replies);
        Ok(match parsed.map_err(Rejection::FastCgi)? {
            wsgi_fastcgi::Parsed::Incomplete => Parsed::Incomplete,
            wsgi_fastcgi::Parsed::Skipped(length) => Parsed::Passed(length),
            wsgi_fastcgi::Parsed::Complete(length) => Parsed::Complete(length),
        })
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn body(&self) -> Body {
        match self.is_for_authorizer() {
            true => Body::None,
            false => Body::Coded(self.0.content_length()),
        }
    }

    fn decoder(&self, options: &Options) -> Decoder {
        Decoder::FastCgi(wsgi_fastcgi::BodyDecoder::new(&self.0, &options.fastcgi))
    }

    fn keeps_connection(&self) -> bool {
        self.0.keep_conn()
    }

    fn method<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.0.param(bytes, b"REQUEST_METHOD")
    }

    fn request_id(&self) -> u16 {
        self.0.id()
    }

    fn end_aborted(&self, replies: &mut Vec<u8>) -> Result<(), Rejection> {
        encode::end_request(replies, self.0.id(), 0, ProtocolStatus::RequestComplete);
        match self.0.keep_conn() {
            true => Ok(()),
            false => Err(Rejection::FastCgi(wsgi_fastcgi::Rejection::Aborted)),
        }
    }

    fn receive(&self, bytes: &[u8], environ: &mut Environ) -> Result<(), InvalidVariable> {
        environ.receive_encoded(&Encoded {
            text: self.0.text(bytes),
            method: self.0.method_span(),
            read: read_params,
        })?;
        if self.is_for_authorizer() {
            environ.set("FCGI_ROLE", "AUTHORIZER");
            environ.remove("CONTENT_LENGTH"); // the body is for a Responder
        }
        Ok(())
    }
}

/// Finds the parameters in the text of a head.
fn read_params(text: &[u8], variables: &mut Vec<Field>) {
    variables.extend(Params::new(text).map(|param| Field {
        name: param.name,
        value: param.value,
    }));
}
