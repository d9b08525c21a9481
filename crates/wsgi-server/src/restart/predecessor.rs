//! The process that this one takes over from.

use std::{
    env,
    fs::File,
    io::{self, Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    sync::Arc,
    time::Duration,
};

use super::{READY, RETIRE, VARIABLE, VERSION, passing};
use crate::listeners::listener::Listener;

/// The time that the sockets may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The process that this one takes over from: the one that started it as a
/// [`Successor`](crate::Successor).
///
/// A program that can be restarted looks for it before it binds an address. Its server then tells
/// it when it serves, so that it can retire.
///
/// Needs the feature `restart`.
///
/// ```
/// use std::{thread, time::Duration};
/// use wsgi_server::{Predecessor, Server};
///
/// let mut builder = Server::builder();
/// if let Some(predecessor) = Predecessor::from_env()? {
///     for listener in predecessor.receive_listeners()? {
///         builder = builder.listener(listener);
///     }
///     builder = builder.predecessor(predecessor);
/// } else {
///     builder = builder.bind("127.0.0.1:0")?;
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Predecessor(Arc<UnixStream>);

impl Predecessor {
    /// The predecessor of this process, if it has one. Only the first call finds it: standard input
    /// leads to it, and becomes empty.
    ///
    /// # Errors
    ///
    /// The variable `WSGI_PREDECESSOR` is set, but standard input leads to no other process, or the
    /// other process has a version of this crate that passes sockets in another way.
    pub fn from_env() -> io::Result<Option<Self>> {
        match env::var_os(VARIABLE) {
            None => return Ok(None),
            Some(version) if version == VERSION => {}
            Some(_) => {
                let problem = format!(
                    "the predecessor of {VARIABLE} is of another version; start the program anew"
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
        }
        let channel = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let Ok(_) = channel.peer_addr() else {
            let problem = format!(
                "{VARIABLE} is set, but standard input is not the socket of a predecessor; unset it"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        // Programs that this one starts must not keep the channel open.
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Some(Self(Arc::new(channel))))
    }

    /// Receives the listening sockets of the predecessor, with their names and protocols. They can
    /// be received once.
    ///
    /// The files of Unix sockets stay with the predecessor.
    ///
    /// # Errors
    ///
    /// The predecessor has ended, or sends something else.
    pub fn receive_listeners(&self) -> io::Result<Vec<Listener>> {
        self.0.set_read_timeout(Some(PATIENCE))?;
        let listeners = passing::receive(&self.0)?;
        self.0.set_read_timeout(None)?;
        Ok(listeners)
    }

    /// Tells the predecessor that this process serves. A server with
    /// [`Builder::predecessor`](crate::Builder::predecessor) does so by itself.
    ///
    /// # Errors
    ///
    /// The predecessor has ended.
    pub fn tell_ready(&self) -> io::Result<()> {
        (&*self.0).write_all(&[READY])
    }

    /// Waits until the predecessor asks this process to retire, because it has started a further
    /// successor.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the predecessor has ended.
    pub fn wait_for_retirement(&self) -> io::Result<()> {
        let mut byte = [0];
        while byte != [RETIRE] {
            (&*self.0).read_exact(&mut byte)?;
        }
        Ok(())
    }
}
