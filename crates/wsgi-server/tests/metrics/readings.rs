//! Readings while the server works.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
};

use wsgi_exposition::Exposition;

use crate::{
    measured::Measured,
    support::{echo, get},
};

/// The numbers of a page that only grow, by name and labels.
fn growing(page: &Exposition) -> BTreeMap<String, f64> {
    let families = page.names().filter_map(|name| page.family(name));
    let growing = families.filter(|family| family.kind != "gauge");
    let samples = growing.flat_map(|family| &family.samples);
    samples
        .map(|sample| (format!("{} {:?}", sample.name, sample.labels), sample.value))
        .collect()
}

#[test]
fn no_number_that_only_grows_is_read_smaller_than_before() {
    let measured = Measured::new(echo);
    let (rounds, clients) = (60, 4);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..clients)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        let mut client = measured.running.connect();
                        client.send(get("/").repeat(5));
                        (0..5).for_each(|_| assert_eq!(client.response().status, 200));
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let mut before = BTreeMap::new();
                while !is_over.load(Relaxed) {
                    let now = growing(&measured.page());
                    for (name, value) in &before {
                        assert!(
                            now[name] >= *value,
                            "{name}: {value} and then {}",
                            now[name]
                        );
                    }
                    before = now;
                }
            });
        }
        let results: Vec<_> = clients
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, Relaxed);
        results.into_iter().for_each(|result| result.unwrap());
    });
    measured.assert_requests("http", &[("GET", "200", "", rounds * clients * 5)]);
}
