//! The session server: sessions for many processes, over a Unix socket.

mod answers;
mod clients;
mod listener;

use std::io::{self, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::answers::Answers;
use self::clients::Clients;
use self::listener::Listener;
use crate::{FileStore, Store, wire};

/// How many entries a sweep looks at: few, so that clients hardly notice.
const SWEPT_AT_ONCE: usize = 1000;

/// How long a client of WSGI Utils finds what it set.
const LEGACY_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);

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

/// How a [`SessionServer`] serves.
#[derive(Debug)]
pub struct SessionServerBuilder {
    store: FileStore,
    legacy: Option<Duration>,
    most_clients: usize,
    sweep_interval: Duration,
    client_timeout: Duration,
    drain: Duration,
    mode: u32,
}

/// Stops a [`SessionServer`] from another thread.
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<UnixStream>);

impl SessionServer {
    /// A server of what `store` keeps.
    pub fn builder(store: FileStore) -> SessionServerBuilder {
        SessionServerBuilder {
            store,
            legacy: Some(LEGACY_LIFETIME),
            most_clients: 1024,
            sweep_interval: Duration::from_secs(1),
            client_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            mode: 0o600,
        }
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
    /// Whether clients of WSGI Utils are served, with its verbs `GET` and `SET` on a table of
    /// their own. By default they are; without, these verbs are answered by an error.
    #[must_use]
    pub fn legacy(mut self, is_served: bool) -> Self {
        self.legacy = is_served.then(|| self.legacy.unwrap_or(LEGACY_LIFETIME));
        self
    }

    /// How long what a client of WSGI Utils sets is kept, since it was last set: 14 days unless
    /// told. Implies [`legacy(true)`](Self::legacy).
    #[must_use]
    pub fn legacy_lifetime(mut self, lifetime: Duration) -> Self {
        self.legacy = Some(lifetime);
        self
    }

    /// The most clients at a time, 1024 unless told. Each has a thread; one more hears an error
    /// and is let go.
    #[must_use]
    pub fn most_clients(mut self, most: usize) -> Self {
        self.most_clients = most;
        self
    }

    /// The time between sweeps, a second unless told. Each looks at 1000 sessions.
    #[must_use]
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.sweep_interval = interval;
        self
    }

    /// How long a client may take over sending a message or taking an answer, 30 seconds unless
    /// told; then it is let go. Between messages it may wait as long as it likes.
    #[must_use]
    pub fn client_timeout(mut self, timeout: Duration) -> Self {
        self.client_timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// How long clients are given to take their last answers when the server stops, 10 seconds
    /// unless told; then they are cut off.
    #[must_use]
    pub fn drain(mut self, most: Duration) -> Self {
        self.drain = most;
        self
    }

    /// The permissions of the socket, `0o600` unless told: its owner alone.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Listens at `path`.
    ///
    /// A socket that a former server left there is replaced. The file `path` with `.lock` behind
    /// it stays locked while the server runs, and is left behind.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AddrInUse`] where another server listens there;
    /// [`io::ErrorKind::AlreadyExists`] where something stands there that is no socket; what
    /// the system says where it cannot listen.
    pub fn bind(self, path: impl AsRef<Path>) -> io::Result<SessionServer> {
        let listener = Listener::bind(path.as_ref(), self.mode)?;
        let (wakes, waker) = UnixStream::pair()?;
        Ok(SessionServer {
            settings: self,
            listener,
            wakes,
            waker,
        })
    }

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
