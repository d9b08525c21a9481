//! For how long the upstream server is waited for.

use std::{
    io,
    time::{Duration, Instant},
};

use wsgi_environ::{ClientWatch, Environ};

use crate::{
    connection::Connection,
    failure::Failure,
    upload::{Mark, Upload},
};

/// The time between two looks at whether the client is there.
const CHECK: Duration = Duration::from_millis(500);

/// The shortest wait; the system takes zero for none.
const SHORTEST: Duration = Duration::from_millis(1);

/// For how long the upstream server is waited for, and who else is looked after meanwhile.
pub(crate) struct Waiting {
    /// The deadline of the request.
    deadline: Option<Instant>,
    client: ClientWatch,
    /// Whether a part of the request's body could not be sent.
    is_cut: bool,
    /// The body of the request, if it is still sent.
    upload: Option<Upload>,
    mark: Mark,
    /// The time that the server has, and since when.
    limit: Duration,
    since: Instant,
    /// When the client and the body of the request were last looked after.
    checked: Instant,
    /// Whether the head of the response has come.
    has_head: bool,
}

impl Waiting {
    pub(crate) fn new(environ: &Environ, limit: Duration) -> Self {
        Self {
            deadline: environ.deadline(),
            client: ClientWatch::of(environ),
            is_cut: false,
            upload: None,
            mark: Mark::default(),
            limit,
            since: Instant::now(),
            checked: Instant::now(),
            has_head: false,
        }
    }

    /// Has the time for a part of the response's body begin.
    pub(crate) fn await_body(&mut self, limit: Duration) {
        self.has_head = true;
        self.limit = limit;
        self.since = Instant::now();
    }

    /// Looks after the body of the request from now on.
    pub(crate) fn attend(&mut self, upload: Upload) {
        self.upload = Some(upload);
    }

    /// Notes that the body of the request could not be sent.
    pub(crate) fn cut_body(&mut self) {
        self.is_cut = true;
    }

    /// Whether the whole body of the request was sent.
    pub(crate) fn has_sent_body(&self) -> bool {
        !self.is_cut && self.upload.as_ref().is_none_or(Upload::is_whole)
    }

    /// Reads a block, and returns its length, which is zero at the end of the connection.
    pub(crate) fn read(&mut self, connection: &mut Connection) -> Result<usize, Failure> {
        loop {
            // Sending a body to a client that has left fails by itself. One that has only ended its
            // side may take its time.
            if !self.has_head && self.checked.elapsed() >= CHECK {
                self.check()?;
            }
            let most = self.time_left()?.clamp(SHORTEST, CHECK);
            match connection.read_within(most) {
                Ok(Some(0)) => return self.check_upload().map(|()| 0),
                Ok(Some(read)) => {
                    if self.has_head {
                        self.client.gets_more();
                    }
                    return Ok(read);
                }
                Ok(None) => self.check()?,
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// The failure of a connection that broke, which the end of the request's body may have caused.
    pub(crate) fn broken(&self, error: io::Error) -> Failure {
        match self.check_upload() {
            Err(failure) => failure,
            Ok(()) => Failure::NoResponse(Some(error)),
        }
    }

    /// The time that the upstream server has left.
    pub(crate) fn time_left(&mut self) -> Result<Duration, Failure> {
        let mut left = self.limit.saturating_sub(self.since.elapsed());
        if left.is_zero() && self.renew() {
            left = self.limit;
        }
        if left.is_zero() {
            return Err(Failure::Timeout);
        }
        match self.deadline {
            None => Ok(left),
            Some(at) => match at.saturating_duration_since(Instant::now()) {
                Duration::ZERO => Err(Failure::DeadlinePassed),
                until => Ok(left.min(until)),
            },
        }
    }

    /// Has the time begin anew if the body of the request has gone on.
    fn renew(&mut self) -> bool {
        let upload = self.upload.as_ref();
        let has_gone_on = upload.is_some_and(|upload| upload.has_gone_on(&mut self.mark));
        if has_gone_on {
            self.since = Instant::now();
        }
        has_gone_on
    }

    /// Looks after the client and the body of the request.
    fn check(&mut self) -> Result<(), Failure> {
        self.checked = Instant::now();
        self.check_upload()?;
        self.renew();
        match self.client.has_left(self.checked) {
            true => Err(Failure::Disconnected),
            false => Ok(()),
        }
    }

    fn check_upload(&self) -> Result<(), Failure> {
        let error = self.upload.as_ref().and_then(Upload::take_error);
        error.map_or(Ok(()), |error| Err(Failure::Input(error)))
    }
}
