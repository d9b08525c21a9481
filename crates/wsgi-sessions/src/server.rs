//! The session server: sessions for many processes, over a Unix socket.

mod answer;
mod answers;
pub(crate) mod builder;
mod census;
mod clients;
mod fields;
mod former;
mod listener;
mod settings;
mod sweeper;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Read, Write as _},
    os::unix::net::UnixStream,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::{answers::Answers, clients::Clients, listener::Listener, settings::Settings};
use crate::{stores::wait::PIECE, wire};

/// Pause of accepting when the system has no file descriptor or thread left.
const REST: Duration = Duration::from_millis(50);

/// Server of the sessions in a [`FileStore`](crate::FileStore) over a Unix socket, like the daemon
/// of WSGI Utils.
///
/// Its clients are [`SocketStore`](crate::SocketStore) and other programs that speak the [`wire`].
/// It serves many at once, each with its own thread. Their writes are durable before they are
/// answered, and share commits.
///
/// ```
/// # use std::thread;
/// # use wsgi_sessions::{FileStore, SessionServer};
/// # let dir = tempfile::tempdir()?;
/// let store = FileStore::open(dir.path().join("sessions.redb"))?;
/// let server = SessionServer::builder(store).legacy(false).bind(dir.path().join("socket"))?;
/// let stop = server.stop_handle()?;
/// let running = thread::spawn(|| server.run());
///
/// stop.stop();
/// assert!(running.join().expect("the server does not panic").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SessionServer {
    settings: Settings,
    listener: Listener,
    wakes: UnixStream,
    waker: UnixStream,
}

/// Stops a [`SessionServer`] from another thread.
///
/// ```
/// use std::thread;
/// use wsgi_sessions::{FileStore, SessionServer};
///
/// # let dir = tempfile::tempdir()?;
/// let store = FileStore::open(dir.path().join("sessions.redb"))?;
/// let server = SessionServer::builder(store).bind(dir.path().join("socket"))?;
/// let stop = server.stop_handle()?;
/// let signal = thread::spawn(move || stop.stop());
/// assert!(server.run().is_ok());
/// # signal.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<UnixStream>);

impl SessionServer {
    /// Returns a handle that stops the server, even before it runs.
    ///
    /// # Errors
    ///
    /// Fails if the process has no file descriptor left.
    pub fn stop_handle(&self) -> io::Result<StopHandle> {
        self.waker
            .try_clone()
            .map(|waker| StopHandle(Arc::new(waker)))
    }

    /// Serves until a [`StopHandle`] stops it. It then accepts no more clients, answers the
    /// requests that have arrived, closes the store, and returns.
    ///
    /// # Errors
    ///
    /// Fails if the system cannot wait for clients any more, or has no thread for sweeping. Fails
    /// with [`SyncFailed`](crate::SyncFailed) if the store serves nothing until the process
    /// restarts.
    pub fn run(self) -> io::Result<()> {
        let answers = Answers::new(&self.settings.store, self.settings.legacy);
        let clients = Clients::new(self.settings.max_clients);
        thread::scope(|scope| {
            let serve = |stream: UnixStream| {
                let stream = Arc::new(stream);
                let Some(client) = clients.enter(&stream) else {
                    return refuse(&stream, "the session server has too many clients");
                };
                let (server, answers) = (&self, &answers);
                let thread = thread::Builder::new().name("session client".to_owned());
                let serving = move || {
                    let _client = client;
                    // A client that disconnects early harms nobody else.
                    let _ = server.serve(&stream, answers);
                };
                if thread.spawn_scoped(scope, serving).is_err() {
                    thread::sleep(REST);
                }
            };
            let (sweeps, stopped) = mpsc::channel();
            let thread = thread::Builder::new().name("session sweeper".to_owned());
            let server = &self;
            let sweeping = move || {
                let settings = &server.settings;
                let swept = sweeper::sweep(&settings.store, settings.sweep_interval, &stopped);
                server.wake();
                swept
            };
            let sweeper = thread.spawn_scoped(scope, sweeping)?;
            let result = self.accept(serve);
            self.wake();
            drop(sweeps);
            // From here on no client finds the socket. Those that already have are served.
            self.listener.close(serve);
            clients.drain(self.settings.shutdown_timeout);
            let swept = sweeper.join().unwrap_or(Ok(()));
            result.and(swept.map_err(io::Error::other))
        })
    }

