//! A flood of requests without a cookie, and a visitor in the meantime.

use super::*;

#[test]
fn a_flood_logs_nobody_out_and_keeps_nobody_out() {
    let store = Arc::new(MemoryStore::new().max_sessions(100).max_bytes(64 << 10));
    let sessions = Sessions::new(Arc::clone(&store));
    let mut visitor = begun(&sessions);
    let mut visits = 0;
    let visit = |cookie: &SetCookie| request(&sessions, Some(cookie), NOW);
    for flood in 0..110_000_u32 {
        let session = request(&sessions, None, NOW);
        session.insert("visits", flood).unwrap();
        session
            .insert("padding", "x".repeat(flood as usize % 1_000))
            .unwrap();
        assert!(session.finish(NOW).unwrap().is_some(), "nobody is kept out");
        if flood % 100 != 0 {
            continue;
        }
        assert_eq!(n(&sessions, &visitor), Some(visits), "reads");
        visits += 1;
        assert_eq!(increment(&visit(&visitor)).unwrap(), visits, "writes");
        let login = visit(&visitor);
        login.login("user-17").unwrap();
        visitor = login.finish(NOW).unwrap().expect("logs in");
        assert_eq!(n(&sessions, &visitor), Some(visits), "and is");
        if flood % 1_000 != 0 {
            continue;
        }
        let logout = visit(&visitor);
        logout.end().unwrap();
        logout.finish(NOW).unwrap().expect("logs out");
        assert!(visit(&visitor).is_new().unwrap());
        visitor = begun(&sessions);
        visits = 0;
    }
    assert!(store.len() <= 100);
}

#[test]
fn the_oldest_sessions_whose_cookie_has_not_come_back_go_first() {
    let store = Arc::new(MemoryStore::new().max_sessions(100).max_bytes(1 << 20));
    let sessions = Sessions::new(Arc::clone(&store));
    let flood = |number: u32| {
        let session = request(&sessions, None, NOW);
        session.insert("n", number).unwrap();
        session.finish(NOW).unwrap().expect("a cookie")
    };
    let mut cookies: Vec<_> = (0..100).map(flood).collect();
    // Every tenth cookie comes back.
    for cookie in cookies.iter().step_by(10) {
        let session = request(&sessions, Some(cookie), NOW);
        assert!(session.contains("n").unwrap());
        session.finish(NOW).unwrap();
    }
    cookies.extend((100..150).map(flood));
    let is_there = |cookie| n(&sessions, cookie).is_some();
    // Fifty of the others have gone: 1 to 9, 11 to 19, ..., up to 55.
    for (number, cookie) in cookies.iter().enumerate() {
        let goes = number % 10 != 0 && number <= 55;
        assert_eq!(is_there(cookie), !goes, "{number}");
    }
}
