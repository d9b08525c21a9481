//! A piece of a body.

mod owner;

use std::{
    borrow::{Borrow, Cow},
    fmt,
    hash::{Hash, Hasher},
    io,
    ops::{Deref, Range},
    sync::Arc,
};

use self::owner::{Guarded, Owner, Part};

/// A piece of a body: bytes that are static, owned, shared, or kept alive by an owner.
///
/// Text and bytes convert into a chunk without a copy. A chunk dereferences to its bytes and is
/// equal to any bytes or text with the same content.
///
/// A clone of owned bytes copies them, as a clone of a `Vec` does. A clone of other bytes copies
/// nothing, so [`into_shared`](Self::into_shared) prepares owned bytes for many responses.
///
/// ```
/// use wsgi_application::Chunk;
///
/// let page = Chunk::from(format!("<p>{}", 42)).into_shared();
/// let again = page.clone();
/// assert_eq!(again, "<p>42");
/// assert_eq!(again.as_ptr(), page.as_ptr(), "the bytes are shared");
/// ```
#[derive(Clone)]
pub struct Chunk(Storage);

#[derive(Clone)]
enum Storage {
    Static(&'static [u8]),
    Owned(Vec<u8>),
    Shared(Arc<[u8]>),
    Kept(Arc<dyn Owner>),
}

impl Chunk {
    /// A chunk of static bytes, also in a constant.
    ///
    /// ```
    /// use wsgi_application::Chunk;
    ///
    /// const PIXEL: Chunk = Chunk::from_static(b"GIF89a\x01\0\x01\0\0\0\0;");
    /// assert_eq!(PIXEL.len(), 14);
    /// ```
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(Storage::Static(bytes))
    }

    /// The bytes of an owner, such as a memory map or a buffer of another library. The owner is
    /// dropped with the last clone.
    ///
    /// The owner must always return the same bytes. It must return them and be dropped without
    /// blocking, since gateways do both on threads that also serve other requests. If it returns
    /// fewer bytes later, or panics, it counts as having none, and a response that needs them
    /// breaks off. A panic of its drop is ignored.
    ///
    /// ```
    /// use wsgi_application::Chunk;
    ///
    /// /// A block of a pool. Its drop gives it back.
    /// struct Block(Box<[u8; 4096]>);
    ///
    /// impl AsRef<[u8]> for Block {
    ///     fn as_ref(&self) -> &[u8] {
    ///         &self.0[..]
    ///     }
    /// }
    ///
    /// let chunk = Chunk::from_owner(Block(Box::new([0; 4096])));
    /// assert_eq!(chunk.len(), 4096);
    /// ```
    #[must_use]
    pub fn from_owner(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(Storage::Kept(Arc::new(Guarded::new(owner))))
    }

