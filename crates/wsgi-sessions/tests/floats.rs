//! Floats in sessions.

use std::time::{Duration, SystemTime};

use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};

#[test]
fn a_float_comes_back_exactly() {
    let sessions = Sessions::new(MemoryStore::new());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    // A parser that is only approximate reads the first one wrong.
    for float in [
        0.001_151_987_591_675_556_1,
        0.1 + 0.2,
        f64::MAX,
        f64::MIN_POSITIVE,
    ] {
        let session = sessions.open(&Cookies::default(), Scheme::Https, now);
        session.insert("float", float).unwrap();
        let cookie = session.finish(now).unwrap().expect("a cookie");
        let field = format!("{}={}", cookie.name(), cookie.value());
        let again = sessions.open(&Cookies::parse(&field), Scheme::Https, now);
        let read: f64 = again.get("float").unwrap().expect("the float");
        assert_eq!(read.to_bits(), f64::to_bits(float));
    }
}
