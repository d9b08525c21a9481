//! The builder's settings for spooled bodies.

use std::{io, path::PathBuf};

use super::Builder;
use crate::requests::unnamed_file;

impl Builder {
    /// Sets whether large bodies are *spooled*: the loop reads all of a body, into memory and then
    /// into a temporary file, before it calls the application. Small bodies, up to 64 KiB, are
    /// always read before.
    ///
    /// By default, large bodies are spooled if they arrive over FastCGI, SCGI or uwsgi. If they
    /// arrive over HTTP, the application reads them as they arrive, as long as fewer than half of
    /// the threads beyond those of the loops are in calls that take their time
    /// ([`max_threads`](Self::max_threads)). From then on, they are spooled too, so that clients
    /// who upload slowly cannot hold all threads. Switch spooling on for HTTP if a front server
    /// speaks HTTP to this one. Switch it off if the application must see every large body as it
    /// arrives.
    ///
    /// With spooling, a slow upload holds no thread, and an upload that is malformed or breaks off
    /// does not reach the application. The application may answer before it has read the body,
    /// even to a front server that stops sending once a response begins. `100 Continue` is sent at
    /// once. The price is that the application cannot see the progress of a body, or decline it
    /// early.
    pub fn spool_bodies(mut self, spool: bool) -> Self {
        self.options.spool_bodies = Some(spool);
        self
    }

    /// Limits the bytes of spooled bodies, in memory and in files, of all connections together; by
    /// default 1 GiB, or the limit of a body if that is larger. Further large bodies wait unread
    /// until there is room. If there is none within [`body_timeout`](Self::body_timeout), they are
    /// answered 503. A single body that is larger than this limit is answered 413. With 0, that is
    /// every body that would be spooled.
    ///
    /// A body takes room as it arrives, and returns it when the application drops it. A body of
    /// declared length reserves up to 1 MiB at its start, and after that always as much again as
    /// has arrived.
    pub fn spool_limit(mut self, bytes: u64) -> Self {
        self.options.spool_limit = Some(bytes);
        self
    }

    /// Sets the folder of the files that bodies are spooled to; by default
    /// [`temp_dir`](std::env::temp_dir), which is often in memory. The files have no name. They are
    /// gone when their requests end, even if the process is killed. If the disk has no space left,
    /// or a file may not be so large (`ulimit -f`), requests are answered 507, and the errors
    /// stream says so.
    ///
    /// # Errors
    ///
    /// No file can be created there.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream, thread};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Limits, Server};
    ///
    /// let app = application(|environ, start_response| {
    ///     let length = io::copy(environ.input(), &mut io::sink())?;
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(length.to_string().into())
    /// });
    /// // Behind a front server that stops sending once a response begins.
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .spool_bodies(true)
    ///     .spool_limit(10_000_000)
    ///     .spool_dir(std::env::temp_dir())?
    ///     .build(app)?;
    /// let (address, handle) = (server.local_addr().clone(), server.handle());
    /// let serving = thread::spawn(move || server.serve_forever());
    ///
    /// let mut client = TcpStream::connect(&address)?;
    /// client.write_all(b"POST / HTTP/1.0\r\nContent-Length: 200000\r\n\r\n")?;
    /// client.write_all(&[b'x'; 200_000])?;
    /// assert!(io::read_to_string(client)?.ends_with("\r\n\r\n200000"));
    /// handle.shutdown();
    /// serving.join().unwrap()?;
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn spool_dir(mut self, folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        if let Err(error) = unnamed_file::create(&folder) {
            let message = format!("no file can be created in {}: {error}", folder.display());
            return Err(io::Error::new(error.kind(), message));
        }
        self.options.spool_dir = folder;
        Ok(self)
    }
}
