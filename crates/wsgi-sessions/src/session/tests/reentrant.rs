//! Values that use their session while they are deserialized.

use std::cell::RefCell;

use serde::{Deserialize, Deserializer, Serialize};

use super::*;
use crate::session::state::writing::ATTEMPTS;

thread_local! {
    /// The session that an [`Inquisitive`] reads.
    static OPEN: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Counts in its session how often it was deserialized.
struct Inquisitive;

impl Serialize for Inquisitive {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(0)
    }
}

impl<'de> Deserialize<'de> for Inquisitive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let session = OPEN.with_borrow(Clone::clone).expect("an open session");
        let reads = session.get::<u64>("reads").unwrap().unwrap_or(0);
        session.insert("reads", reads + 1).unwrap();
        u8::deserialize(deserializer).map(|_| Self)
    }
}

fn open(sessions: &Sessions) -> Session {
    let session = request(sessions, Some(&begun(sessions)), NOW);
    session.insert("odd", Inquisitive).unwrap();
    OPEN.set(Some(session.clone()));
    session
}

#[test]
fn a_value_may_use_its_session_while_it_is_deserialized() {
    let session = open(&Sessions::new(MemoryStore::new()));
    assert!(session.get::<Inquisitive>("odd").unwrap().is_some());
    assert!(session.take::<Inquisitive>("odd").unwrap().is_some());
    assert_eq!(session.get("reads").unwrap(), Some(2));
    assert!(!session.contains("odd").unwrap());
}

#[test]
fn an_update_of_a_value_that_keeps_changing_the_session_fails() {
    let session = open(&Sessions::new(MemoryStore::new()));
    let update = session.update("odd", |odd: Option<Inquisitive>| odd);
    assert!(matches!(update, Err(Error::Contended)));
    assert_eq!(session.get("reads").unwrap(), Some(ATTEMPTS));
}
