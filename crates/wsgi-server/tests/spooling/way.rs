//! The ways in which a body can come.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};
use wsgi_server::Builder;
#[cfg(any(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
use wsgi_server::Protocol;

#[cfg(feature = "fastcgi")]
use crate::support::fastcgi::{self, STDIN, record};
#[cfg(any(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
use crate::support::gateway_response::GatewayResponse;
#[cfg(feature = "scgi")]
use crate::support::scgi;
#[cfg(feature = "uwsgi")]
use crate::support::uwsgi;
use crate::support::{Client, Running};

/// A protocol whose bodies are spooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Http,
    /// HTTP with bodies in chunks.
    Chunks,
    #[cfg(feature = "fastcgi")]
    FastCgi,
    #[cfg(feature = "scgi")]
    Scgi,
    #[cfg(feature = "uwsgi")]
    Uwsgi,
}

#[cfg(feature = "fastcgi")]
pub(crate) use Way::FastCgi;
#[cfg(feature = "scgi")]
pub(crate) use Way::Scgi;
#[cfg(feature = "uwsgi")]
use Way::Uwsgi;
pub(crate) use Way::{Chunks, Http};

/// The ways of this build.
pub(crate) const WAYS: &[Way] = &[
    Http,
    Chunks,
    #[cfg(feature = "fastcgi")]
    FastCgi,
    #[cfg(feature = "scgi")]
    Scgi,
    #[cfg(feature = "uwsgi")]
    Uwsgi,
];

/// One of each kind of protocol.
pub(crate) const KINDS: &[Way] = &[
    Http,
    #[cfg(feature = "fastcgi")]
    FastCgi,
    #[cfg(feature = "scgi")]
    Scgi,
];

/// The kinds whose connections take more than one request.
pub(crate) const LASTING: &[Way] = &[
    Http,
    #[cfg(feature = "fastcgi")]
    FastCgi,
];

impl Way {
    pub(crate) fn serving(self, application: impl Application + 'static) -> Running {
        self.serving_with(|builder| builder, application)
    }

    pub(crate) fn serving_with(
        self,
        options: impl FnOnce(Builder) -> Builder,
        application: impl Application + 'static,
    ) -> Running {
        let told = |builder: Builder| match self {
            Http | Chunks => builder.spool_bodies(true),
            #[cfg(feature = "fastcgi")]
            FastCgi => builder.protocol(Protocol::FastCgi),
            #[cfg(feature = "scgi")]
            Scgi => builder.protocol(Protocol::Scgi),
            #[cfg(feature = "uwsgi")]
            Uwsgi => builder.protocol(Protocol::Uwsgi),
        };
        Running::with(
            |builder| options(told(builder.max_backtrace_lines(Some(0)))),
            application,
        )
    }

    /// The head of a request with a body of this length.
    pub(crate) fn head(self, path: &str, length: usize) -> Vec<u8> {
        match self {
            Http => format!("PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
                .into_bytes(),
            Chunks => {
                format!("PUT {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .into_bytes()
            }
            #[cfg(feature = "fastcgi")]
            FastCgi => {
                let length = length.to_string();
                let params = [
                    ("REQUEST_METHOD", "PUT"),
                    ("PATH_INFO", path),
                    ("CONTENT_LENGTH", &length),
                ];
                fastcgi::head(1, true, &params)
            }
            #[cfg(feature = "scgi")]
            Scgi => scgi::head(length, &[("REQUEST_METHOD", "PUT"), ("PATH_INFO", path)]),
            #[cfg(feature = "uwsgi")]
            Uwsgi => uwsgi::head(length, &[("REQUEST_METHOD", "PUT"), ("PATH_INFO", path)]),
        }
    }

    /// A part of a body in the form of the protocol.
    pub(crate) fn part(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Chunks => bytes
                .chunks(10_007)
                .flat_map(|chunk| {
                    [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
                })
                .collect(),
            #[cfg(feature = "fastcgi")]
            FastCgi => bytes
                .chunks(10_007)
                .flat_map(|piece| record(STDIN, 1, piece))
                .collect(),
            _ => bytes.to_vec(),
        }
    }

    /// The bytes after the last part.
    pub(crate) fn end(self) -> Vec<u8> {
        match self {
            Chunks => b"0\r\n\r\n".to_vec(),
            #[cfg(feature = "fastcgi")]
            FastCgi => record(STDIN, 1, b""),
            _ => Vec::new(),
        }
    }

    /// A whole request.
    pub(crate) fn request(self, path: &str, body: &[u8]) -> Vec<u8> {
        [self.head(path, body.len()), self.part(body), self.end()].concat()
    }

    /// Takes a response: its status code and its body.
    #[track_caller]
    pub(crate) fn response(self, client: &mut Client) -> (u16, Vec<u8>) {
        #[cfg(any(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
        let of_gateway = |response: GatewayResponse| {
            let code = response.status[..3].parse().unwrap();
            (code, response.body)
        };
        match self {
            Http | Chunks => {
                let response = client.response();
                assert!(response.complete, "{response:?}");
                (response.status, response.body)
            }
            #[cfg(feature = "fastcgi")]
            FastCgi => of_gateway(fastcgi::answer(client, 1).response()),
            #[cfg(feature = "scgi")]
            Scgi => of_gateway(GatewayResponse::parse(&client.take_all())),
            #[cfg(feature = "uwsgi")]
            Uwsgi => of_gateway(GatewayResponse::parse_with_status_line(&client.take_all())),
        }
    }

    #[track_caller]
    pub(crate) fn ask(self, client: &mut Client, request: impl AsRef<[u8]>) -> (u16, Vec<u8>) {
        client.send(request);
        self.response(client)
    }

    /// Whether a connection takes more than one request.
    pub(crate) fn keeps(self) -> bool {
        self == Chunks || LASTING.contains(&self)
    }
}

/// Bytes of which no two stretches are alike.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

/// Sends the body back as it comes. The response begins before anything is read.
pub(crate) fn loopback(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok(Body::from(environ.take_input()))
}

/// Answers with the length of the body, and counts its calls.
pub(crate) fn measuring(calls: &Arc<AtomicUsize>) -> impl Application + 'static {
    let calls = calls.clone();
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        calls.fetch_add(1, SeqCst);
        let length = std::io::copy(environ.input(), &mut std::io::sink())?;
        start_response.start(Status::OK, ())?;
        Ok(length.to_string().into())
    }
}
