//! The returned body of a response.

use std::{borrow::Cow, fmt, sync::Arc};

use wsgi_environ::Input;
use wsgi_file_wrapper::FileWrapper;

use crate::{
    channel::Channel, chunk::Chunk, error::Error, gathered::Gathered, receiver::Receiver,
    sender::Sender,
};

/// The body of a response: nothing, bytes, a file, the request's own body, chunks, or a channel.
///
/// Text, bytes, a [`Chunk`], a [`FileWrapper`] and an [`Input`] convert into a body. Dropping a
/// body is PEP 3333's `close()`. A gateway drops every body, also if the client is gone.
///
/// ```
/// use wsgi_application::Body;
///
/// assert_eq!(Body::from("Hello world!\n").len(), Some(13));
/// assert_eq!(Body::from(format!("{}", 42)).len(), Some(2));
/// assert_eq!(Body::chunks(["a", "b"]).len(), None);
/// ```
#[derive(Default)]
pub struct Body(Content);

/// The content of a [`Body`], for gateways and filters.
///
/// ```
/// use wsgi_application::{Body, Content};
///
/// let body = Body::from("Hello world!\n");
/// let Content::Bytes(bytes) = body.into_content() else {
///     panic!("text is bytes")
/// };
/// assert_eq!(bytes, "Hello world!\n");
/// ```
#[derive(Default)]
#[non_exhaustive]
pub enum Content {
    /// Nothing.
    #[default]
    Empty,
    /// The whole body.
    Bytes(Chunk),
    /// A file or another reader, sent in blocks.
    File(Box<FileWrapper>),
    /// The request's body, sent back as it arrives.
    Input(Box<Input>),
    /// Chunks, each sent as soon as it comes. An error ends the body and cuts the connection, so
    /// that the client notices.
    Chunks(Box<dyn Iterator<Item = Result<Chunk, Error>> + Send>),
    /// Chunks that come from [senders](Sender), at any time.
    Channel(Box<Receiver>),
}

impl Body {
    /// An empty body.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Content::Empty)
    }

    /// A body of chunks. Each chunk is sent as soon as the iterator yields it (PEP 3333, Buffering
    /// and Streaming).
    ///
    /// The items are text, bytes, or a [`Result`] of either.
    ///
    /// ```
    /// use wsgi_application::Body;
    ///
    /// let countdown = Body::chunks((0..3).rev().map(|n| format!("{n}\n")));
    /// let lines = Body::chunks(std::io::BufRead::lines(&b"a\nb\n"[..]));
    /// assert_eq!((countdown.len(), lines.len()), (None, None));
    /// ```
    pub fn chunks<I>(chunks: I) -> Self
    where
        I: IntoIterator<Item: IntoChunk + 'static>,
        I::IntoIter: Send + 'static,
    {
        Self(Content::Chunks(Box::new(
            chunks.into_iter().map(IntoChunk::into_chunk),
        )))
    }

    /// A body of many small chunks, which are gathered: they are sent once there are at least
    /// `bytes` of them, and at the end.
    ///
    /// Each chunk of [`chunks`](Self::chunks) costs a system call and a frame of its own. For the
    /// rows of a table, for example, 16 KiB are a good size. The body takes about twice as much
    /// memory as `bytes` at most, and that of one chunk.
    ///
    /// It is for chunks that come fast. A client sees nothing before so much has come, and until
    /// then the server notices neither that the client is gone nor that the deadline of the request
    /// has passed. Slow iterators, and pages that show what happens, belong into
    /// [`chunks`](Self::chunks). Empty chunks are left out. After a thousand of them in a row, an
    /// empty one is passed on, so that the server can look after other connections.
    ///
    /// An error comes after what was gathered before it. A panic of the iterator loses that: if
    /// nothing was sent before, the client gets 500 instead of the first chunks.
    ///
    /// ```
    /// use wsgi_application::{Body, Content};
    ///
    /// let rows = (0..10_000).map(|n| format!("{n},tea\n"));
    /// let body = Body::gathered(16 * 1024, rows);
    /// let Content::Chunks(chunks) = body.into_content() else { panic!("it is of chunks") };
    /// assert_eq!(chunks.count(), 6);
    /// ```
    pub fn gathered<I>(bytes: usize, chunks: I) -> Self
    where
        I: IntoIterator<Item: IntoChunk + 'static>,
        I::IntoIter: Send + 'static,
    {
        let chunks = chunks.into_iter().map(IntoChunk::into_chunk);
        Self(Content::Chunks(Box::new(Gathered::new(bytes, chunks))))
    }

    /// A live body: its chunks are sent with the [`Sender`] and its clones, from any thread and at
    /// any time. The server holds no thread for it meanwhile.
    ///
    /// The application returns the body and keeps the sender, or gives it to a thread that knows
    /// when there is something to send. The head is sent as soon as the application has returned,
    /// and each chunk as soon as it comes. The body ends when the last sender is dropped.
    ///
    /// At most `limit` bytes wait in the channel for a client that is slow to take them; a larger
    /// chunk has room if it is alone. A client that takes nothing within the server's
    /// `write_timeout` is cut, if there is something for it to take. A body of which nothing is
    /// pending may stay open for any time, unless the server limits the time of a whole response
    /// (`response_timeout`).
    ///
    /// [Filters](crate::Filter) see each chunk, and a flush after it. CGI and other gateways that
    /// serve one request at a time wait for the chunks.
    ///
    /// ```
    /// use wsgi_application::Body;
    ///
    /// let (sender, body) = Body::channel(64 * 1024);
    /// sender.send("event: hello\n\n")?;
    /// assert_eq!(body.len(), None);
    /// drop(sender);
    /// assert_eq!(body.len(), Some(14), "the whole body is there");
    /// # Ok::<(), wsgi_application::SendError>(())
    /// ```
    #[must_use]
    pub fn channel(limit: usize) -> (Sender, Self) {
        let channel = Arc::new(Channel::new(limit));
        let receiver = Receiver::new(channel.clone());
        let body = Self(Content::Channel(Box::new(receiver)));
        (Sender::new(channel), body)
    }

    /// The number of bytes, if it is known without reading them. It is unknown for chunks, for a
    /// reader, for an input without a declared length, and for a channel that has senders.
    #[must_use]
    #[inline]
    pub fn len(&self) -> Option<u64> {
        match &self.0 {
            Content::Empty => Some(0),
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::File(file) => file.remaining(),
            Content::Input(input) => input.remaining(),
            Content::Chunks(_) => None,
            Content::Channel(receiver) => receiver.remaining(),
        }
    }

    /// Whether the body is known to be empty.
    ///
    /// ```
    /// use wsgi_application::Body;
    ///
    /// assert!(Body::empty().is_empty());
    /// assert!(!Body::from("Hello").is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Takes out the content.
    ///
    /// ```
    /// use wsgi_application::{Body, Content};
    ///
    /// let content = Body::from("text").into_content();
    /// assert!(matches!(content, Content::Bytes(bytes) if *bytes == *b"text"));
    /// ```
    #[must_use]
    pub fn into_content(self) -> Content {
        self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.len()) {
            (Content::Bytes(bytes), _) => write!(f, "Body({:?})", String::from_utf8_lossy(bytes)),
            (_, Some(length)) => write!(f, "Body({length} bytes)"),
            (_, None) => f.write_str("Body(stream)"),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(bytes).finish(),
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Input(input) => f.debug_tuple("Input").field(input).finish(),
            Self::Chunks(_) => f.write_str("Chunks(..)"),
            Self::Channel(receiver) => f.debug_tuple("Channel").field(receiver).finish(),
        }
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        Self(content)
    }
}

