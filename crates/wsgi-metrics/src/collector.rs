//! Collecting the pages of several processes.

use std::{
    fmt,
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    identity::Identity, kind::Kind, page::Page, page_sum::PageSum, source::Source, teller::ASK,
};

/// The pause between two looks at the processes. What one counts after the last look is lost if it
/// is killed.
const PAUSE: Duration = Duration::from_secs(1);

/// The time that all processes together have to answer. Of one that is late, the numbers of the
/// look before count.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time that each process has to finish what it tells, even if others have taken all of theirs.
const LEAST: Duration = Duration::from_millis(100);

/// The families that a collector adds itself.
const PROCESSES: &str = "wsgi_processes";
const LEFT_OUT: &str = "wsgi_processes_left_out";

/// The largest page of a process. One with more is none of ours.
const LARGEST: usize = 16 << 20;

/// The numbers of several processes, which tell them to this one ([`Teller`](crate::Teller)).
///
/// It is the source of a page with their sums, with the number of processes (`wsgi_processes`), and
/// with the number of those that are left out, since their families have other kinds than those of
/// the others (`wsgi_processes_left_out`). A family that the page has already with another kind is
/// left out, too. The processes are asked when somebody reads the page, and once a second in
/// between, by a thread. One that ends tells its numbers once more by itself, and what it has
/// counted stays counted. Of one that is killed, the last second may be missing. Of one that does
/// not answer within a second, the numbers of the last answer count.
///
/// On Linux, a process has ended even if one that was forked from it still has its stream. On
/// another system, or without `/proc`, it then counts until that one has ended too.
///
/// Any process that can connect to the socket can tell numbers. Bind it where only this user can.
///
/// On Unix alone.
///
/// ```
/// use std::{os::unix::net::{UnixListener, UnixStream}, sync::Arc};
/// use wsgi_metrics::{Collector, Counter, Kind, Page, Teller};
///
/// # let folder = std::env::temp_dir().join(format!("wsgi-collector-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("numbers");
/// let collector = Collector::start(UnixListener::bind(&path)?)?;
///
/// // In each process:
/// let orders = Arc::new(Counter::new());
/// let counted = orders.clone();
/// let source = move |page: &mut Page| {
///     page.family("orders_total", Kind::Counter, "Orders.").sample(&[], counted.value());
/// };
/// let teller = Teller::start(UnixStream::connect(&path)?, vec![Arc::new(source)])?;
/// orders.add(3);
///
/// let text = Page::of(&collector).to_string();
/// assert!(text.contains("\norders_total 3\n") && text.contains("\nwsgi_processes 1\n"));
/// teller.end();
/// assert!(Page::of(&collector).to_string().contains("\norders_total 3\n"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Collector {
    collection: Arc<Mutex<Collection>>,
    /// The thread that looks at the processes. It ends when the sender is dropped.
    looking: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Collection {
    listener: UnixListener,
    processes: Vec<Told>,
    /// The counts of processes that have ended.
    ended: PageSum,
}

/// The numbers of a process, as it has told them last.
struct Told {
    stream: UnixStream,
    /// The process, once it has told which one it is.
    identity: Option<Identity>,
    /// The part of a page that has come.
    received: Vec<u8>,
    page: String,
    /// Whether it was asked and has not answered.
    is_asked: bool,
    /// Whether it cannot be asked any more, because it has ended.
    has_ended: bool,
}

