//! A simple model of a store: a map without shards, tables, queues and limits.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use proptest::prelude::*;

use crate::{
    handle::Handle,
    key::Key,
    listed::Listed,
    record::{Owned, Record, RetiredKey},
    store::{Load, Store, Write},
    version::Version,
};

const NOW: SystemTime = UNIX_EPOCH;

fn key(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

/// An operation on a store.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Create {
        at: u32,
        owner: usize,
        data: usize,
    },
    Load(u32),
    Save {
        at: u32,
        stale: bool,
        owner: usize,
        data: usize,
    },
    Touch {
        at: u32,
        seconds: u64,
    },
    Renew {
        keys: [u32; 2],
        stale: bool,
        grace: u64,
        owner: usize,
    },
    End(u32),
    EndAll(usize),
    List(usize),
    Sweep(usize),
    Wait(u64),
}

#[derive(Clone)]
enum Entry {
    Live(Record),
    Retired(Record, SystemTime),
}

/// The behaviour of a store, as simple as possible.
#[derive(Default)]
struct Model(BTreeMap<u32, Entry>);

impl Model {
    fn load(&self, at: u32, now: SystemTime) -> Load {
        match self.0.get(&at) {
            Some(Entry::Live(record)) if record.is_live(now) => Load::Found(record.clone()),
            Some(Entry::Retired(record, until)) if now < *until && record.is_live(now) => {
                Load::Retired(record.clone())
            }
            _ => Load::Absent,
        }
    }

    fn create(&mut self, at: u32, record: &Record, now: SystemTime) -> bool {
        let is_free = self.load(at, now) == Load::Absent;
        if is_free {
            self.0.insert(at, Entry::Live(record.clone()));
        }
        is_free
    }

    fn save(&mut self, at: u32, expected: Version, record: &Record, now: SystemTime) -> Write {
        match self.load(at, now) {
            Load::Found(standing) if standing.version == expected => {
                self.0.insert(at, Entry::Live(record.clone()));
                Write::Done
            }
            Load::Found(standing) => Write::Conflict(standing),
            Load::Retired(_) => Write::Retired,
            Load::Absent => Write::Gone,
        }
    }

