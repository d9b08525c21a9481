//! An application whose pages are open until the test ends them.

use std::{
    io::{self, Read},
    sync::{Mutex, mpsc},
};

use wsgi_application::{Application, Body, Environ, Result, Sender, StartResponse, Status};
use wsgi_environ::Outcome;
use wsgi_server::Builder;

use crate::support::{Client, PATIENCE, Running, echo, get};

/// A server with open pages, which are in the hands of the test.
pub(crate) struct OpenPages {
    pub(crate) running: Running,
    senders: mpsc::Receiver<Sender>,
    outcomes: mpsc::Receiver<Outcome>,
}

/// The limit of a channel.
pub(crate) const LIMIT: usize = 64 * 1024;

/// The application: `/live` is an open page, `/live/hooks` has a hook, `/live/read` and
/// `/live/part` have one and read their body or 50,000 bytes of it, `/live/length` declares ten
/// bytes; everything else is an echo.
pub(crate) fn app(
    senders: mpsc::Sender<Sender>,
    outcomes: mpsc::Sender<Outcome>,
) -> impl Application {
    let (senders, outcomes) = (Mutex::new(senders), Mutex::new(outcomes));
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let path = environ.path_info().to_string_lossy().into_owned();
        if !path.starts_with("/live") {
            return echo(environ, start_response);
        }
        let length = (path == "/live/length").then_some(("Content-Length", "10"));
        start_response.start(Status::OK, length.into_iter().collect::<Vec<_>>())?;
        if let "/live/read" | "/live/part" = &*path {
            let part = if path == "/live/part" {
                50_000
            } else {
                u64::MAX
            };
            // As far as it comes.
            let _ = io::copy(&mut environ.input().take(part), &mut io::sink());
        }
        if let "/live/hooks" | "/live/read" | "/live/part" = &*path {
            let outcomes = outcomes.lock().unwrap().clone();
            environ.on_finished(move |_, outcome| outcomes.send(*outcome).unwrap());
        }
        let (sender, body) = Body::channel(LIMIT);
        senders.lock().unwrap().send(sender)?;
        Ok(body)
    }
}

impl OpenPages {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(options: impl FnOnce(Builder) -> Builder) -> Self {
        Self::behind(options, |app| app)
    }

    /// Pages of which middleware changes something.
    pub(crate) fn behind<A: Application + 'static>(
        options: impl FnOnce(Builder) -> Builder,
        middleware: impl FnOnce(Box<dyn Application>) -> A,
    ) -> Self {
        let (sender, senders) = mpsc::channel();
        let (report, outcomes) = mpsc::channel();
        let app = middleware(Box::new(app(sender, report)));
        let plain = |builder: Builder| options(builder).max_backtrace_lines(Some(0));
        let running = Running::with(plain, app);
        OpenPages {
            running,
            senders,
            outcomes,
        }
    }

    /// Asks for an open page.
    pub(crate) fn open(&self, path: &str) -> (Client, Sender) {
        let mut client = self.running.connect();
        client.send(get(path));
        (client, self.sender())
    }

    /// The sender of the page that was asked for last.
    pub(crate) fn sender(&self) -> Sender {
        self.senders.recv_timeout(PATIENCE).expect("an open page")
    }

    /// The outcome that the hook of a page was told.
    pub(crate) fn outcome(&self) -> Outcome {
        self.outcomes.recv_timeout(PATIENCE).expect("an outcome")
    }

    /// Asserts that no hook runs a second time.
    pub(crate) fn assert_no_outcome(&self) {
        assert!(self.outcomes.try_recv().is_err(), "a hook ran twice");
    }
}

/// Takes a head, up to its empty line.
#[track_caller]
pub(crate) fn take_head(client: &mut Client) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(client.take(1).expect("a head"));
    }
    String::from_utf8(head).unwrap()
}

/// Takes exactly these bytes.
#[track_caller]
pub(crate) fn expect(client: &mut Client, expected: &str) {
    let taken = client.take(expected.len()).expect(expected);
    assert_eq!(String::from_utf8_lossy(&taken), expected);
}
