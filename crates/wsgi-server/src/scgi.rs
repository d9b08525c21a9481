//! The head of an SCGI request.

use wsgi_environ::{Environ, Field, InvalidVariable};
use wsgi_http1::BodyLength;
use wsgi_scgi::RequestHead;

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

/// The head of an SCGI request.
#[derive(Debug)]
pub(crate) struct ScgiHead(RequestHead);

impl ScgiHead {
    pub(crate) fn new() -> Self {
        Self(RequestHead::new())
    }
}

impl VariablesHead for ScgiHead {
    fn protocol(&self) -> Protocol {
        Protocol::Scgi
    }

    fn parse(
        &mut self,
        bytes: &[u8],
        options: &Options,
        _replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        let length = self
            .0
            .parse(bytes, &options.scgi)
            .map_err(Rejection::Scgi)?;
        Ok(length.map_or(Parsed::Incomplete, Parsed::Complete))
    }

    fn body(&self) -> Body {
        Body::of_length(self.0.content_length())
    }

    fn decoder(&self, options: &Options) -> Decoder {
        Decoder::like_http(BodyLength::Known(self.0.content_length()), options)
    }

    fn method<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.0.header(bytes, b"REQUEST_METHOD")
    }

    fn receive(&self, bytes: &[u8], environ: &mut Environ) -> Result<(), InvalidVariable> {
        let headers = self.0.headers().iter().map(|header| Field {
            name: header.name,
            value: header.value,
        });
        environ.receive_variables(self.0.text(bytes), headers)
    }
}