    /// The number of bytes. It never changes, even if an [owner](Self::from_owner) fails to return
    /// them.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Storage::Static(bytes) => bytes.len(),
            Storage::Owned(bytes) => bytes.len(),
            Storage::Shared(bytes) => bytes.len(),
            Storage::Kept(owner) => owner.length(),
        }
    }

    /// For gateways and filters: the bytes, or an error if an [owner](Self::from_owner) fails to
    /// return them.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`].
    #[inline]
    pub fn bytes(&self) -> io::Result<&[u8]> {
        match &self.0 {
            Storage::Static(bytes) => Ok(bytes),
            Storage::Owned(bytes) => Ok(bytes),
            Storage::Shared(bytes) => Ok(bytes),
            Storage::Kept(owner) => owner.all_bytes(),
        }
    }

    /// Whether the chunk has no bytes.
    ///
    /// ```
    /// use wsgi_application::Chunk;
    ///
    /// assert!(Chunk::from("").is_empty());
    /// assert!(!Chunk::from("tick").is_empty());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Converts owned bytes into bytes that clones share. Neither this nor a later clone copies
    /// them. Other chunks stay as they are.
    #[must_use]
    pub fn into_shared(self) -> Self {
        match self.0 {
            Storage::Owned(bytes) => Arc::new(bytes).into(),
            storage => Self(storage),
        }
    }

    /// Converts the chunk into a vector. Copies, unless the chunk owns its bytes alone.
    ///
    /// ```
    /// use wsgi_application::Chunk;
    ///
    /// let mut bytes = Chunk::from("Hello").into_vec();
    /// bytes.push(b'!');
    /// assert_eq!(Chunk::from(bytes), "Hello!");
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Storage::Owned(bytes) => bytes,
            _ => self.to_vec(),
        }
    }

    /// A part of the chunk. Static and shared bytes are not copied. Owned bytes after the start
    /// move to the front of their memory.
    ///
    /// # Panics
    ///
    /// The range is not in the chunk, as for a slice.
    ///
    /// ```
    /// use wsgi_application::Chunk;
    ///
    /// let chunk = Chunk::from_static(b"Hello world!\n");
    /// assert_eq!(chunk.slice(6..11), "world");
    /// ```
    #[must_use]
    pub fn slice(mut self, range: Range<usize>) -> Self {
        let length = self.len();
        assert!(
            range.start <= range.end && range.end <= length,
            "{range:?} is not a range of {length} bytes",
        );
        match &mut self.0 {
            Storage::Static(bytes) => *bytes = &bytes[range],
            Storage::Owned(bytes) => {
                bytes.truncate(range.end);
                bytes.drain(..range.start);
            }
            Storage::Shared(_) | Storage::Kept(_) if range.len() == length => {}
            Storage::Shared(_) => return Part::of(self, range),
            Storage::Kept(owner) => {
                return match owner.part() {
                    Some(Part { whole, range: old }) => Part::of(
                        whole.clone(),
                        old.start + range.start..old.start + range.end,
                    ),
                    None => Part::of(self, range),
                };
            }
        }
        self
    }
}

/// An empty chunk.
impl Default for Chunk {
    fn default() -> Self {
        Self::from_static(b"")
    }
}

impl Deref for Chunk {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Storage::Static(bytes) => bytes,
            Storage::Owned(bytes) => bytes,
            Storage::Shared(bytes) => bytes,
            Storage::Kept(owner) => owner.bytes(),
        }
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Shows the bytes as a literal, such as `b"a\n"`.
impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

/// Compares the bytes, with those of another chunk or of anything else.
impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for Chunk {
    fn eq(&self, other: &T) -> bool {
        **self == *other.as_ref()
    }
}

impl Eq for Chunk {}

impl Hash for Chunk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Borrow<[u8]> for Chunk {
    fn borrow(&self) -> &[u8] {
        self
    }
}

macro_rules! from {
    ($($type:ty, $bytes:ident => $storage:expr;)*) => {$(
        impl From<$type> for Chunk {
            fn from($bytes: $type) -> Self {
                Chunk($storage)
            }
        }
    )*};
}

from! {
    &'static str, text => Storage::Static(text.as_bytes());
    &'static [u8], bytes => Storage::Static(bytes);
    String, text => Storage::Owned(text.into_bytes());
    Vec<u8>, bytes => Storage::Owned(bytes);
    Box<str>, text => Storage::Owned(text.into_string().into_bytes());
    Box<[u8]>, bytes => Storage::Owned(bytes.into_vec());
    Arc<str>, text => Storage::Shared(text.into());
    Arc<[u8]>, bytes => Storage::Shared(bytes);
    Arc<String>, text => Storage::Kept(text);
    Arc<Vec<u8>>, bytes => Storage::Kept(bytes);
    Cow<'static, [u8]>, bytes => match bytes {
        Cow::Borrowed(bytes) => Storage::Static(bytes),
        Cow::Owned(bytes) => Storage::Owned(bytes),
    };
    Cow<'static, str>, text => match text {
        Cow::Borrowed(text) => Storage::Static(text.as_bytes()),
        Cow::Owned(text) => Storage::Owned(text.into_bytes()),
    };
}

impl<const N: usize> From<&'static [u8; N]> for Chunk {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self::from_static(bytes)
    }
}
