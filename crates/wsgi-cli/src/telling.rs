//! Telling the numbers of this process to its parent.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use wsgi::metrics::{Page, Source};

/// The byte with which a parent asks for the numbers.
pub(crate) const ASK: u8 = b'?';

/// The time that the parent has to take them.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sources of numbers of this process, which its parent asks for. Each answer is the length of
/// a page in four bytes, and its text.
pub(crate) struct Telling {
    sources: Arc<[Arc<dyn Source>]>,
    stream: Arc<Mutex<UnixStream>>,
}

impl Telling {
    /// Tells the parent at this socket whenever it asks.
    ///
    /// # Errors
    ///
    /// The parent has ended, or the system refuses a thread.
    pub(crate) fn start(socket: &Path, sources: Vec<Arc<dyn Source>>) -> io::Result<Self> {
        let mut asking = UnixStream::connect(socket)?;
        asking.set_write_timeout(Some(PATIENCE))?;
        let sources: Arc<[_]> = sources.into();
        let stream = Arc::new(Mutex::new(asking.try_clone()?));
        let telling = Self {
            sources: sources.clone(),
            stream: stream.clone(),
        };
        let answer = move || {
            let mut asked = [0];
            while asking.read_exact(&mut asked).is_ok() && asked == [ASK] {
                if tell(&sources, &stream).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("wsgi-numbers".to_owned());
        thread.spawn(answer)?;
        Ok(telling)
    }

    /// Tells the numbers for the last time.
    pub(crate) fn end(self) {
        let told = tell(&self.sources, &self.stream);
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        // Without the parent nobody asks for them any more.
        let _ = told.and_then(|()| stream.shutdown(Shutdown::Both));
    }
}

/// The page is made under the lock, so that the last one that is told is the last one.
fn tell(sources: &[Arc<dyn Source>], stream: &Mutex<UnixStream>) -> io::Result<()> {
    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
    let mut page = Page::new();
    sources.iter().for_each(|source| source.write_to(&mut page));
    let text = page.to_string();
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(text.as_bytes())
}
