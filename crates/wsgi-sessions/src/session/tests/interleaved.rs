//! Two requests of one visitor, with their steps in any order, against a model:
//! whatever was acknowledged is there at the end.

use std::collections::BTreeMap;

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

/// One of the two, and what of its plain edits is not saved yet.
struct Visitor {
    session: Session,
    edits: Vec<Step>,
}

/// What the store must hold.
#[derive(Default)]
struct Model(BTreeMap<String, u64>);

impl Model {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Insert(key, value) => {
                self.0.insert((*key).to_owned(), u64::from(*value));
            }
            Step::Remove(key) => {
                self.0.remove(*key);
            }
            Step::Clear => self.0.clear(),
            Step::Increment => *self.0.entry("n".to_owned()).or_default() += 1,
            Step::Renew | Step::Finish => {}
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let key = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        4 => Just(Step::Increment),
        4 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => key.prop_map(Step::Remove),
        1 => Just(Step::Clear),
        1 => Just(Step::Renew),
        4 => Just(Step::Finish),
    ]
}

proptest! {
    #[test]
    fn what_was_acknowledged_is_there(
        steps in prop::collection::vec((0..2_usize, step()), 0..40),
    ) {
        let sessions = Sessions::new(MemoryStore::new());
        let mut cookie = begun(&sessions);
        let mut model = Model::default();
        model.0.insert("n".to_owned(), 0);
        let open = |cookie: &SetCookie| Visitor {
            session: request(&sessions, Some(cookie), NOW),
            edits: Vec::new(),
        };
        let mut visitors = [open(&cookie), open(&cookie)];
        let last = [(0, Step::Finish), (1, Step::Finish)];
        for (who, step) in steps.into_iter().chain(last) {
            let Visitor { session, edits } = &mut visitors[who];
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
                Step::Finish => session.finish(NOW).map(|new| cookie = new.unwrap_or(cookie.clone())),
            };
            match (done, &step) {
                (Ok(()), Step::Finish) => {
                    edits.iter().for_each(|edit| model.apply(edit));
                    visitors[who] = open(&cookie);
                }
                (Ok(()), Step::Increment) => {
                    edits.drain(..).for_each(|edit| model.apply(&edit));
                    model.apply(&step);
                }
                (Ok(()), _) if changes => edits.push(step),
                (Ok(()), _) => {}
                // It was overtaken by a renewal, and knows.
                (Err(Error::Retired), _) => visitors[who] = open(&cookie),
                (Err(error), _) => panic!("{error:?}"),
            }
        }
        let session = request(&sessions, Some(&cookie), NOW);
        for key in ["n", "a", "b", "c"] {
            prop_assert_eq!(session.get(key).unwrap(), model.0.get(key).copied(), "{}", key);
        }
    }
}
