//! The body of the upstream server's response.

use std::{io, mem, time::Duration};

use wsgi_application::Body;
use wsgi_http1::{BodyDecoder, BodyLength, Limits};

use crate::{
    connection::Connection,
    failure::Failure,
    pool::{Place, Pool},
    response_framing::ResponseFraming,
    waiting::Waiting,
};

/// The body of a response, block by block.
pub(crate) struct ResponseBody {
    /// `None` once it is over, by its end or an error.
    connection: Option<Connection>,
    decoder: Decoder,
    waiting: Waiting,
    settings: BodySettings,
    /// The first block, for which the call has waited.
    first: Vec<u8>,
    _place: Place,
}

/// The parts of a proxy that a body needs.
pub(crate) struct BodySettings {
    /// The upstream server, for messages.
    pub(crate) upstream: String,
    pub(crate) idle_timeout: Duration,
    /// Where the connection goes after the body, if the server keeps it open.
    pub(crate) pool: Option<Pool>,
    pub(crate) max_idle: usize,
}

enum Decoder {
    Framed(BodyDecoder),
    UntilClose,
}

impl ResponseBody {
    pub(crate) fn new(
        connection: Connection,
        framing: ResponseFraming,
        waiting: Waiting,
        settings: BodySettings,
        place: Place,
    ) -> Self {
        // A body may be long, since it is not kept here.
        let limits = Limits::new().max_body_bytes(u64::MAX);
        let framed = |length| Decoder::Framed(BodyDecoder::new(length, &limits));
        let decoder = match framing {
            ResponseFraming::Empty | ResponseFraming::Forbidden => framed(BodyLength::Known(0)),
            ResponseFraming::Known(length) => framed(BodyLength::Known(length)),
            ResponseFraming::Chunked => framed(BodyLength::Chunked),
            ResponseFraming::UntilClose => Decoder::UntilClose,
        };
        Self {
            connection: Some(connection),
            decoder,
            waiting,
            settings,
            first: Vec::new(),
            _place: place,
        }
    }

    /// The body for the gateway: bytes if all of it has come, so that no thread waits.
    ///
    /// The first block is waited for. The gateway sends no head before it, so a server that fails
    /// until then can still be answered for (RFC 9110 sections 15.6.3 and 15.6.5).
    pub(crate) fn into_body(mut self) -> Result<Body, Failure> {
        let data = self.read()?.unwrap_or_default();
        if self.connection.is_none() {
            return Ok(data.into());
        }
        self.first = data;
        Ok(Body::chunks(self))
    }

    fn is_finished(&self) -> bool {
        matches!(&self.decoder, Decoder::Framed(decoder) if decoder.is_finished())
    }

    /// Takes the data out of what has come.
    fn decode(&mut self, connection: &mut Connection) -> Result<Vec<u8>, Failure> {
        let mut data = Vec::new();
        let mut at = 0;
        match &mut self.decoder {
            Decoder::UntilClose => {
                data.extend_from_slice(connection.received());
                at = data.len();
            }
            Decoder::Framed(decoder) => {
                while !decoder.is_finished() && at < connection.received().len() {
                    let rest = &connection.received()[at..];
                    let decoded = decoder.decode(rest).map_err(Failure::Chunks)?;
                    data.extend_from_slice(&rest[decoded.data]);
                    at += decoded.consumed;
                }
            }
        }
        connection.consume(at);
        Ok(data)
    }

    /// Some bytes of the body; `None` at its end.
    fn read(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        if !self.first.is_empty() {
            return Ok(Some(mem::take(&mut self.first)));
        }
        let Some(mut connection) = self.connection.take() else {
            return Ok(None);
        };
        self.waiting.await_body(self.settings.idle_timeout);
        loop {
            let data = self.decode(&mut connection)?;
            if self.is_finished() {
                self.finish(connection);
                return Ok((!data.is_empty()).then_some(data));
            }
            if !data.is_empty() {
                self.connection = Some(connection);
                return Ok(Some(data));
            }
            let read = self.waiting.read(&mut connection);
            let read = read.map_err(|failure| match failure {
                Failure::NoResponse(error) => Failure::Truncated(error),
                failure => failure,
            })?;
            if read == 0 {
                return match self.decoder {
                    Decoder::UntilClose => Ok(None),
                    Decoder::Framed(_) => Err(Failure::Truncated(None)),
                };
            }
        }
    }

    /// Gives the connection to the next request, if it can have one.
    fn finish(&self, connection: Connection) {
        if let Some(pool) = &self.settings.pool
            && self.waiting.has_sent_body()
            && connection.received().is_empty()
        {
            pool.keep(connection, self.settings.max_idle);
        }
    }
}

impl Iterator for ResponseBody {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(block) => block.map(Ok),
            Err(failure) => {
                let upstream = mem::take(&mut self.settings.upstream);
                Some(Err(failure.into_io(&upstream)))
            }
        }
    }
}
