//! The session server: sessions for many processes, over a Unix socket.

mod answers;
mod builder;
mod clients;
mod listener;

use std::io::{self, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::answers::Answers;
pub use self::builder::SessionServerBuilder;
use self::clients::Clients;
use self::listener::Listener;
use crate::{FileStore, Store, wire};

/// How many entries a sweep looks at: few, so that clients hardly notice.
const SWEPT_AT_ONCE: usize = 1000;

/// How long accepting rests where the system has no descriptor or thread to give.
const REST: Duration = Duration::from_millis(50);

/// Serves the sessions of a [`FileStore`] over a Unix socket, as the daemon of WSGI Utils did.
///
/// Its clients are [`SocketStore`](crate::SocketStore), and whatever speaks the [`wire`]. Many are
/// served at once, each by a thread; what they write is durable before they are answered, and
/// shares commits.
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
/// running.join().expect("the server does not panic")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SessionServer {
    settings: SessionServerBuilder,
    listener: Listener,
    wakes: UnixStream,
    waker: UnixStream,
}

/// Stops a [`SessionServer`] from another thread.
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<UnixStream>);

impl SessionServer {
    /// A server of what `store` keeps.
    pub fn builder(store: FileStore) -> SessionServerBuilder {
        SessionServerBuilder::new(store)
    }

    /// What stops the server, also before it runs.
    ///
    /// # Errors
    ///
    /// Fails where the process has no file descriptor left.
    pub fn stop_handle(&self) -> io::Result<StopHandle> {
        self.waker
            .try_clone()
            .map(|waker| StopHandle(Arc::new(waker)))
    }

    /// Serves until a [`StopHandle`] ends it: then it takes no more clients, answers what has
    /// arrived from those it has, closes the store, and returns.
    ///
    /// # Errors
    ///
    /// Fails where the system cannot wait for clients any more.
    pub fn run(self) -> io::Result<()> {
        let answers = Answers::new(&self.settings.store, self.settings.legacy);
        let clients = Clients::new(self.settings.most_clients);
        thread::scope(|scope| {
            let serve = |stream: UnixStream| {
                let Some(client) = clients.enter(&stream) else {
                    return refuse(stream, "the session server has too many clients");
                };
                let (settings, answers) = (&self.settings, &answers);
                let thread = thread::Builder::new().name("session client".to_owned());
                let serving = move || {
                    let _client = client;
                    // A client that leaves in the middle harms nobody else.
                    let _ = settings.serve(stream, answers);
                };
                if thread.spawn_scoped(scope, serving).is_err() {
                    thread::sleep(REST);
                }
            };
            let result = self.accept(serve);
            // No client finds the socket from here on; those that have will be served.
            self.listener.close(serve);
            clients.drain(self.settings.drain);
            result
        })
    }

    /// Hands clients to `serve` until it is to stop, and sweeps in between.
    fn accept(&self, serve: impl Fn(UnixStream)) -> io::Result<()> {
        let mut sweep_at = Instant::now() + self.settings.sweep_interval;
        loop {
            let wait = sweep_at.saturating_duration_since(Instant::now());
            let wait = Timespec::try_from(wait).ok();
            let mut ready = [
                PollFd::new(&self.wakes, PollFlags::IN),
                PollFd::new(&self.listener, PollFlags::IN),
            ];
            match poll(&mut ready, wait.as_ref()) {
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
            if sweep_at <= Instant::now() {
                self.settings.sweep();
                sweep_at = Instant::now() + self.settings.sweep_interval;
            }
        }
    }
}

impl SessionServerBuilder {
    /// Answers a client until it leaves.
    fn serve(&self, mut stream: UnixStream, answers: &Answers<'_>) -> io::Result<()> {
        stream.set_write_timeout(Some(self.client_timeout))?;
        let mut inbox = wire::Inbox::new(answers::MOST);
        let mut out = Vec::new();
        let mut bytes = vec![0; 16 * 1024];
        let (mut late, mut is_bounded) = (None, false);
        loop {
            match inbox.next() {
                Ok(Some(message)) => {
                    late = None;
                    let is_last = answers.answer(&message, &mut out);
                    stream.write_all(&out)?;
                    out.clear();
                    out.shrink_to(bytes.len());
                    if is_last {
                        return Ok(());
                    }
                }
                Ok(None) => {
                    let wait = self.patience(&mut late, inbox.is_empty())?;
                    if wait.is_some() || is_bounded {
                        stream.set_read_timeout(wait)?;
                        is_bounded = wait.is_some();
                    }
                    let count = match stream.read(&mut bytes) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        count => count?,
                    };
                    if count == 0 {
                        return Ok(());
                    }
                    inbox.receive(&bytes[..count]);
                }
                Err(malformed) => {
                    wire::write(&mut out, &[b"ERROR", malformed.to_string().as_bytes()]);
                    return stream.write_all(&out);
                }
            }
        }
    }

    /// How long to wait for a client: without bound between messages, within one until `late`.
    fn patience(&self, late: &mut Option<Instant>, between: bool) -> io::Result<Option<Duration>> {
        if between {
            return Ok(None);
        }
        let late = *late.get_or_insert_with(|| Instant::now() + self.client_timeout);
        let left = late.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(Some(left))
    }

    /// Removes some of what is over. Where that fails, the next sweep comes to it.
    fn sweep(&self) {
        let now = SystemTime::now();
        let _ = self.store.sweep(now, SWEPT_AT_ONCE);
        let _ = self.store.legacy_sweep(now, SWEPT_AT_ONCE);
    }
}

impl StopHandle {
    /// Stops the server. A server that has stopped is not touched.
    pub fn stop(&self) {
        // The other end waits for any byte, or is gone; a full socket has woken it already.
        let _ = self.0.set_nonblocking(true);
        let _ = (&*self.0).write(&[0]);
    }
}

/// Tells a client why it is not served, if it takes that at once.
fn refuse(mut stream: UnixStream, why: &str) {
    let mut out = Vec::new();
    wire::write(&mut out, &[b"ERROR", why.as_bytes()]);
    let _ = stream.set_nonblocking(true);
    let _ = stream.write(&out);
}
