//! The head of a uwsgi request.

use wsgi_environ::{Environ, Field, InvalidVariable};
use wsgi_http1::BodyLength;
use wsgi_uwsgi::RequestHead;

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

/// The head of a uwsgi request.
#[derive(Debug)]
pub(crate) struct UwsgiHead(RequestHead);

impl UwsgiHead {
    pub(crate) fn new() -> Self {
        Self(RequestHead::new())
    }
}

impl VariablesHead for UwsgiHead {
    fn protocol(&self) -> Protocol {
        Protocol::Uwsgi
    }

    fn parse(
        &mut self,
        bytes: &[u8],
        options: &Options,
        _replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        let length = self.0.parse(bytes, &options.uwsgi);
        let length = length.map_err(Rejection::Uwsgi)?;
        Ok(length.map_or(Parsed::Incomplete, Parsed::Complete))
    }

    fn body(&self) -> Body {
        Body::of_length(self.0.content_length())
    }

    fn decoder(&self, options: &Options) -> Decoder {
        Decoder::like_http(BodyLength::Known(self.0.content_length()), options)
    }

    fn method<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.0.param(bytes, b"REQUEST_METHOD")
    }

    fn receive(&self, bytes: &[u8], environ: &mut Environ) -> Result<(), InvalidVariable> {
        let params = self.0.params().iter().map(|param| Field {
            name: param.name,
            value: param.value,
        });
        environ.receive_variables(self.0.text(bytes), params)
    }
}
