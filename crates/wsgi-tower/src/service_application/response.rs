//! The response of a service, in the types of WSGI.

use std::{error::Error as StdError, future::poll_fn, pin::Pin, sync::Arc};

use bytes::Buf;
use http::{
    header::{CONNECTION, CONTENT_LENGTH},
    response::Parts,
};
use http_body::Body;
use wsgi_application::{Chunk, Error, Headers, Result, Status};
use wsgi_environ::is_hop_by_hop;

use super::{BlockOn, run};

/// The head of a response, without the fields of the connection. It has a `Content-Length` if the
/// length is `known`.
pub(super) fn head(parts: &Parts, known: Option<u64>) -> Result<(Status, Headers)> {
    let code = parts.status.as_u16();
    let status = match parts.extensions.get::<Status>() {
        Some(status) if status.code() == code => status.clone(),
        _ => Status::from_code(code)
            .map_err(|_| format!("the service has answered with {code}, which is not final"))?,
    };
    let of_connection = || parts.headers.get_all(CONNECTION).iter();
    let is_of_connection = |name: &str| {
        let members = of_connection().filter_map(|value| value.to_str().ok());
        is_hop_by_hop(name)
            || members
                .flat_map(|value| value.split(','))
                .any(|member| member.trim().eq_ignore_ascii_case(name))
    };
    let mut headers = Headers::new();
    for (name, value) in &parts.headers {
        if !is_of_connection(name.as_str()) {
            headers.append(name, value)?;
        }
    }
    if let Some(length) = known
        && !parts.headers.contains_key(CONTENT_LENGTH)
        && !status.forbids_body()
    {
        headers.append("Content-Length", length.to_string())?;
    }
    Ok((status, headers))
}

/// The chunks of a body, each of which is waited for.
pub(super) struct Chunks<B> {
    /// `None` once the body is over.
    body: Option<Pin<Box<B>>>,
    block_on: Arc<BlockOn>,
}

impl<B> Chunks<B> {
    pub(super) fn new(body: B, block_on: Arc<BlockOn>) -> Self {
        Self {
            body: Some(Box::pin(body)),
            block_on,
        }
    }
}

impl<B> Iterator for Chunks<B>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let body = self.body.as_mut()?;
            let next = poll_fn(|context| body.as_mut().poll_frame(context));
            let error = match run(&*self.block_on, next) {
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(mut data) if data.has_remaining() => {
                        let bytes = data.copy_to_bytes(data.remaining());
                        return Some(Ok(Chunk::from_owner(bytes)));
                    }
                    _ => continue, // nothing, or trailers
                },
                Ok(Some(Err(error))) => Some(error.into().into()),
                Ok(None) => None,
                Err(error) => Some(error),
            };
            self.body = None;
            return error.map(Err);
        }
    }
}
