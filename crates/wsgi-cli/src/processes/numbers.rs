//! The numbers of all workers, on one page.

use std::{
    env,
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use wsgi::metrics::{Kind, Page, PageSum, Source};

use crate::{failure::cannot, processes::private_folder::PrivateFolder, telling::ASK};

/// The pause between two looks at the workers. What one counts after the last look is lost if it is
/// killed.
const PAUSE: Duration = Duration::from_secs(1);

/// The time that all workers together have to answer. Of one that is late, the numbers of the look
/// before count.
const PATIENCE: Duration = Duration::from_secs(1);

/// The largest page of a worker. One with more is none of ours.
const LARGEST: usize = 16 << 20;

/// The numbers of all workers: each tells its own to this process, over a private socket. They are
/// asked for when somebody reads the page, and in between. A worker that ends tells them once more
/// by itself. What it has counted stays counted.
pub(crate) struct Numbers {
    socket: PathBuf,
    collection: Arc<Mutex<Collection>>,
    /// The thread that looks at the workers. It ends when the sender is dropped.
    looking: Option<(Sender<()>, JoinHandle<()>)>,
    /// Only this user can enter the folder.
    _folder: PrivateFolder,
}

/// The page that everybody reads.
pub(crate) struct Together(Arc<Mutex<Collection>>);

#[derive(Debug)]
struct Collection {
    listener: UnixListener,
    workers: Vec<Told>,
    /// The counts of workers that have ended.
    ended: PageSum,
}

/// The numbers of a worker, as it has told them last.
#[derive(Debug)]
struct Told {
    stream: UnixStream,
    /// The part of a page that has come.
    received: Vec<u8>,
    page: String,
    /// Whether it was asked and has not answered.
    is_asked: bool,
    /// Whether it cannot be asked any more, because it has ended.
    has_ended: bool,
}

impl Numbers {
    /// Waits for workers that tell their numbers.
    ///
    /// # Errors
    ///
    /// The socket cannot be bound, or the system refuses a thread.
    pub(crate) fn start() -> io::Result<Self> {
        Self::try_start().map_err(|error| cannot("collect the numbers of other processes", &error))
    }

    fn try_start() -> io::Result<Self> {
        let folder = PrivateFolder::new(&env::temp_dir())?;
        let socket = folder.path().join("numbers");
        let listener = UnixListener::bind(&socket)?;
        listener.set_nonblocking(true)?;
        let collection = Arc::new(Mutex::new(Collection {
            listener,
            workers: Vec::new(),
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
            socket,
            collection,
            looking: Some((end, thread.spawn(look)?)),
            _folder: folder,
        })
    }

    /// The socket at which workers tell their numbers.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The page of all of them.
    pub(crate) fn together(&self) -> Together {
        Together(self.collection.clone())
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.looking.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

impl Source for Together {
    fn write_to(&self, page: &mut Page) {
        let mut collection = lock(&self.0);
        collection.look();
        let mut sum = collection.ended.clone();
        let told = collection.workers.iter();
        let told = told.filter(|worker| sum.add(&worker.page).is_ok());
        let count = told.count();
        drop(collection);
        sum.write_to(page);
        let help = "Processes whose numbers are on this page.";
        page.family("wsgi_processes", Kind::Gauge, help)
            .sample(&[], count);
    }
}

impl Collection {
    /// Asks every worker for its numbers.
    fn look(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            self.workers.push(Told {
                stream,
                received: Vec::new(),
                page: String::new(),
                is_asked: false,
                has_ended: false,
            });
        }
        self.workers.iter_mut().for_each(Told::ask);
        let end = Instant::now() + PATIENCE;
        let ended = &mut self.ended;
        self.workers.retain_mut(|worker| match worker.listen(end) {
            Ok(()) => true,
            Err(_) => {
                // Its last page has been read.
                let _ = ended.add_ended(&worker.page);
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
        let mut buffer = [0; 16 * 1024];
        loop {
            while let Some(page) = take_page(&mut self.received)? {
                self.page = page;
                self.is_asked = false;
            }
            if !self.is_asked && !self.has_ended {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            let left = left.max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Takes a page out that has come whole: its length in four bytes, and its text.
fn take_page(received: &mut Vec<u8>) -> io::Result<Option<String>> {
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

fn lock(collection: &Mutex<Collection>) -> std::sync::MutexGuard<'_, Collection> {
    collection.lock().unwrap_or_else(PoisonError::into_inner)
}
