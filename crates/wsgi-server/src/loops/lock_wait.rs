//! The waits of calls for the lock that they share.

use std::{
    cell::Cell,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::instant::Instant;

/// A wait for the lock that calls share, which begins and ends with this value.
///
/// Where calls share a lock ([`Builder::calls_share_lock`](crate::Builder::calls_share_lock)), an
/// application tells its server of such waits: it makes this value before it takes the lock, and
/// drops it once it has the lock. So the server can tell these waits from others, for a database
/// or the like. While a call waits for the lock, it is of no use that another thread runs the loop:
/// the next call would only wait for the lock, too. The thread keeps its loop then, for at most 10
/// milliseconds beside those for which the call may compute, unless many of the last calls have
/// waited for something else.
///
/// Waits are not nested: the wait of a thread ends with the first of its values that is dropped. A
/// wait that the server is not told of counts as one for something else. Outside of a call of a
/// server this value means nothing.
///
/// ```
/// use std::{io::{Read, Write}, net::TcpStream, sync::Mutex, thread};
///
/// use wsgi_application::{Status, application};
/// use wsgi_server::{LockWait, Server};
///
/// static COUNT: Mutex<u64> = Mutex::new(0);
///
/// let app = application(|_environ, start_response| {
///     let wait = LockWait::begin();
///     let mut count = COUNT.lock().unwrap();
///     drop(wait);
///     *count += 1;
///     start_response.start(Status::OK, ())?;
///     Ok(format!("Visitor {count}\n").into())
/// });
/// let builder = Server::builder().bind("127.0.0.1:0")?.threads(1);
/// let server = builder.calls_share_lock(true).build(app)?;
/// let mut client = TcpStream::connect(server.local_addr())?;
/// let handle = server.handle();
/// let serving = thread::spawn(move || server.serve_forever());
/// client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
/// let mut response = String::new();
/// client.read_to_string(&mut response)?;
/// assert!(response.ends_with("Visitor 1\n"));
/// handle.shutdown();
/// serving.join().unwrap()?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[must_use = "the wait ends with it"]
pub struct LockWait {
    /// It is about its thread, and stays there.
    of_thread: PhantomData<*const ()>,
}

impl LockWait {
    /// Begins a wait of this thread.
    #[inline]
    pub fn begin() -> Self {
        // The variables of a thread that ends may be gone. Then it is in no call.
        let _ = OWN.try_with(LockWaits::begin);
        Self {
            of_thread: PhantomData,
        }
    }
}

/// Ends the wait.
impl Drop for LockWait {
    #[inline]
    fn drop(&mut self) {
        let _ = OWN.try_with(LockWaits::end);
    }
}

thread_local! {
    static OWN: LockWaits = LockWaits::new();
}

/// The waits of a thread for the lock.
struct LockWaits {
    /// Whether it waits now. The monitor reads it, to which it is a hint: if it is seen late, the
    /// monitor acts a look later.
    waits: Arc<AtomicBool>,
    /// Whether its waits are measured.
    measured: Cell<bool>,
    /// When the present one began, and the length of those that have ended, if they are measured.
    began: Cell<Option<Instant>>,
    total: Cell<Duration>,
}

impl LockWaits {
    fn new() -> Self {
        Self {
            waits: Arc::default(),
            measured: Cell::new(false),
            began: Cell::new(None),
            total: Cell::new(Duration::ZERO),
        }
    }

    #[inline]
    fn begin(&self) {
        self.waits.store(true, Relaxed);
        if self.measured.get() {
            self.began.set(Some(Instant::now()));
        }
    }

    #[inline]
    fn end(&self) {
        self.waits.store(false, Relaxed);
        if self.measured.get() {
            self.end_measured();
        }
    }

    #[inline(never)]
    fn end_measured(&self) {
        if let Some(began) = self.began.take() {
            self.total.set(self.total.get() + began.elapsed());
        }
    }
}

/// Whether a thread waits for the lock.
pub(crate) type Waits = Arc<AtomicBool>;

/// Whether this thread waits for the lock, for others to see.
pub(crate) fn of_this_thread() -> Waits {
    let waits = OWN.try_with(|own| own.waits.clone());
    waits.unwrap_or_default()
}

/// Measures the waits of this thread from here on.
pub(crate) fn measure() {
    let _ = OWN.try_with(|own| {
        own.measured.set(true);
        own.began.set(None);
        own.total.set(Duration::ZERO);
    });
}

/// The time for which this thread has waited for the lock since [`measure`]. Measures no further
/// wait.
pub(crate) fn measured() -> Duration {
    let total = OWN.try_with(|own| {
        own.measured.set(false);
        own.total.take()
    });
    total.unwrap_or_default()
}