    /// Hands clients to `serve` until the server must stop.
    fn accept(&self, serve: impl Fn(UnixStream)) -> io::Result<()> {
        loop {
            let mut ready = [
                PollFd::new(&self.wakes, PollFlags::IN),
                PollFd::new(&self.listener, PollFlags::IN),
            ];
            match poll(&mut ready, None) {
                Err(rustix::io::Errno::INTR) => continue,
                result => result?,
            };
            let [is_stopped, has_client] = ready.map(|ready| !ready.revents().is_empty());
            if is_stopped {
                return Ok(());
            }
            if has_client {
                match self.listener.accept() {
                    Ok(Some(stream)) => serve(stream),
                    Ok(None) => {}
                    Err(_) => thread::sleep(REST),
                }
            }
        }
    }

    /// Answers a client until it disconnects, or until the server stops and no request has arrived.
    fn serve(&self, mut stream: &UnixStream, answers: &Answers<'_>) -> io::Result<()> {
        stream.set_write_timeout(Some(self.settings.client_timeout))?;
        let mut inbox = wire::Inbox::new(answers::MAX_MESSAGE);
        let mut out = Vec::new();
        let mut bytes = vec![0; 16 * 1024];
        let mut late = None;
        loop {
            match inbox.next() {
                Ok(Some(message)) => {
                    late = None;
                    let is_last = answers.answer(&message, &mut out);
                    self.send(stream, &out)?;
                    out.clear();
                    out.shrink_to(bytes.len());
                    if is_last {
                        return Ok(());
                    }
                }
                Ok(None) => {
                    let wait = self.settings.patience(&mut late, inbox.is_empty())?;
                    let count = match self.wait(stream, wait)? {
                        Waited::Interrupted => continue,
                        Waited::Stopped => return Ok(()),
                        Waited::Arrived => stream.read(&mut bytes)?,
                    };
                    if count == 0 {
                        return Ok(());
                    }
                    inbox.receive(&bytes[..count]);
                }
                Err(malformed) => {
                    wire::write(&mut out, &[b"ERROR", malformed.to_string().as_bytes()]);
                    return self.send(stream, &out);
                }
            }
        }
    }

    /// Sends an answer, unless the client takes too long to read it.
    fn send(&self, mut stream: &UnixStream, answer: &[u8]) -> io::Result<()> {
        let late = Instant::now() + self.settings.client_timeout;
        for piece in answer.chunks(PIECE) {
            if Instant::now() >= late {
                return Err(io::ErrorKind::TimedOut.into());
            }
            stream.write_all(piece)?;
        }
        Ok(())
    }

    /// Waits for input from a client. Input that has arrived counts even when the server stops.
    fn wait(&self, stream: &UnixStream, timeout: Option<Duration>) -> io::Result<Waited> {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let mut ready = [
            PollFd::new(stream, PollFlags::IN),
            PollFd::new(&self.wakes, PollFlags::IN),
        ];
        match poll(&mut ready, timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => return Ok(Waited::Interrupted),
            result => result?,
        };
        let [has_arrived, is_stopped] = ready.map(|ready| !ready.revents().is_empty());
        Ok(match (has_arrived, is_stopped) {
            (true, _) => Waited::Arrived,
            (false, true) => Waited::Stopped,
            (false, false) => Waited::Interrupted,
        })
    }

    /// Wakes all waiting threads when the server stops. Nobody reads the byte, so it wakes them
    /// all.
    fn wake(&self) {
        // If the socket is full, they are already awake.
        let _ = (&self.waker).write(&[0]);
    }
}

/// Reason why a wait ended.
enum Waited {
    Arrived,
    Stopped,
    Interrupted,
}

impl StopHandle {
    /// Stops the server. Has no effect on a server that has stopped.
    pub fn stop(&self) {
        // The other end waits for any byte, or is gone. If the socket is full, it is already awake.
        let _ = (&*self.0).write(&[0]);
    }
}

/// Tells a client why it is not served, if it reads that at once.
fn refuse(mut stream: &UnixStream, why: &str) {
    let mut out = Vec::new();
    wire::write(&mut out, &[b"ERROR", why.as_bytes()]);
    let _ = stream.set_nonblocking(true);
    let _ = stream.write(&out);
}
