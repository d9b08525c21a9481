//! The end of a channel that the gateway takes chunks from.

use std::{
    fmt, io, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    channel::{Channel, Taken},
    chunk::Chunk,
    error::Error,
    live_filter::LiveFilter,
};

/// For gateways: the receiving end of [`Body::channel`](crate::Body::channel). The senders see its
/// drop.
///
/// As an iterator it waits for each chunk. A gateway that can do better
/// [takes](Self::try_next) the chunks that are there and is [told](Self::notify) of others.
///
/// ```
/// use wsgi_application::{Body, Content, Received};
///
/// let (sender, body) = Body::channel(1024);
/// let Content::Channel(mut receiver) = body.into_content() else {
///     panic!("a channel")
/// };
/// assert!(matches!(receiver.try_next()?, Received::Nothing));
/// sender.send("tick")?;
/// assert!(matches!(receiver.try_next()?, Received::Chunk(chunk) if chunk == "tick"));
/// drop(sender);
/// assert!(matches!(receiver.try_next()?, Received::End));
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub struct Receiver {
    channel: Arc<Channel>,
    /// The filters of the body, the innermost first.
    filters: Vec<LiveFilter>,
    /// Filtered bytes that go before the first chunk.
    first: Chunk,
    /// Whether the body has ended or failed.
    is_over: bool,
}

/// The next piece from a [`Receiver`].
///
/// ```
/// use wsgi_application::{Body, Content, Received};
///
/// let (sender, body) = Body::channel(1024);
/// sender.send("tick ")?;
/// sender.send("tack")?;
/// drop(sender);
/// let Content::Channel(mut receiver) = body.into_content() else {
///     panic!("a channel")
/// };
/// let mut text = Vec::new();
/// loop {
///     match receiver.try_next()? {
///         Received::Chunk(chunk) => text.extend_from_slice(&chunk),
///         Received::End => break,
///         other => panic!("{other:?}, although the body has ended"),
///     }
/// }
/// assert_eq!(text, b"tick tack");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// The next chunk, which is not empty.
    Chunk(Chunk),
    /// Nothing at present.
    Nothing,
    /// The end.
    End,
}

/// The time that a sender waits for room if the gateway has no limit of its own for slow clients.
const PATIENCE: Duration = Duration::from_secs(30);

impl Receiver {
    pub(crate) fn new(channel: Arc<Channel>) -> Self {
        Self {
            channel,
            filters: Vec::new(),
            first: Chunk::default(),
            is_over: false,
        }
    }

    /// Adds a filter of the chunks. `first` are filtered bytes that go before them.
    pub(crate) fn filtered(
        mut self: Box<Self>,
        mut filter: LiveFilter,
        mut first: Vec<u8>,
    ) -> io::Result<Box<Self>> {
        if !self.first.is_empty() {
            first.extend(filter.chunk(&self.first)?);
        }
        self.first = first.into();
        self.filters.push(filter);
        Ok(self)
    }

