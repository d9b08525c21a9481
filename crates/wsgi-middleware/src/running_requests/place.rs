//! The place where a request is: in the application's code, or with the server.

use std::{
    fs, mem,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use wsgi_application::{Chunk, Content, Result};

/// The thread that runs the application's code for a request, while one does. A clone is the same
/// place.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(Arc<Mutex<Option<Arc<str>>>>);

impl Place {
    /// Notes that this thread runs the application's code, until the stay is dropped.
    pub(super) fn enter(&self) -> Stay<'_> {
        let here = LABEL.try_with(Arc::clone);
        self.set(Some(here.unwrap_or_else(|_| label()))); // this thread is about to end
        Stay(self)
    }

    /// The thread that runs the application's code now.
    pub(super) fn thread(&self) -> Option<Arc<str>> {
        let thread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        thread.clone()
    }

    fn set(&self, thread: Option<Arc<str>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = thread;
    }
}

/// A time in the application's code.
pub(super) struct Stay<'a>(&'a Place);

impl Stay<'_> {
    /// Leaves the request in the application, to its end.
    pub(super) fn forever(self) {
        mem::forget(self);
    }
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// The chunks of a body, which the application's code makes.
pub(super) struct Chunks {
    place: Place,
    /// `None` once they are dropped, which is the application's code, too.
    chunks: Option<Box<dyn Iterator<Item = Result<Chunk>> + Send>>,
}

impl Chunks {
    /// The same content, whose chunks are made at `place`.
    pub(super) fn of(content: Content, place: Place) -> Content {
        match content {
            Content::Chunks(chunks) => Content::Chunks(Box::new(Self {
                place,
                chunks: Some(chunks),
            })),
            content => content,
        }
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let _stay = self.place.enter();
        self.chunks.as_mut()?.next()
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        let _stay = self.place.enter();
        self.chunks = None;
    }
}

thread_local! {
    /// The name and the number of this thread, which stay the same.
    static LABEL: Arc<str> = label();
}

/// The name of this thread, and the number by which tools of the system know it, if the system says
/// it: as the log of wsgi-server has them.
fn label() -> Arc<str> {
    let thread = thread::current();
    let name = thread.name().unwrap_or("without a name");
    // `PROCESS/task/THREAD` of proc(5); other systems have no such link.
    let link = fs::read_link("/proc/thread-self").ok();
    match link.as_deref().and_then(|link| link.file_name()?.to_str()) {
        Some(number) => format!("{name} ({number})").into(),
        None => name.into(),
    }
}
