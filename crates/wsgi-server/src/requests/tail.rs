//! The end of a response, which needs no application.

use wsgi_gateway::Rest;

#[cfg(feature = "fastcgi")]
use crate::fastcgi::envelope::Envelope;

/// What is left of a response when its application is done with it, for the
/// loop to send.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) rest: Rest,
    /// What goes around the rest, if anything does.
    #[cfg(feature = "fastcgi")]
    pub(crate) envelope: Option<Box<Envelope>>,
}

impl Tail {
    /// Nothing is left.
    pub(crate) const NONE: Tail = Tail::plain(Rest::Nothing);

    /// A rest that goes as it is.
    pub(crate) const fn plain(rest: Rest) -> Self {
        Tail {
            rest,
            #[cfg(feature = "fastcgi")]
            envelope: None,
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self.rest, Rest::Nothing)
    }

    /// Adds what is to follow the response: to `out`, which holds the response up
    /// to this tail.
    #[cfg_attr(not(feature = "fastcgi"), expect(clippy::unused_self))]
    pub(crate) fn follow(&mut self, out: &mut Vec<u8>, bytes: &[u8]) {
        #[cfg(feature = "fastcgi")]
        if let Some(envelope) = &mut self.envelope {
            return envelope.trailer.extend_from_slice(bytes);
        }
        out.extend_from_slice(bytes);
    }
}
