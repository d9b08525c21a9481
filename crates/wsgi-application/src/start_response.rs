//! The start of a response: its status and header fields.

use std::fmt;

use wsgi_environ::{HOP_BY_HOP, is_hop_by_hop};
use wsgi_headers::IntoFields;

use crate::{
    error::Error,
    exchange::Exchange,
    head::Head,
    result::Result,
    start_error::StartError,
    status::Status,
    writer::{Outlet, Writer},
};

/// PEP 3333's `start_response`, which takes the status and the header fields, once (PEP 3333, The
/// `start_response()` Callable).
///
/// ```
/// use wsgi_application::{Exchange, StartResponse, Status};
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
///
/// start_response.start(Status::NOT_FOUND, [("Content-Type", "text/plain")])?;
/// assert!(start_response.start(Status::OK, ()).is_err(), "once");
/// assert_eq!(exchange.head.status, Status::NOT_FOUND);
/// assert_eq!(exchange.head.headers.get("content-type").unwrap(), "text/plain");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub struct StartResponse<'a> {
    pub(crate) exchange: &'a mut Exchange,
    pub(crate) outlet: &'a mut (dyn Outlet + 'a),
}

impl<'a> StartResponse<'a> {
    /// For gateways: a response that goes to `exchange`, which must be empty. Written bytes are
    /// gathered there before they go to `outlet`.
    ///
    /// ```
    /// use wsgi_application::{Environ, Exchange, Result, StartResponse, Status};
    ///
    /// fn hello(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// }
    ///
    /// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    /// let body = hello(
    ///     &mut Environ::new(),
    ///     &mut StartResponse::new(&mut exchange, &mut sent),
    /// )?;
    /// assert_eq!(exchange.head.status, Status::OK);
    /// assert_eq!(body.len(), Some(13));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn new(exchange: &'a mut Exchange, outlet: &'a mut (dyn Outlet + 'a)) -> Self {
        StartResponse { exchange, outlet }
    }

    /// Starts the response. `headers` are pairs of name and value in an array, a slice or a vector,
    /// or a [`Headers`](crate::Headers), or `()` for none.
    ///
    /// # Errors
    ///
    /// A [`StartError`], after which nothing has changed:
    ///
    /// - the response was started before,
    /// - a name or value is not valid (RFC 9110 section 5), or
    /// - a field belongs to the connection (RFC 9110 section 7.6.1).
    ///
    /// A wrong `Content-Length` is an error when the head is sent.
    pub fn start(&mut self, status: Status, headers: impl IntoFields) -> Result<Writer<'_>> {
        if self.exchange.head.is_started() {
            return Err(self.refuse(StartError::AlreadyStarted));
        }
        self.begin(status, headers)
    }

    /// Replaces a started response because of `error`: PEP 3333's `exc_info`. Written bytes that
    /// are not sent yet are dropped. If no response was started, it starts one.
    ///
    /// The error stays with the application, and is not logged.
    ///
    /// # Errors
    ///
    /// - `error` itself if the head is settled and the response can no longer be replaced,
    /// - a [`StartError`] as for [`start`](Self::start), after which no response is started.
    ///
    /// ```
    /// use std::io::Write;
    /// use wsgi_application::{Exchange, StartResponse, Status};
    ///
    /// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    /// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    ///
    /// write!(start_response.start(Status::OK, ())?, "half a report")?;
    /// let error = "out of ink".into();
    /// let mut body = start_response.restart(error, Status::SERVICE_UNAVAILABLE, ())?;
    /// write!(body, "later")?;
    /// body.flush()?;
    /// let error = start_response.restart("out of paper".into(), Status::OK, ()).err().unwrap();
    /// assert_eq!(error.to_string(), "out of paper");
    ///
    /// assert_eq!(exchange.head.status, Status::SERVICE_UNAVAILABLE);
    /// assert_eq!(sent, b"later");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn restart(
        &mut self,
        error: Error,
        status: Status,
        headers: impl IntoFields,
    ) -> Result<Writer<'_>> {
        if self.exchange.head.is_committed() {
            return Err(error);
        }
        self.begin(status, headers)
    }

    /// The body's writer, as [`start`](Self::start) returns it; `None` before the response is
    /// started.
    ///
    /// ```
    /// use std::io::Write;
    /// use wsgi_application::{Exchange, Result, StartResponse, Status};
    ///
    /// /// Writes a line, in whatever response there is.
    /// fn sign(start_response: &mut StartResponse<'_>) -> Result<()> {
    ///     if let Some(mut writer) = start_response.writer() {
    ///         writeln!(writer, "Yours, Ada")?;
    ///         writer.flush()?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    /// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    /// assert!(start_response.writer().is_none());
    /// start_response.start(Status::OK, ())?;
    /// sign(&mut start_response)?;
    /// assert_eq!(sent, b"Yours, Ada\n");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn writer(&mut self) -> Option<Writer<'_>> {
        if !self.exchange.head.is_started() {
            return None;
        }
        Some(Writer {
            exchange: self.exchange,
            outlet: self.outlet,
        })
    }

    /// The head, from the start of the response until it is settled; `None` before and after.
    ///
    /// Middleware uses a [`Filter`](crate::Filter) instead, which also sees the head of a response
    /// whose body is written.
    pub fn head(&mut self) -> Option<&mut Head> {
        let head = &mut self.exchange.head;
        (head.is_started() && !head.is_committed()).then_some(head)
    }

    /// The exchange and the outlet that [`new`](Self::new) was given, for code between a gateway
    /// and an application that watches the response, such as a validator. It makes another
    /// `StartResponse` from the exchange and an [`Outlet`] around this one.
    ///
    /// Middleware uses a [`Filter`](crate::Filter) instead, which does not need bytes and files in
    /// pieces.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_application::{
    ///     Application, Environ, Exchange, Head, Outlet, Result, StartResponse, Status,
    ///     application,
    /// };
    ///
    /// /// Counts the bytes that an application writes.
    /// struct Counted<'a>(usize, &'a mut dyn Outlet);
    ///
    /// impl Outlet for Counted<'_> {
    ///     fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
    ///         self.0 += chunk.len();
    ///         self.1.write(head, chunk)
    ///     }
    ///     fn flush(&mut self, head: &mut Head) -> io::Result<()> {
    ///         self.1.flush(head)
    ///     }
    /// }
    ///
    /// let app = application(|_environ, start_response| {
    ///     let mut body = start_response.start(Status::OK, ())?;
    ///     io::Write::write_all(&mut body, b"Hello ")?;
    ///     io::Write::flush(&mut body)?;
    ///     Ok("world!".into())
    /// });
    /// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    /// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    ///
    /// let (exchange, outlet) = start_response.parts();
    /// let mut counted = Counted(0, outlet);
    /// app.call(&mut Environ::new(), &mut StartResponse::new(exchange, &mut counted))?;
    /// assert_eq!(counted.0, 6);
    /// assert_eq!(sent, b"Hello ");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn parts(&mut self) -> (&mut Exchange, &mut (dyn Outlet + 'a)) {
        (self.exchange, self.outlet)
    }

    /// Starts the response. Drops the bytes of an earlier one, since a filter that fails clears
    /// only the head.
    fn begin(&mut self, status: Status, headers: impl IntoFields) -> Result<Writer<'_>> {
        let Exchange { head, gathered } = &mut *self.exchange;
        gathered.clear();
        head.headers.clear();
        head.status = status;
        if let Err(error) = self.replace(headers) {
            self.exchange.head.clear();
            return Err(self.refuse(error));
        }
        self.exchange.head.mark_started();
        Ok(Writer {
            exchange: self.exchange,
            outlet: self.outlet,
        })
    }

    #[cold]
    fn refuse(&mut self, error: StartError) -> Error {
        self.outlet.refused(&error);
        error.into()
    }

    fn replace(&mut self, headers: impl IntoFields) -> Result<(), StartError> {
        headers
            .append_to(&mut self.exchange.head.headers)
            .map_err(StartError::Header)?;
        let headers = &self.exchange.head.headers;
        if !headers.may_have(HOP_BY_HOP) {
            return Ok(());
        }
        match headers.find_name(|name| is_hop_by_hop(name)) {
            Some(name) => Err(StartError::HopByHop(name.to_owned())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for StartResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartResponse")
            .field("head", &self.exchange.head)
            .finish_non_exhaustive()
    }
}
