//! Two logins and a third request with one cookie, and their steps in every order: like a double
//! click while the page is still loading something.

use super::*;

/// The steps of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Reads, sets the user, renews, and saves.
    Login,
    /// Reads, changes the cart, and saves.
    Plain,
    /// Reads, and updates the count at once.
    Update,
    /// Reads, and ends the session.
    Logout,
}

struct Request {
    kind: Kind,
    session: Session,
    step: usize,
    outcome: Option<Result<Option<SetCookie>, Error>>,
}

const STEPS: usize = 3;

impl Request {
    fn advance(&mut self) {
        let session = &self.session;
        let result = match (self.kind, self.step) {
            (_, 0) => session.get::<u64>("n").map(drop),
            (Kind::Login, 1) => session
                .insert("user", "Ada")
                .and_then(|()| session.login("user-17")),
            (Kind::Plain, 1) => session.insert("cart", 7),
            (Kind::Update, 1) => increment(session).map(drop),
            (Kind::Logout, 1) => session.end(),
            _ => Ok(()),
        };
        self.step += 1;
        if let Err(error) = result {
            self.step = STEPS;
            self.outcome = Some(Err(error));
        } else if self.step == STEPS {
            self.outcome = Some(self.session.finish(NOW));
        }
    }

    fn is_finished(&self) -> bool {
        self.step == STEPS
    }
}

/// Runs the requests with their steps in every order, each time in a new store.
fn in_every_order(kinds: [Kind; 3], check: impl Fn(&Sessions, &SetCookie, Vec<Request>)) {
    let mut orders = vec![Vec::new()];
    for _ in 0..3 * STEPS {
        let longer = |order: Vec<usize>| {
            (0..3).filter_map(move |who| {
                let steps = order.iter().filter(|other| **other == who).count();
                (steps < STEPS).then(|| [&order[..], &[who]].concat())
            })
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    assert_eq!(orders.len(), 1_680);
    for order in orders {
        let sessions = Sessions::new(MemoryStore::new());
        let old = begun(&sessions);
        let mut requests = kinds.map(|kind| Request {
            kind,
            session: request(&sessions, Some(&old), NOW),
            step: 0,
            outcome: None,
        });
        for who in order {
            if !requests[who].is_finished() {
                requests[who].advance();
            }
        }
        check(&sessions, &old, requests.into());
    }
}

fn outcome(request: &Request) -> &Result<Option<SetCookie>, Error> {
    request.outcome.as_ref().expect("it is finished")
}

/// Checks two logins and a third request: both logins succeed, the cart is kept, and nobody gets
/// another's id.
fn check_logins(sessions: &Sessions, old: &SetCookie, requests: &[Request]) {
    let [first, second, other] = requests else {
        panic!("three requests");
    };
    let cookie = |login: &Request| match outcome(login) {
        Ok(Some(cookie)) => cookie.clone(),
        other => panic!("a login ended with {other:?}"),
    };
    let (first, second) = (cookie(first), cookie(second));
    assert!(first.value() != second.value() && first.value() != old.value());
    let was_saved = match outcome(other) {
        Ok(None) => true,
        Err(Error::Retired) => false,
        other => panic!("the plain request ended with {other:?}"),
    };
    for cookie in [&first, &second] {
        let session = request(sessions, Some(cookie), NOW);
        assert_eq!(session.get("user").unwrap(), Some("Ada".to_owned()));
        assert_eq!(session.owner().unwrap().as_deref(), Some("user-17"));
        match other.kind {
            Kind::Update => assert_eq!(session.get("n").unwrap(), Some(u64::from(was_saved))),
            _ => assert_eq!(session.get("cart").unwrap(), was_saved.then_some(7)),
        }
    }
    let late = request(sessions, Some(old), NOW);
    assert!(late.is_retired().unwrap());
    assert!(!late.contains("user").unwrap(), "it does not see the login");
    assert!(late.finish(NOW).unwrap().is_none() && late.cookie().is_none());

    // Logging out of one session ends it and the old id, and leaves the other session alone.
    let session = request(sessions, Some(&second), NOW);
    session.end().unwrap();
    for id in [old, &second] {
        assert!(request(sessions, Some(id), NOW).is_new().unwrap());
    }
    assert!(!request(sessions, Some(&first), NOW).is_new().unwrap());
}

#[test]
fn two_logins_and_a_plain_change() {
    let kinds = [Kind::Login, Kind::Login, Kind::Plain];
    in_every_order(kinds, |sessions, old, requests| {
        check_logins(sessions, old, &requests);
    });
}

#[test]
fn two_logins_and_an_update() {
    let kinds = [Kind::Login, Kind::Login, Kind::Update];
    in_every_order(kinds, |sessions, old, requests| {
        check_logins(sessions, old, &requests);
    });
}

#[test]
fn a_login_a_logout_and_a_plain_change() {
    let kinds = [Kind::Login, Kind::Logout, Kind::Plain];
    in_every_order(kinds, |sessions, old, requests| {
        let [login, logout, plain] = &requests[..] else {
            panic!("three requests");
        };
        assert!(outcome(logout).is_ok());
        // The logout wins against every unfinished request with the old id. The login either came
        // before the logout, or began a new session.
        match outcome(login) {
            Ok(Some(cookie)) => assert_ne!(cookie.value(), old.value()),
            other => panic!("the login ended with {other:?}"),
        }
        match outcome(plain) {
            Ok(None) | Err(Error::Ended | Error::Retired) => {}
            // The request came after the session had ended.
            Ok(Some(cookie)) => assert_ne!(cookie.value(), old.value()),
            other => panic!("the plain request ended with {other:?}"),
        }
        let late = request(sessions, Some(old), NOW);
        assert!(late.is_new().unwrap(), "the old id is unknown");
        late.renew().unwrap();
        assert!(late.finish(NOW).unwrap().is_none(), "and cannot be renewed");
    });
}
