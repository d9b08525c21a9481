//! Telling the numbers of a process to another one.

use std::{
    fmt,
    io::{self, Read, Write},
    mem,
    net::Shutdown,
    os::unix::net::UnixStream,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use crate::{identity::Identity, page::Page, source::Source};

/// The byte with which a collector asks for the numbers.
pub(crate) const ASK: u8 = b'?';

/// The time that the collector has to take them.
const PATIENCE: Duration = Duration::from_secs(5);

/// The numbers of this process, told to another one whenever it asks for them
/// ([`Collector`](crate::Collector)).
///
/// Each answer is the length of a page in four bytes, and its text. Before the first one, on Linux,
/// it tells in the same way which process this is, so that the collector notices its end even if a
/// process that was forked from it has the stream too. A thread gives the answers. After a drop, it
/// goes on. If a source panics, it tells the numbers of the page before once more.
///
/// On Unix alone.
///
/// ```
/// use std::{io::{Read, Write}, os::unix::net::UnixStream, sync::Arc};
/// use wsgi_metrics::{Kind, Page, Teller};
///
/// let (ours, mut theirs) = UnixStream::pair()?;
/// let source = |page: &mut Page| {
///     page.family("answer", Kind::Gauge, "The answer.").sample(&[], 42u64);
/// };
/// let teller = Teller::start(ours, vec![Arc::new(source)])?;
/// teller.end();
/// let mut told = Vec::new();
/// theirs.read_to_end(&mut told)?;
/// assert!(told.ends_with(b"\nanswer 42\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Teller {
    sources: Arc<[Arc<dyn Source>]>,
    telling: Arc<Mutex<Telling>>,
}

struct Telling {
    stream: UnixStream,
    /// The text of the last page.
    text: String,
}

impl Teller {
    /// Tells these numbers to the process at the other end of the stream.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or a descriptor.
    pub fn start(mut asking: UnixStream, sources: Vec<Arc<dyn Source>>) -> io::Result<Self> {
        asking.set_write_timeout(Some(PATIENCE))?;
        if let Some(identity) = Identity::own()
            && send(&mut asking, &identity.text()).is_err()
        {
            let _ = asking.shutdown(Shutdown::Both); // the thread below finds it closed
        }
        let sources: Arc<[_]> = sources.into();
        let telling = Arc::new(Mutex::new(Telling::on(asking.try_clone()?)));
        let teller = Self {
            sources: sources.clone(),
            telling: telling.clone(),
        };
        let answer = move || {
            let mut asked = [0];
            while asking.read_exact(&mut asked).is_ok() && asked == [ASK] {
                if tell(&sources, &telling).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("wsgi-numbers".to_owned());
        thread.spawn(answer)?;
        Ok(teller)
    }

    /// Tells the numbers for the last time, and closes the stream. It takes at most some seconds,
    /// if the other process does not read.
    pub fn end(self) {
        let told = tell(&self.sources, &self.telling);
        let telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        // Without the collector, nobody asks for them any more.
        let _ = told.and_then(|()| telling.stream.shutdown(Shutdown::Both));
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").finish_non_exhaustive()
    }
}

impl Telling {
    fn on(stream: UnixStream) -> Self {
        Self {
            stream,
            text: String::new(),
        }
    }
}

/// The page is made under the lock, so that the last one that is told is the last one. After a page
/// that was told in part, nothing more is: the collector would take it for the rest.
fn tell(sources: &[Arc<dyn Source>], telling: &Mutex<Telling>) -> io::Result<()> {
    let mut telling = telling.lock().unwrap_or_else(PoisonError::into_inner);
    let page = || {
        let mut page = Page::new();
        sources.iter().for_each(|source| source.write_to(&mut page));
        page.to_string()
    };
    // A panic leaves nothing behind but the page, and the collector waits for an answer.
    match catch_unwind(AssertUnwindSafe(page)) {
        Ok(text) => telling.text = text,
        // A message is dropped: there may be one each second. The drop of others may panic as well.
        Err(payload) if payload.is::<String>() || payload.is::<&'static str>() => {}
        Err(payload) => mem::forget(payload),
    }
    let Telling { stream, text } = &mut *telling;
    let told = send(stream, text);
    if told.is_err() {
        let _ = stream.shutdown(Shutdown::Both);
    }
    told
}

fn send(stream: &mut UnixStream, text: &str) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    /// A page that no socket holds.
    struct Large;

    impl Source for Large {
        fn write_to(&self, page: &mut Page) {
            let help = "x".repeat(4 << 20);
            page.family("large", Kind::Gauge, &help).sample(&[], 1u64);
        }
    }

    #[test]
    fn nothing_follows_a_page_that_was_told_in_part() {
        let (ours, mut theirs) = UnixStream::pair().expect("sockets");
        ours.set_write_timeout(Some(Duration::from_millis(1)))
            .expect("a timeout");
        let sources: [Arc<dyn Source>; 1] = [Arc::new(Large)];
        let telling = Mutex::new(Telling::on(ours));
        assert!(tell(&sources, &telling).is_err(), "nobody takes it");
        assert!(tell(&[], &telling).is_err(), "the stream has ended");
        let mut told = Vec::new();
        theirs.read_to_end(&mut told).expect("what was told");
        assert!(told.len() < 4 << 20);
    }
}