    /// Notes that the gateway has the body: from here on senders wait for room, for `patience` at
    /// most, and for 365 days at most. The first call counts.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    /// use wsgi_application::{Body, Content, Received, SendError};
    ///
    /// let (sender, body) = Body::channel(4);
    /// let Content::Channel(mut receiver) = body.into_content() else {
    ///     panic!("a channel")
    /// };
    /// sender.send("full")?;
    /// assert_eq!(sender.send("more"), Err(SendError::NotReturned));
    /// receiver.hand_over(Duration::from_secs(10));
    /// let waiting = thread::spawn(move || sender.send("more"));
    /// assert!(matches!(receiver.try_next()?, Received::Chunk(chunk) if chunk == "full"));
    /// assert_eq!(waiting.join().unwrap(), Ok(()));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn hand_over(&self, patience: Duration) {
        self.channel.hand_over(patience);
    }

    /// Sets a function that is called when something comes after [`try_next`](Self::try_next) has
    /// found nothing, once each time, on the thread of a sender.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use wsgi_application::{Body, Content, Received};
    ///
    /// let (sender, body) = Body::channel(1024);
    /// let Content::Channel(mut receiver) = body.into_content() else {
    ///     panic!("a channel")
    /// };
    /// let (wake, woken) = mpsc::channel();
    /// receiver.notify(move || wake.send(()).unwrap());
    /// assert!(matches!(receiver.try_next()?, Received::Nothing));
    /// sender.send("tick")?;
    /// assert!(woken.try_recv().is_ok());
    /// assert!(matches!(receiver.try_next()?, Received::Chunk(_)));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn notify(&self, notify: impl Fn() + Send + Sync + 'static) {
        self.channel.notify(Arc::new(notify));
    }

    /// Tells the senders that the server is about to end.
    ///
    /// ```
    /// use wsgi_application::{Body, Content};
    ///
    /// let (sender, body) = Body::channel(1024);
    /// let Content::Channel(receiver) = body.into_content() else {
    ///     panic!("a channel")
    /// };
    /// assert!(!sender.is_draining() && !receiver.is_filtered());
    /// receiver.set_draining();
    /// assert!(sender.is_draining());
    /// ```
    pub fn set_draining(&self) {
        self.channel.set_draining();
    }

    /// Whether filters change the chunks. They are code of the application.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Whether a sender has failed the body. Chunks may come before the error.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.channel.has_failed()
    }

    /// Takes the error of a body that has [failed](Self::has_failed) before anything of it was
    /// sent.
    ///
    /// ```
    /// use wsgi_application::{Body, Content};
    ///
    /// let (sender, body) = Body::channel(1024);
    /// let Content::Channel(mut receiver) = body.into_content() else {
    ///     panic!("a channel")
    /// };
    /// assert!(!receiver.has_failed());
    /// sender.fail("the source has dried up");
    /// assert!(receiver.has_failed());
    /// assert_eq!(receiver.take_failure().unwrap().to_string(), "the source has dried up");
    /// ```
    #[must_use]
    pub fn take_failure(&mut self) -> Option<Error> {
        let failure = self.channel.take_failure()?;
        self.is_over = true;
        Some(failure)
    }

    /// The number of bytes of the whole body, if the senders have ended it and no filter changes
    /// it.
    ///
    /// ```
    /// use wsgi_application::{Body, Content};
    ///
    /// let (sender, body) = Body::channel(1024);
    /// let Content::Channel(receiver) = body.into_content() else {
    ///     panic!("a channel")
    /// };
    /// sender.send("tick")?;
    /// assert_eq!(receiver.remaining(), None);
    /// drop(sender);
    /// assert_eq!(receiver.remaining(), Some(4));
    /// # Ok::<(), wsgi_application::SendError>(())
    /// ```
    #[must_use]
    #[cold] // so that other bodies pay nothing for it
    pub fn remaining(&self) -> Option<u64> {
        let length = self.channel.length()? as u64;
        (!self.is_filtered()).then_some(length)
    }

    /// Takes the next chunk, without waiting.
    ///
    /// # Errors
    ///
    /// The error that a sender has failed with, or that of a filter. The body is over.
    pub fn try_next(&mut self) -> Result<Received, Error> {
        self.take(&Channel::take)
    }

    /// Takes the next chunk, and waits for it for a time. If none comes, returns
    /// [`Received::Nothing`], so that the gateway can check whether the client is still there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Body, Content, Received};
    ///
    /// let (sender, body) = Body::channel(1024);
    /// let Content::Channel(mut receiver) = body.into_content() else {
    ///     panic!("a channel")
    /// };
    /// let received = receiver.next_within(Duration::from_millis(10))?;
    /// assert!(matches!(received, Received::Nothing));
    /// drop(sender);
    /// let received = receiver.next_within(Duration::from_secs(3600))?;
    /// assert!(matches!(received, Received::End));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`try_next`](Self::try_next).
    pub fn next_within(&mut self, time: Duration) -> Result<Received, Error> {
        self.hand_over(PATIENCE);
        // If the clock cannot express the end of the time, the wait has no end.
        match Instant::now().checked_add(time) {
            Some(until) => self.take(&|channel| channel.wait_until(until)),
            None => self.take(&Channel::wait),
        }
    }

    /// Takes a chunk from the channel, and passes it through the filters. There are three ways to
    /// take it: with a `dyn`, this is compiled once for all of them.
    fn take(&mut self, take: &dyn Fn(&Channel) -> Taken) -> Result<Received, Error> {
        if self.is_over {
            return Ok(Received::End);
        }
        if !self.first.is_empty() {
            return Ok(Received::Chunk(mem::take(&mut self.first)));
        }
        loop {
            // Not to be repeated after a panic of a filter.
            self.is_over = true;
            let chunk = match take(&self.channel) {
                Taken::Chunk(chunk) => {
                    let chunk = self.pass(chunk)?;
                    self.is_over = false;
                    chunk
                }
                Taken::Nothing => {
                    self.is_over = false;
                    return Ok(Received::Nothing);
                }
                Taken::End => self.end()?,
                Taken::Failed(error) => return Err(error),
            };
            match chunk.is_empty() {
                true if self.is_over => return Ok(Received::End),
                true => {} // a filter holds it back
                false => return Ok(Received::Chunk(chunk)),
            }
        }
    }

    /// Passes a chunk through the filters.
    fn pass(&mut self, mut chunk: Chunk) -> Result<Chunk, Error> {
        for filter in &mut self.filters {
            if !chunk.is_empty() {
                chunk = filter.chunk(&chunk)?.into();
            }
        }
        Ok(chunk)
    }

    /// Ends the filters. Returns their last bytes.
    fn end(&mut self) -> Result<Chunk, Error> {
        let mut last = Chunk::default();
        for filter in &mut self.filters {
            last = filter.end(&last)?.into();
        }
        Ok(last)
    }
}

/// Waits for each chunk.
impl Iterator for Receiver {
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.hand_over(PATIENCE);
        match self.take(&Channel::wait) {
            Ok(Received::Chunk(chunk)) => Some(Ok(chunk)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.channel.close();
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("channel", &self.channel)
            .field("filters", &self.filters.len())
            .finish_non_exhaustive()
    }
}
