//! The head of a request that a front server passes on.

use wsgi_environ::{Environ, InvalidVariable};

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
        parsed::{Body, Parsed},
        rejection::Rejection,
        variables_head::VariablesHead,
    },
};

/// The head of a request in one of the protocols of front servers, which name it by variables. It
/// is reused for the next request.
#[derive(Debug)]
pub(crate) enum GatewayHead {
    #[cfg(feature = "fastcgi")]
    FastCgi(FastCgiHead),
    #[cfg(feature = "scgi")]
    Scgi(ScgiHead),
    #[cfg(feature = "uwsgi")]
    Uwsgi(UwsgiHead),
}

/// Calls a method of the head that there is. A trait object would not be inlined.
macro_rules! delegate {
    ($($by:ident)+, $self:ident.$method:ident($($argument:ident),*)) => {
        match *$self {
            #[cfg(feature = "fastcgi")]
            Self::FastCgi($($by)+ head) => head.$method($($argument),*),
            #[cfg(feature = "scgi")]
            Self::Scgi($($by)+ head) => head.$method($($argument),*),
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi($($by)+ head) => head.$method($($argument),*),
        }
    };
}

#[cfg_attr(
    not(any(feature = "fastcgi", feature = "scgi", feature = "uwsgi")),
    expect(unused_variables, reason = "there is no head")
)]
impl VariablesHead for GatewayHead {
    fn protocol(&self) -> Protocol {
        delegate!(ref, self.protocol())
    }

    #[inline(never)] // so that HTTP has nothing of it
    fn parse(
        &mut self,
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        delegate!(ref mut, self.parse(bytes, options, replies))
    }

    fn reset(&mut self) {
        delegate!(ref mut, self.reset());
    }

    fn body(&self) -> Body {
        delegate!(ref, self.body())
    }

    fn decoder(&self, options: &Options) -> Decoder {
        delegate!(ref, self.decoder(options))
    }

    fn keeps_connection(&self) -> bool {
        delegate!(ref, self.keeps_connection())
    }

    fn method<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        delegate!(ref, self.method(bytes))
    }

    fn request_id(&self) -> u16 {
        delegate!(ref, self.request_id())
    }

    fn end_aborted(&self, replies: &mut Vec<u8>) -> Result<(), Rejection> {
        delegate!(ref, self.end_aborted(replies))
    }

    #[inline(never)] // so that HTTP has nothing of it
    fn receive(&self, bytes: &[u8], environ: &mut Environ) -> Result<(), InvalidVariable> {
        delegate!(ref, self.receive(bytes, environ))
    }
}
