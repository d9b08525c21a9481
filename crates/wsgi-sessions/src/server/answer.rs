//! The answer of the session server to a request, or the reason why it gets an error.

use std::error::Error;

use crate::{
    record::Record,
    store::{Load, Write},
    store_error::StoreError,
};

/// The strings of an answer.
pub(super) enum Answer {
    Word(&'static str),
    With(&'static str, Vec<u8>),
    /// A record and its annex.
    Record(&'static str, Record),
}

impl Answer {
    pub(super) fn done_if(is_done: bool) -> Self {
        Self::Word(if is_done { "DONE" } else { "GONE" })
    }

    pub(super) fn number(word: &'static str, number: usize) -> Self {
        Self::With(word, (number as u64).to_be_bytes().to_vec())
    }
}

/// The reason why a request gets an error.
pub(super) enum Refusal {
    /// The client's fault: the request is not understood.
    Unknown(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Load> for Answer {
    fn from(load: Load) -> Self {
        match load {
            Load::Found(record) => Self::Record("RECORD", record),
            Load::Retired(record) => Self::Record("RETIRED", record),
            Load::Absent => Self::Word("ABSENT"),
        }
    }
}

impl From<Write> for Answer {
    fn from(write: Write) -> Self {
        match write {
            Write::Done => Self::Word("DONE"),
            Write::Conflict(record) => Self::Record("CONFLICT", record),
            Write::Retired => Self::Word("RETIRED"),
            Write::Gone => Self::Word("GONE"),
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(StoreError::Corrupt) => Self::Word("CORRUPT"),
            Refusal::Store(StoreError::Foreign) => Self::Word("FOREIGN"),
            Refusal::Store(StoreError::Exists) => Self::Word("EXISTS"),
            Refusal::Store(StoreError::Full) => Self::Word("FULL"),
            Refusal::Store(StoreError::TooLarge) => Self::Word("TOOLARGE"),
            refusal => refusal.error(),
        }
    }
}

impl Refusal {
    /// Returns an answer that describes the problem in a sentence.
    pub(super) fn error(self) -> Answer {
        let why = match self {
            Self::Unknown(why) => why.to_owned(),
            Self::Store(error) => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                format!("{error}{}", cause.unwrap_or_default())
            }
        };
        Answer::With("ERROR", why.into())
    }
}
