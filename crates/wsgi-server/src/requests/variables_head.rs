//! A request that a front server passes on as variables.

use wsgi_environ::{Environ, InvalidVariable};

use crate::{
    options::Options,
    protocol::Protocol,
    requests::{
        decoder::Decoder,
        parsed::{Body, Parsed},
        rejection::Rejection,
    },
};

/// A request as a codec of front servers has it: the part of a protocol that its head decides.
pub(crate) trait VariablesHead {
    fn protocol(&self) -> Protocol;

    /// Parses the head at the start of `bytes`, which begin with the bytes of the previous call.
    /// Adds replies to the peer to `replies`.
    fn parse(
        &mut self,
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection>;

    /// Drops an incomplete head.
    fn reset(&mut self) {}

    fn body(&self) -> Body;

    /// A decoder for the body.
    fn decoder(&self, options: &Options) -> Decoder;

    /// Whether the peer wants to keep the connection for another request.
    fn keeps_connection(&self) -> bool {
        false
    }

    /// The method, as far as it is known. The request may be incomplete; `bytes` are the bytes that
    /// have come.
    fn method<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]>;

    /// The id of all records of the response, or 0 if there is no request.
    fn request_id(&self) -> u16 {
        0
    }

    /// Answers a request that the peer gave up before it was complete. Returns an error if the peer
    /// does not keep the connection.
    fn end_aborted(&self, _replies: &mut Vec<u8>) -> Result<(), Rejection> {
        Ok(())
    }

    /// Makes this the request of `environ`. `bytes` are those of the head.
    fn receive(&self, bytes: &[u8], environ: &mut Environ) -> Result<(), InvalidVariable>;
}
