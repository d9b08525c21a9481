//! Requests of one visitor, with their steps in any order, compared with a model: every
//! acknowledged change is there at the end, in the session for which it was acknowledged.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Increment,
    Insert(&'static str, u8),
    Remove(&'static str),
    Clear,
    Renew,
    Finish,
}

/// The values of a session.
type Values = BTreeMap<String, u64>;

fn apply(values: &mut Values, step: &Step) {
    match step {
        Step::Insert(key, value) => {
            values.insert((*key).to_owned(), u64::from(*value));
        }
        Step::Remove(key) => {
            values.remove(*key);
        }
        Step::Clear => values.clear(),
        Step::Increment => *values.entry("n".to_owned()).or_default() += 1,
        Step::Renew | Step::Finish => {}
    }
}

/// The expected meaning of an id.
#[derive(Clone)]
enum Known {
    /// The id of a session with this number.
    Of(usize),
    /// A retired id, which reads these values.
    Retired(Values),
}

/// The expected contents of the store.
struct Model {
    sessions: Vec<Values>,
    ids: HashMap<String, Known>,
}

impl Model {
    /// Applies acknowledged edits to the session of an id, which has the new id if it was renewed.
    fn acknowledge(&mut self, id: &str, edits: &[Step], new: Option<&str>) {
        let known = self.ids[id].clone();
        let at = match known {
            Known::Of(at) => {
                if new.is_some() {
                    let held = self.sessions[at].clone();
                    self.ids.insert(id.to_owned(), Known::Retired(held));
                }
                at
            }
            Known::Retired(held) => {
                assert!(
                    new.is_some() || edits.is_empty(),
                    "a retired id was changed"
                );
                self.sessions.push(held);
                self.sessions.len() - 1
            }
        };
        edits
            .iter()
            .for_each(|edit| apply(&mut self.sessions[at], edit));
        if let Some(new) = new {
            assert!(!self.ids.contains_key(new), "an id came to two requests");
            self.ids.insert(new.to_owned(), Known::Of(at));
        }
    }

    /// Returns the id of the last live session, which a browser would have.
    fn last(&self) -> String {
        let lives = |(id, known): (&String, &Known)| match known {
            Known::Of(at) => Some((*at, id.clone())),
            Known::Retired(_) => None,
        };
        self.ids.iter().filter_map(lives).max().expect("one").1
    }
}

/// A request, its current id, and its plain edits that are not saved yet.
struct Visitor {
    session: Session,
    id: String,
    edits: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let key = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        4 => Just(Step::Increment),
        4 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => key.prop_map(Step::Remove),
        1 => Just(Step::Clear),
        2 => Just(Step::Renew),
        4 => Just(Step::Finish),
    ]
}

fn cookie(id: &str) -> SetCookie {
    SetCookie::new("session", id)
}

proptest! {
    #[test]
    fn acknowledged_changes_are_kept(
        steps in prop::collection::vec((0..3_usize, step()), 0..60),
    ) {
        let sessions = Sessions::new(MemoryStore::new());
        let first = begun(&sessions).value().to_owned();
        let mut model = Model {
            sessions: vec![Values::from([("n".to_owned(), 0)])],
            ids: HashMap::from([(first.clone(), Known::Of(0))]),
        };
        let open = |id: String| Visitor {
            session: request(&sessions, Some(&cookie(&id)), NOW),
            id,
            edits: Vec::new(),
        };
        let mut visitors = [(); 3].map(|()| open(first.clone()));
        let last = (0..3).map(|who| (who, Step::Finish));
        for (who, step) in steps.into_iter().chain(last) {
            let Visitor { session, id, edits } = &mut visitors[who];
            let changes = match &step {
                Step::Insert(key, value) => session.get(key).unwrap() != Some(*value),
                Step::Remove(key) => session.contains(key).unwrap(),
                Step::Clear => !session.is_empty().unwrap(),
                _ => true,
            };
            let done = match step {
                Step::Increment => increment(session).map(drop),
                Step::Insert(key, value) => session.insert(key, value),
                Step::Remove(key) => session.remove(key).map(drop),
                Step::Clear => session.clear(),
                Step::Renew => session.renew(),
                Step::Finish => session.finish(NOW).map(drop),
            };
            let now = session.cookie().map(|cookie| cookie.value().to_owned());
            let new = now.filter(|now| now != id);
            match (done, &step) {
                (Ok(()), Step::Finish) => {
                    model.acknowledge(id, edits, new.as_deref());
                    visitors[who] = open(model.last());
                }
                (Ok(()), Step::Increment) => {
                    edits.push(step);
                    model.acknowledge(id, edits, new.as_deref());
                    edits.clear();
                    *id = new.unwrap_or_else(|| id.clone());
                }
                (Ok(()), _) if changes => edits.push(step),
                (Ok(()), _) => {}
                // A renewal overtook the request, which is told so.
                (Err(Error::Retired), _) => visitors[who] = open(model.last()),
                (Err(error), _) => panic!("{error:?}"),
            }
        }
        for (id, known) in &model.ids {
            let session = request(&sessions, Some(&cookie(id)), NOW);
            // After many renewals in a row the first ids are forgotten.
            if session.is_new().unwrap() && model.ids.len() > 8 {
                continue;
            }
            let (values, is_retired) = match known {
                Known::Of(at) => (&model.sessions[*at], false),
                Known::Retired(held) => (held, true),
            };
            prop_assert_eq!(session.is_retired().unwrap(), is_retired);
            let held: Values = session.iter().unwrap().collect();
            prop_assert_eq!(&held, values);
        }
    }
}