impl Collector {
    /// Waits for processes that connect to this socket.
    ///
    /// # Errors
    ///
    /// The system refuses a thread, or the socket.
    pub fn start(listener: UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let collection = Arc::new(Mutex::new(Collection {
            listener,
            processes: Vec::new(),
            ended: PageSum::new(),
        }));
        let (end, ended) = channel();
        let looked_at = collection.clone();
        let look = move || {
            while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                lock(&looked_at).look();
            }
        };
        let thread = thread::Builder::new().name("wsgi-numbers".to_owned());
        Ok(Self {
            collection,
            looking: Some((end, thread.spawn(look)?)),
        })
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.looking.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

impl Source for Collector {
    fn write_to(&self, page: &mut Page) {
        let mut collection = lock(&self.collection);
        collection.look();
        let mut sum = collection.ended.clone();
        let told = collection.processes.iter();
        let told = told.filter(|process| sum.add(&process.page).is_ok());
        let count = told.count();
        let left_out = collection.processes.len() - count;
        drop(collection);
        // What a process tells must not make this one panic.
        let is_own = |name: &str| matches!(name, PROCESSES | LEFT_OUT);
        sum.retain(|name, kind| !is_own(name) && page.can_have(name, kind));
        sum.write_to(page);
        let help = "Processes whose numbers are on this page.";
        page.family(PROCESSES, Kind::Gauge, help).sample(&[], count);
        let help = "Processes whose numbers do not add up with those of the others.";
        page.family(LEFT_OUT, Kind::Gauge, help)
            .sample(&[], left_out);
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

impl Collection {
    /// Asks every process for its numbers.
    fn look(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            // On some systems it is like the listener, which does not wait.
            let is_ready = stream.set_nonblocking(false);
            let is_ready = is_ready.and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
            if is_ready.is_err() {
                continue;
            }
            self.processes.push(Told {
                stream,
                identity: None,
                received: Vec::new(),
                page: String::new(),
                is_asked: false,
                has_ended: false,
            });
        }
        self.processes.iter_mut().for_each(Told::ask);
        let end = Instant::now() + PATIENCE;
        let ended = &mut self.ended;
        self.processes
            .retain_mut(|process| match process.listen(end) {
                Ok(()) => true,
                Err(_) => {
                    // Its last page has been read.
                    let _ = ended.add_ended(&process.page);
                    false
                }
            });
    }
}

impl Told {
    fn ask(&mut self) {
        if !self.is_asked {
            // What it told at last is there.
            self.has_ended = self.stream.write_all(&[ASK]).is_err();
            self.is_asked = true;
        }
    }

    /// Reads what it tells, until it has answered, or the time is over.
    ///
    /// # Errors
    ///
    /// It has ended, or tells something else.
    fn listen(&mut self, end: Instant) -> io::Result<()> {
        self.has_ended |= self.identity.is_some_and(Identity::has_ended);
        let last = end.max(Instant::now() + LEAST);
        let mut buffer = [0; 16 * 1024];
        loop {
            while let Some(text) = take_text(&mut self.received)? {
                self.take(text);
            }
            if !self.is_asked && !self.has_ended {
                return Ok(());
            }
            // Of one that has ended, nothing more comes.
            let end = if self.has_ended { Instant::now() } else { end };
            let left = end.saturating_duration_since(Instant::now());
            let left = left.max(Duration::from_millis(1));
            if Instant::now() >= last {
                return match self.has_ended {
                    true => Err(io::ErrorKind::TimedOut.into()),
                    false => Ok(()),
                };
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) && !self.has_ended => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes what it told: which process it is, or its numbers.
    fn take(&mut self, text: String) {
        match Identity::told(&text) {
            // In another namespace, its id is that of another process here, or of none.
            Some(identity) => self.identity = Some(identity).filter(|it| !it.has_ended()),
            None => {
                self.page = text;
                self.is_asked = false;
            }
        }
    }
}

/// Takes a text out that has come whole: its length in four bytes, and itself.
fn take_text(received: &mut Vec<u8>) -> io::Result<Option<String>> {
    let Some(length) = received.first_chunk() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*length) as usize;
    if length > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let Some(text) = received.get(4..4 + length) else {
        return Ok(None);
    };
    let text = String::from_utf8(text.to_vec());
    received.drain(..4 + length);
    text.map(Some)
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn lock(collection: &Mutex<Collection>) -> MutexGuard<'_, Collection> {
    collection.lock().unwrap_or_else(PoisonError::into_inner)
}
