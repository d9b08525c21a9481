//! The process that this one takes over from.

use std::{
    env,
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{fs::FileTypeExt, net::UnixStream},
    },
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering::AcqRel},
    },
    time::Duration,
};

use super::{
    ALIVE, READY, VARIABLE, VERSION, identity, passing, predecessor_request::PredecessorRequest,
    timely::Timely,
};
#[cfg(feature = "tls")]
use crate::tls::tickets::keys::TicketKeys;
use crate::{
    listeners::listener::Listener,
    loops::{mailbox::Mailbox, message::Message, probe::Probe, shared::Shared},
};

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
/// use wsgi_application::{Body, application};
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
/// let server = builder.build(application(|_environ, _start_response| Ok(Body::empty())))?;
/// assert_eq!(server.local_addrs().len(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A server with a [`ServiceManager`](crate::ServiceManager), such as that of
/// `Server::serve_until_stopped`, tells it that this process is the main process of the service
/// from then on (`MAINPID=`), before the predecessor hears that it can retire. systemd believes
/// that of any process of a unit with `NotifyAccess=all`.
#[derive(Clone, Debug)]
pub struct Predecessor(Arc<Channel>);

#[derive(Debug)]
struct Channel {
    socket: UnixStream,
    /// Those of the loops of the server here, to ask whether they turn. The server can end first.
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
    /// The keys of tickets that came with the sockets.
    #[cfg(feature = "tls")]
    keys: Mutex<Option<TicketKeys>>,
}

impl Predecessor {
    /// The predecessor of this process, if it has one. Only the first call finds it: standard input
    /// leads to it, and becomes empty. The variable `WSGI_PREDECESSOR` tells which standard input
    /// that is. Programs that this process starts inherit the variable, and have no predecessor.
    ///
    /// # Errors
    ///
    /// The predecessor has a version of this crate that passes sockets in another way.
    ///
    /// ```
    /// use wsgi_server::Predecessor;
    ///
    /// /// What a new process does that has no server of this crate.
    /// fn take_over(predecessor: &Predecessor) -> std::io::Result<()> {
    ///     let listeners = predecessor.receive_listeners()?;
    ///     let keys = predecessor.ticket_keys();
    ///     # let _ = (listeners, keys);
    ///     // It serves, and tells so.
    ///     predecessor.tell_ready()?;
    ///     predecessor.wait_for_retirement()
    /// }
    ///
    /// // This process was started by nobody who hands over sockets.
    /// assert!(Predecessor::from_env()?.is_none());
    /// # let _ = take_over;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_env() -> io::Result<Option<Self>> {
        let Some(value) = env::var_os(VARIABLE) else {
            return Ok(None);
        };
        let channel = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let end = channel.metadata()?;
        if !end.file_type().is_socket() {
            return Ok(None); // it is inherited
        }
        let value = value.to_string_lossy();
        match value.split_once(':') {
            Some((VERSION, passed)) if passed == identity(&end) => {}
            Some((VERSION, _)) => return Ok(None),
            _ => {
                let problem = format!(
                    "the predecessor of {VARIABLE} is of another version; start the program anew"
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
        }
        let channel = UnixStream::from(OwnedFd::from(channel));
        // Programs that this one starts must not keep the channel open.
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Some(Self(Arc::new(Channel {
            socket: channel,
            mailboxes: Mutex::default(),
            #[cfg(feature = "tls")]
            keys: Mutex::default(),
        }))))
    }

    /// Receives the listening sockets of the predecessor, with their names and protocols, and the
    /// networks that they [allow](Listener::allow). They can be received once.
    ///
    /// A socket that had [TLS](Listener::tls) or the [PROXY protocol](Listener::proxy_protocol)
    /// needs it here again: [`Builder::build`](crate::Builder::build) refuses it without.
    ///
    /// The files of Unix sockets stay with the predecessor.
    ///
    /// # Errors
    ///
    /// The predecessor has ended, sends something else, or has not sent them after 10 seconds.
    pub fn receive_listeners(&self) -> io::Result<Vec<Listener>> {
        let socket = &self.0.socket;
        let timely = Timely::new(socket, PATIENCE);
        let listeners = passing::receive(&timely)?;
        let keys = passing::receive_keys(&timely)?;
        socket.set_read_timeout(None)?;
        self.keep_keys(keys)?;
        Ok(listeners)
    }

    /// The keys of tickets of the predecessor, if it has passed any on
    /// ([`start_with_ticket_keys`](crate::Successor::start_with_ticket_keys)). They come with the
    /// [sockets](Self::receive_listeners). With them, clients resume the TLS sessions of the
    /// predecessor.
    ///
    /// Needs the feature `tls`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn ticket_keys(&self) -> Option<TicketKeys> {
        let keys = &self.0.keys;
        let keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    #[cfg(feature = "tls")]
    fn keep_keys(&self, bytes: Vec<u8>) -> io::Result<()> {
        let bytes = zeroize::Zeroizing::new(bytes);
        if !bytes.is_empty() {
            let passed = TicketKeys::from_passed(&bytes).ok_or_else(|| {
                let problem = "the message about the keys of tickets is malformed";
                io::Error::new(io::ErrorKind::InvalidData, problem)
            })?;
            let keys = &self.0.keys;
            *keys.lock().unwrap_or_else(PoisonError::into_inner) = Some(passed);
        }
        Ok(())
    }