impl From<FileWrapper> for Body {
    fn from(file: FileWrapper) -> Self {
        Self(Content::File(Box::new(file)))
    }
}

impl From<Input> for Body {
    fn from(input: Input) -> Self {
        Self(Content::Input(Box::new(input)))
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty() // Mutant: the default is empty too.
    }
}

macro_rules! from_bytes {
    ($($type:ty)*) => {$(
        impl From<$type> for Body {
            fn from(bytes: $type) -> Self {
                Body(Content::Bytes(bytes.into()))
            }
        }

        impl IntoChunk for $type {
            fn into_chunk(self) -> Result<Chunk, Error> {
                Ok(self.into())
            }
        }
    )*};
}

from_bytes! {
    Chunk
    &'static str
    &'static [u8]
    String
    Vec<u8>
    Box<str>
    Box<[u8]>
    Arc<str>
    Arc<[u8]>
    Arc<String>
    Arc<Vec<u8>>
    Cow<'static, str>
    Cow<'static, [u8]>
}

impl<const N: usize> From<&'static [u8; N]> for Body {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self(Content::Bytes(bytes.into()))
    }
}

/// An item of [`Body::chunks`]: text, bytes, or a result of either.
///
/// ```
/// use wsgi_application::IntoChunk;
///
/// assert_eq!("text".into_chunk()?.as_ref(), b"text");
/// assert!(Err::<&str, _>("broken").into_chunk().is_err());
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a chunk of a body",
    label = "this is not a chunk of a body",
    note = "a chunk is text, bytes, or a `Result` of either"
)]
pub trait IntoChunk {
    /// Converts the item into bytes.
    ///
    /// # Errors
    ///
    /// The error of the result, if the item is one.
    fn into_chunk(self) -> Result<Chunk, Error>;
}

impl<const N: usize> IntoChunk for &'static [u8; N] {
    fn into_chunk(self) -> Result<Chunk, Error> {
        Ok(self.into())
    }
}

impl<C: IntoChunk, E: Into<Error>> IntoChunk for Result<C, E> {
    fn into_chunk(self) -> Result<Chunk, Error> {
        self.map_err(Into::into)?.into_chunk()
    }
}