    /// Returns `None` if the new key is taken.
    fn renew(
        &mut self,
        [old, new]: [u32; 2],
        expected: Version,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Option<Write> {
        if self.load(new, now) != Load::Absent {
            return None;
        }
        let (standing, lived) = match self.load(old, now) {
            Load::Found(standing) => (standing, true),
            Load::Retired(standing) => (standing, false),
            Load::Absent => return Some(Write::Gone),
        };
        if standing.version != expected {
            return Some(Write::Conflict(standing));
        }
        if grace.is_zero() {
            self.end(old, now);
        } else if lived {
            self.0.insert(old, Entry::Retired(standing, now + grace));
        }
        self.0.insert(new, Entry::Live(record.clone()));
        Some(Write::Done)
    }

    fn end(&mut self, at: u32, now: SystemTime) -> bool {
        let was_known = self.load(at, now) != Load::Absent;
        self.end_these(&[at], now);
        was_known
    }

    /// Ends sessions and copies together, and then the retired keys of each of them.
    fn end_these(&mut self, keys: &[u32], now: SystemTime) {
        let mut retired = Vec::new();
        for at in keys {
            let was_known = self.load(*at, now) != Load::Absent;
            let ended = self.0.remove(at).filter(|_| was_known);
            if let Some(Entry::Live(record) | Entry::Retired(record, _)) = ended {
                retired.extend_from_slice(record.retired_keys());
            }
        }
        let is_retired = |at: u32| retired.iter().any(|retired| retired.key == key(at));
        self.0
            .retain(|at, entry| !is_retired(*at) || matches!(entry, Entry::Live(_)));
    }

    fn owned(&self, owner: usize) -> Vec<u32> {
        let owner = name(owner);
        let of = |entry: &Entry| match entry {
            Entry::Live(record) | Entry::Retired(record, _) => record.owner() == owner.as_deref(),
        };
        let owned = self.0.iter().filter(|(_, entry)| of(entry));
        owned.map(|(at, _)| *at).collect()
    }
}

/// Returns the name of an owner. The first has none.
fn name(owner: usize) -> Option<String> {
    (owner > 0).then(|| format!("user-{owner}"))
}

fn made(owner: usize, data: usize, now: SystemTime) -> Record {
    let minute = Duration::from_secs(60);
    let mut record = Record::new(vec![b' '; data], minute, 3 * minute, now).unwrap();
    if let Some(owner) = name(owner) {
        record.annex.get_or_insert_default().owned = Some(Owned {
            owner,
            handle: Handle::from_bytes([7; 16]),
            created: NOW,
            note: None,
        });
    }
    record
}

fn step() -> impl Strategy<Value = Step> {
    let (at, owner, data) = (|| 0..8_u32, || 0..3_usize, || 0..50_usize);
    let stale = || prop::bool::weighted(0.2);
    let grace = prop::sample::select(vec![0, 5, 5, 5, 100]);
    prop_oneof![
        4 => (at(), owner(), data()).prop_map(|(at, owner, data)| Step::Create { at, owner, data }),
        2 => at().prop_map(Step::Load),
        3 => (at(), stale(), owner(), data())
            .prop_map(|(at, stale, owner, data)| Step::Save { at, stale, owner, data }),
        2 => (at(), 0..200_u64).prop_map(|(at, seconds)| Step::Touch { at, seconds }),
        4 => ([at(), at()], stale(), grace, owner())
            .prop_map(|(keys, stale, grace, owner)| Step::Renew { keys, stale, grace, owner }),
        2 => at().prop_map(Step::End),
        1 => (1..3_usize).prop_map(Step::EndAll),
        1 => (1..3_usize).prop_map(Step::List),
        1 => (0..10_usize).prop_map(Step::Sweep),
        2 => (0..70_u64).prop_map(Step::Wait),
    ]
}

/// Returns the version of the record under a key, or a wrong one.
fn version(model: &Model, at: u32, stale: bool, now: SystemTime) -> Version {
    match model.load(at, now) {
        Load::Found(record) | Load::Retired(record) if !stale => record.version,
        _ => Version::random().unwrap(),
    }
}

fn check(store: &dyn Store, model: &mut Model, step: Step, now: SystemTime) {
    match step {
        Step::Create { at, owner, data } => {
            let record = made(owner, data, now);
            let created = store.create(&key(at), &record, now).is_ok();
            assert_eq!(created, model.create(at, &record, now));
        }
        Step::Load(at) => {
            assert_eq!(store.load(&key(at), now).unwrap(), model.load(at, now));
        }
        Step::Save {
            at,
            stale,
            owner,
            data,
        } => {
            let (expected, record) = (version(model, at, stale, now), made(owner, data, now));
            let saved = store.save(&key(at), expected, &record, now).unwrap();
            assert_eq!(saved, model.save(at, expected, &record, now));
        }
        Step::Touch { at, seconds } => {
            let until = now + Duration::from_secs(seconds);
            let lives = matches!(model.load(at, now), Load::Found(_));
            assert_eq!(store.touch(&key(at), until, now).unwrap(), lives);
            if let (true, Some(Entry::Live(record))) = (lives, model.0.get_mut(&at)) {
                record.idle_until = record.idle_until.max(until);
            }
        }
        Step::Renew {
            keys,
            stale,
            grace,
            owner,
        } => {
            let [old, new] = keys.map(key);
            let (expected, grace) = (
                version(model, keys[0], stale, now),
                Duration::from_secs(grace),
            );
            let mut record = made(owner, 10, now);
            if !grace.is_zero() {
                let until = now + grace;
                let annex = record.annex.get_or_insert_default();
                annex.retired_keys.push(RetiredKey { key: old, until });
            }
            let renewed = store.renew(&old, expected, &new, &record, grace, now);
            assert_eq!(
                renewed.ok(),
                model.renew(keys, expected, &record, grace, now)
            );
        }
        Step::End(at) => assert_eq!(store.end(&key(at), now).unwrap(), model.end(at, now)),
        Step::EndAll(owner) => {
            let owned = model.owned(owner);
            let lives = |at: &&u32| matches!(model.load(**at, now), Load::Found(_));
            let lived = owned.iter().filter(lives).count();
            model.end_these(&owned, now);
            assert_eq!(store.end_all(&name(owner).unwrap(), now).unwrap(), lived);
        }
        Step::List(owner) => {
            let mut listed = store.list(&name(owner).unwrap(), now).unwrap();
            let found = |at: u32| match model.load(at, now) {
                Load::Found(record) => Listed::of(&key(at), &record),
                _ => None,
            };
            let mut expected: Vec<_> = model.owned(owner).into_iter().filter_map(found).collect();
            listed.sort_by_key(|listed| listed.key);
            expected.sort_by_key(|listed| listed.key);
            assert_eq!(listed, expected);
        }
        Step::Sweep(at_most) => drop(store.sweep(now, at_most).unwrap()),
        Step::Wait(_) => {}
    }
}

/// A sequence of steps.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..80)
}

/// Takes the same steps on a store and on the model, compares each result, and finally removes
/// everything.
pub(crate) fn run(store: &dyn Store, steps: Vec<Step>) {
    let (mut model, mut now) = (Model::default(), NOW);
    for step in steps {
        if let Step::Wait(seconds) = step {
            now += Duration::from_secs(seconds);
        }
        check(store, &mut model, step, now);
    }
    for at in 0..8 {
        check(store, &mut model, Step::Load(at), now);
    }
    let end = now + Duration::from_secs(100_000);
    // Once from where the last sweep ended, and once from the start.
    for _ in 0..2 {
        store.sweep(end, usize::MAX).unwrap();
    }
}