    #[cfg(not(feature = "tls"))]
    fn keep_keys(&self, _bytes: Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    /// Tells the predecessor that this process serves. A server with
    /// [`Builder::predecessor`](crate::Builder::predecessor) does so by itself. A predecessor that
    /// [waits for it](crate::Successor::wait_for_news) can be told again, for example that files
    /// have been reloaded.
    ///
    /// # Errors
    ///
    /// The predecessor has ended.
    pub fn tell_ready(&self) -> io::Result<()> {
        (&self.0.socket).write_all(&[READY])
    }

    /// Waits until the predecessor asks this process to retire, because it has started a further
    /// successor. Meanwhile, if the predecessor [asks](crate::Successor::probe) whether this
    /// process is alive, the loops of its server answer.
    ///
    /// # Errors
    ///
    /// - [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the predecessor has ended.
    /// - [`InvalidData`](io::ErrorKind::InvalidData): it sent something else.
    pub fn wait_for_retirement(&self) -> io::Result<()> {
        while self.wait_for_request()? != PredecessorRequest::Retire {}
        Ok(())
    }

    /// Waits until the predecessor asks for anything, and returns the request. A
    /// [`Probe`](PredecessorRequest::Probe) is answered as
    /// [`wait_for_retirement`](Self::wait_for_retirement) does.
    ///
    /// Programs that wait for other things as well call it when the channel can be read from.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_server::{Predecessor, PredecessorRequest};
    ///
    /// /// Obeys when the channel can be read from. Returns whether the program goes on.
    /// fn obey(predecessor: &Predecessor) -> io::Result<bool> {
    ///     match predecessor.wait_for_request()? {
    ///         PredecessorRequest::Retire => Ok(false),
    ///         PredecessorRequest::Probe => Ok(true),
    ///     }
    /// }
    /// assert!(Predecessor::from_env()?.is_none(), "this program has none");
    /// # let _ = obey;
    /// # Ok::<(), io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the predecessor has ended.
    /// - [`InvalidData`](io::ErrorKind::InvalidData): it sent something else.
    pub fn wait_for_request(&self) -> io::Result<PredecessorRequest> {
        let mut byte = [0];
        (&self.0.socket).read_exact(&mut byte)?;
        let request = PredecessorRequest::from_byte(byte[0]).ok_or_else(|| {
            let problem = "the predecessor sent an unknown request";
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })?;
        if request == PredecessorRequest::Probe {
            self.answer();
        }
        Ok(request)
    }

    /// Lets this server answer whether it is alive.
    pub(crate) fn attach(&self, server: &Shared) {
        let mailboxes = server.loops.iter();
        let mailboxes = mailboxes.map(|event_loop| Arc::downgrade(&event_loop.mailbox));
        *self.mailboxes() = mailboxes.collect();
    }

    /// Answers once each loop has turned or ended.
    fn answer(&self) {
        let tell = |channel: &Channel| drop((&channel.socket).write_all(&[ALIVE]));
        let mailboxes = self.mailboxes().clone();
        if mailboxes.is_empty() {
            return tell(&self.0);
        }
        let silent = Arc::new(AtomicUsize::new(mailboxes.len()));
        for mailbox in mailboxes {
            let (channel, silent) = (self.0.clone(), silent.clone());
            let probe = Probe::new(move || {
                if silent.fetch_sub(1, AcqRel) == 1 {
                    tell(&channel);
                }
            });
            // If the loop has ended, this drops the question, and so answers it.
            if let Some(mailbox) = mailbox.upgrade() {
                drop(mailbox.send(Message::Probe(probe)));
            }
        }
    }

    fn mailboxes(&self) -> MutexGuard<'_, Vec<Weak<Mailbox>>> {
        let mailboxes = &self.0.mailboxes;
        mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The channel from the predecessor. It can be read from when the predecessor asks for something,
/// and when it has ended. Only wait for that, for example with `poll`: a byte that is read here is
/// missed by the methods.
impl AsFd for Predecessor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::PROBE, super::RETIRE, *};
    use crate::loops::shared::tests::shared;

    fn predecessor_at(socket: UnixStream) -> Predecessor {
        Predecessor(Arc::new(Channel {
            socket,
            mailboxes: Mutex::default(),
            #[cfg(feature = "tls")]
            keys: Mutex::default(),
        }))
    }

    #[test]
    fn a_request_is_returned_and_a_probe_is_answered() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let predecessor = predecessor_at(ours);
        theirs.write_all(&[PROBE, RETIRE, b'?']).unwrap();
        let request = || predecessor.wait_for_request().map_err(|error| error.kind());
        assert_eq!(request(), Ok(PredecessorRequest::Probe));
        let mut answer = [0];
        theirs.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [ALIVE]);
        assert_eq!(request(), Ok(PredecessorRequest::Retire));
        assert_eq!(request(), Err(io::ErrorKind::InvalidData));
        drop(theirs);
        assert_eq!(request(), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn a_server_answers_when_its_loops_turn_or_end_and_is_not_kept_alive() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let predecessor = predecessor_at(ours);
        let mut answers = || {
            let mut buffer = [0; 9];
            theirs.read(&mut buffer).unwrap_or(0)
        };
        predecessor.answer();
        assert_eq!(answers(), 1, "there is no server yet");
        let server = Arc::new(shared(2));
        predecessor.attach(&server);
        predecessor.answer();
        drop(server.loops[0].take_mail());
        assert_eq!(answers(), 0, "a loop has not turned");
        assert_eq!(
            (Arc::strong_count(&server), Arc::weak_count(&server)),
            (1, 0)
        );
        drop(server);
        assert_eq!(answers(), 1, "it has ended");
        predecessor.answer();
        assert_eq!(answers(), 1, "it ended before");
    }
}
