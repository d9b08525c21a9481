//! Losses of power at random points: every acknowledged change is there, and nothing else.
//!
//! Each story has a seed, which a failure prints. `POWER_LOSSES` sets the number of losses, and
//! `POWER_SEED` the first seed. The next ones follow it.

use std::{
    collections::BTreeMap,
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime},
};

use proptest::{
    prelude::RngExt as _,
    test_runner::{RngAlgorithm, TestRng},
};

use super::{record, volatile_disk::VolatileDisk};
use crate::{
    handle::Handle,
    key::Key,
    record::{Annex, Owned, Record, RetiredKey},
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::file::FileStore,
};

/// The largest number of sessions.
const MOST: usize = 24;
const OWNERS: [&str; 2] = ["one", "another"];
const GRACE: Duration = Duration::from_secs(5);

/// The meaning of a key that is known.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// The flag tells whether the cookie has come back.
    Live(Record, bool),
    Retired(Record),
}

type Sessions = BTreeMap<u32, State>;

fn key(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

/// The result of an operation that changes something.
type Done = Result<(), StoreError>;

/// A store on a disk that loses power, and what must be in it.
struct Story {
    random: TestRng,
    now: SystemTime,
    disk: VolatileDisk,
    /// The sessions as the store shows them.
    sessions: Sessions,
    /// The sessions that may be there after a loss of power: those of the last acknowledged change,
    /// and of changes that failed after it.
    durable: Vec<Sessions>,
    /// The number of keys so far. None is used again.
    keys: u32,
    /// Whether the disk may have been full.
    is_small: bool,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let is_small = random.random_range(0..3) == 0;
        let capacity = if is_small { 2_600_000 } else { 1 << 30 };
        let power = power(&mut random);
        Self {
            random,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            disk: VolatileDisk::new(power, capacity),
            sessions: Sessions::new(),
            durable: vec![Sessions::new()],
            keys: 0,
            is_small,
        }
    }

    /// Uses the store until the power is lost, that many times.
    fn live(&mut self, losses: u32) {
        for _ in 0..losses {
            match self.disk.store() {
                Ok(store) => {
                    self.recognize(&store);
                    while self.disk.has_power() {
                        self.step(&store);
                    }
                }
                Err(error) => assert!(!self.disk.has_power(), "it does not open: {error}"),
            }
            let power = power(&mut self.random);
            self.disk = self.disk.after_loss(&mut self.random, power);
        }
        // Without a further loss.
        self.disk = self.disk.after_loss(&mut self.random, u64::MAX);
        self.recognize(&self.disk.store().expect("a store that opens"));
    }

    /// Finds out which of the possible contents a store has.
    #[track_caller]
    fn recognize(&mut self, store: &FileStore) {
        let mut differences = Vec::new();
        for sessions in &self.durable {
            match self.difference(store, sessions) {
                None => {
                    self.sessions = self.without_evicted(store, sessions);
                    self.durable = vec![self.sessions.clone()];
                    return;
                }
                Some(difference) => differences.push(difference),
            }
        }
        assert!(!self.disk.has_power(), "{differences:?}");
    }

    /// The first difference between a store and these sessions.
    fn difference(&self, store: &FileStore, sessions: &Sessions) -> Option<String> {
        for number in 0..self.keys {
            let (expected, loaded) = (sessions.get(&number), store.load(&key(number), self.now));
            let is_equal = match (expected, &loaded) {
                (Some(State::Live(record, _)), Ok(Load::Found(found))) => record == found,
                // A full store removes these.
                (Some(State::Live(_, false) | State::Retired(_)), Ok(Load::Absent)) => {
                    self.is_small
                }
                (Some(State::Retired(record)), Ok(Load::Retired(found))) => record == found,
                (None, Ok(Load::Absent)) => true,
                _ => false,
            };
            if !is_equal {
                return Some(format!("{number}: {expected:?}, but {loaded:?}"));
            }
        }
        for owner in OWNERS {
            let live = sessions.values();
            let live = live.filter(|state| matches!(state, State::Live(..)));
            let count = live.filter(|state| is_owned(state, owner)).count();
            let listed = store.list(owner, self.now);
            if !self.is_small && !matches!(&listed, Ok(listed) if listed.len() == count) {
                return Some(format!("{count} of {owner}, but {listed:?}"));
            }
        }
        None
    }

    /// The sessions without those that a full store has removed.
    fn without_evicted(&self, store: &FileStore, sessions: &Sessions) -> Sessions {
        let mut sessions = sessions.clone();
        sessions
            .retain(|number, _| !matches!(store.load(&key(*number), self.now), Ok(Load::Absent)));
        sessions
    }

    /// Does something with the store.
    fn step(&mut self, store: &FileStore) {
        let mut after = self.sessions.clone();
        let done = self.change(store, &mut after);
        match done {
            Ok(()) => {
                self.sessions = match self.is_small {
                    true => self.without_evicted(store, &after),
                    false => after,
                };
                self.durable = vec![self.sessions.clone()];
            }
            // The disk may have refused the change, which the store then keeps for later.
            Err(error) if self.disk.has_power() => {
                assert!(self.is_small, "{error}");
                self.durable.push(after.clone());
                if self.difference(store, &after).is_none() {
                    self.sessions = after;
                }
            }
            Err(_) => self.durable.push(after),
        }
    }

    /// Changes something in a store and in these sessions.
    fn change(&mut self, store: &FileStore, sessions: &mut Sessions) -> Done {
        let now = self.now;
        let number = sessions
            .keys()
            .nth(self.random.random_range(0..MOST))
            .copied();
        let known = number.and_then(|number| Some((number, sessions.get(&number)?.clone())));
        match (self.random.random_range(0..12), known) {
            (0..=5, None) => {
                let (number, record) = (self.new_key(), self.record(Vec::new()));
                sessions.insert(number, State::Live(record.clone(), false));
                store.create(&key(number), &record, now)
            }
            (0..=3, Some((number, State::Live(old, _)))) => {
                let record = self.record(old.retired_keys().to_vec());
                sessions.insert(number, State::Live(record.clone(), true));
                let saved = store.save(&key(number), old.version, &record, now)?;
                assert_eq!(saved, Write::Done);
                Ok(())
            }
            (4, Some((number, State::Live(mut record, _)))) => {
                record.idle_until += Duration::from_secs(1);
                let until = record.idle_until;
                sessions.insert(number, State::Live(record, true));
                assert!(store.touch(&key(number), until, now)?);
                Ok(())
            }
            (5 | 6, Some((number, State::Live(old, _)))) => {
                let new = self.new_key();
                let retired_keys = self.retire(number, &old, sessions);
                let grace = if retired_keys.is_empty() {
                    Duration::ZERO
                } else {
                    GRACE
                };
                let record = self.record(retired_keys);
                sessions.insert(new, State::Live(record.clone(), true));
                let renewed =
                    store.renew(&key(number), old.version, &key(new), &record, grace, now)?;
                assert_eq!(renewed, Write::Done);
                Ok(())
            }
            (7 | 8, Some((number, state))) => {
                end(sessions, number, &state);
                assert!(store.end(&key(number), now)?);
                Ok(())
            }
            (9, _) => {
                let owner = OWNERS[self.random.random_range(0..OWNERS.len())];
                for (number, state) in sessions.clone() {
                    if is_owned(&state, owner) {
                        end(sessions, number, &state);
                    }
                }
                store.end_all(owner, now).map(drop)
            }
            _ => store.sweep(now, 10).map(drop),
        }
    }

    /// Retires a key with a grace, or ends it without one. Returns the retired keys of the session.
    fn retire(&mut self, number: u32, old: &Record, sessions: &mut Sessions) -> Vec<RetiredKey> {
        let mut retired_keys = old.retired_keys().to_vec();
        if self.random.random_range(0..3) == 0 || retired_keys.len() == Annex::MAX_RETIRED_KEYS {
            end(sessions, number, &State::Live(old.clone(), true));
            return Vec::new();
        }
        sessions.insert(number, State::Retired(old.clone()));
        retired_keys.push(RetiredKey {
            key: key(number),
            until: self.now + GRACE,
        });
        retired_keys
    }

    fn new_key(&mut self) -> u32 {
        self.keys += 1;
        self.keys - 1
    }

    fn record(&mut self, retired_keys: Vec<RetiredKey>) -> Record {
        let length = [0, 10, 700, 5_000, 60_000][self.random.random_range(0..5)];
        let mut record = record(&vec![self.random.random(); length], self.now);
        let owner = OWNERS.get(self.random.random_range(0..4));
        let owned = owner.map(|owner| Owned {
            owner: (*owner).to_owned(),
            handle: Handle::random().unwrap(),
            created: self.now,
            note: None,
        });
        let annex = Annex {
            owned,
            retired_keys,
            ..Annex::default()
        };
        record.annex = annex.into_option();
        record
    }
}

/// The number of changes and syncs until the next loss of power.
fn power(random: &mut TestRng) -> u64 {
    let most = [10, 100, 600][random.random_range(0..3)];
    random.random_range(1..most)
}

fn is_owned(state: &State, owner: &str) -> bool {
    let (State::Live(record, _) | State::Retired(record)) = state;
    record.owner() == Some(owner)
}

/// Ends a session with its retired keys.
fn end(sessions: &mut Sessions, number: u32, state: &State) {
    sessions.remove(&number);
    let (State::Live(record, _) | State::Retired(record)) = state;
    let keys = record.retired_keys();
    sessions.retain(|number, _| keys.iter().all(|retired| retired.key != key(*number)));
}

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[test]
fn a_loss_of_power_takes_nothing_that_was_acknowledged() {
    const LOSSES: u32 = 5;
    let count = variable("POWER_LOSSES").unwrap_or(250) / u64::from(LOSSES);
    let first = variable("POWER_SEED").unwrap_or(0);
    for seed in first..first + count.max(1) {
        let told = catch_unwind(AssertUnwindSafe(|| Story::new(seed).live(LOSSES)));
        assert!(told.is_ok(), "again with POWER_LOSSES=1 POWER_SEED={seed}");
    }
}
