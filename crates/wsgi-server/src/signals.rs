//! The end of a server by a signal.

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use signal_hook::{
    SigId,
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::{pipe, unregister},
};

use crate::{
    file_size_limit::survive_file_size_limit, handle::Handle,
    notify::service_manager::ServiceManager, server::Server,
};

/// Serving until a signal arrives.
impl Server {
    /// Serves until the process gets SIGINT (Ctrl-C) or SIGTERM, or until the [`Handle`] ends the
    /// server. A signal ends it gracefully, as [`Handle::shutdown`] does, after the
    /// [`drain_delay`](crate::Builder::drain_delay) if there is one. A second signal has its usual
    /// effect: it ends the process at once. The [`ServiceManager`] of the environment hears when
    /// the server is ready, when it ends, and that it is alive.
    ///
    /// One line on the server's errors stream says where it [serves](Server::places). When this
    /// method returns, signals have their usual effect again. If several servers serve in this way,
    /// a signal ends all of them.
    ///
    /// SIGXFSZ no longer ends the process, also after this method has returned: where a file may
    /// not be larger (`ulimit -f`), writing to it is an error, as it is on a full disk. So a log
    /// that has grown too long does not end the server. A program that writes files earlier
    /// should call [`survive_file_size_limit`](crate::survive_file_size_limit()) first.
    ///
    /// Needs the feature `signals`.
    ///
    /// ```no_run
    /// use wsgi_application::{Environ, Result, StartResponse, Status};
    ///
    /// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("Hello world!\n".into())
    /// }
    ///
    /// // Writes "serving on http://127.0.0.1:8000".
    /// wsgi_server::make_server("127.0.0.1", 8000, hello)?.serve_until_stopped()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Signals cannot be caught, those of [`serve_forever`](Server::serve_forever), or those of
    /// [`ServiceManager::from_env`].
    pub fn serve_until_stopped(&self) -> io::Result<()> {
        survive_file_size_limit()?;
        self.set_service_manager(ServiceManager::from_env()?);
        let _signals = Signals::catch(self.handle(), self.drain_delay())?;
        let places = self.places();
        self.errors().notice(format_args!("serving on {places}"));
        self.serve_forever()
    }
}

const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// The state of the signals, shared by all servers of the process.
static CAUGHT: Mutex<Caught> = Mutex::new(Caught {
    is_usual: None,
    servers: 0,
});

struct Caught {
    /// Whether a signal has its usual effect. It has before the first server serves, after the
    /// last, and once a signal has ended them. `None` until the handlers are registered.
    is_usual: Option<Arc<AtomicBool>>,
    /// The number of servers that a signal ends.
    servers: usize,
}

impl Caught {
    fn lock() -> MutexGuard<'static, Self> {
        CAUGHT.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a server.
    fn enter(&mut self) -> io::Result<()> {
        let is_usual = match &self.is_usual {
            Some(is_usual) => Arc::clone(is_usual),
            None => {
                let is_usual = Arc::new(AtomicBool::new(true));
                for signal in SIGNALS {
                    // They run in this order, so the first signal still finds the flag false.
                    flag::register_conditional_default(signal, Arc::clone(&is_usual))?;
                    flag::register(signal, Arc::clone(&is_usual))?;
                }
                Arc::clone(self.is_usual.insert(is_usual))
            }
        };
        if self.servers == 0 {
            is_usual.store(false, SeqCst);
        }
        self.servers += 1;
        Ok(())
    }

    /// Removes a server.
    fn leave(&mut self) {
        self.servers -= 1;
        if let (0, Some(is_usual)) = (self.servers, &self.is_usual) {
            is_usual.store(true, SeqCst);
        }
    }
}

/// The registration of a server with the signals, until this is dropped.
struct Signals(Vec<SigId>);

impl Signals {
    fn catch(handle: Handle, drain_delay: Duration) -> io::Result<Self> {
        let (mut signalled, wake) = UnixStream::pair()?;
        Caught::lock().enter()?;
        let mut signals = Self(Vec::new());
        for signal in SIGNALS {
            signals.0.push(pipe::register(signal, wake.try_clone()?)?);
        }
        // Without a signal, the wait ends when the other end of the pair is closed.
        let wait = move || {
            if signalled.read_exact(&mut [0]).is_ok() {
                handle.drain(drain_delay);
            }
        };
        let thread = thread::Builder::new().name("wsgi-signals".to_owned());
        thread.spawn(wait)?;
        Ok(signals)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for &id in &self.0 {
            unregister(id);
        }
        Caught::lock().leave();
    }
}
