//! The body that a request is sent with.

/// The body of a request.
#[derive(Debug, Default)]
pub(crate) enum Body {
    #[default]
    None,
    Bytes(Vec<u8>),
    /// A body that can be read once, and its length if that is known.
    Input(Option<u64>),
}

impl Body {
    /// A copy, unless it can be read only once.
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::None => Some(Self::None),
            Self::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Self::Input(_) => None,
        }
    }

    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Input(length) => *length,
        }
    }
}
