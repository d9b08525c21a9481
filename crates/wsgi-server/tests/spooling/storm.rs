//! Many clients that come and go at random.

use std::{sync::Arc, thread};

use wsgi_server::Builder;

use crate::{
    support::{Client, get},
    way::{Http, KINDS, WAYS, Way, loopback, measuring, pattern},
};

/// Pseudorandom numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

const LIMIT: usize = 1_000_000;
const LARGEST: usize = 200_000;

/// One client: some requests, cut at random, of which the last may break off.
fn visit(way: Way, mut client: Client, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let body = pattern(dice.below(LARGEST));
        let request = way.request("/", &body);
        let mut sent = 0;
        let breaks_off = dice.below(4) == 0;
        let end = match breaks_off {
            true => dice.below(request.len()),
            false => request.len(),
        };
        while sent < end {
            let next = end.min(sent + 1 + dice.below(90_000));
            client.send(&request[sent..next]);
            sent = next;
            if dice.below(3) == 0 {
                thread::yield_now();
            }
        }
        if breaks_off {
            match dice.below(3) {
                0 => client.reset(),
                1 => drop(client),
                _ => {
                    client.finish();
                    client.take_all();
                }
            }
            return;
        }
        let (status, received) = way.response(&mut client);
        assert!(status == 200 && received == body, "{way:?} {status}");
        if !way.keeps() {
            return;
        }
    }
}

#[test]
fn whatever_clients_do_bodies_stay_apart_and_all_room_is_returned() {
    const CLIENTS: usize = 8;
    for &way in WAYS {
        let options = |builder: Builder| builder.max_threads(4).spool_limit(LIMIT as u64);
        let running = way.serving_with(options, loopback);
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let running = &running;
                scope.spawn(move || {
                    let mut dice = Dice(number as u64);
                    for _ in 0..12 {
                        visit(way, running.connect(), &mut dice);
                    }
                });
            }
        });
        let all = way.request("/", &pattern(LIMIT));
        let (status, received) = way.ask(&mut running.connect(), all);
        assert!(status == 200 && received.len() == LIMIT, "{way:?} {status}");
    }
}

#[test]
fn clients_that_only_begin_requests_hold_up_no_other() {
    let options = |builder: Builder| builder.threads(1).max_threads(2);
    for &way in KINDS {
        let running = way.serving_with(options, measuring(&Arc::default()));
        let begun = way.request("/", &pattern(100_000));
        let begun: Vec<_> = (0..100)
            .map(|number| {
                let mut client = running.connect();
                client.send(&begun[..way.head("/", 100_000).len() + 700 * number]);
                client
            })
            .collect();
        let answer = way.ask(&mut running.connect(), way.request("/", &pattern(150_000)));
        assert_eq!(answer, (200, b"150000".into()), "{way:?}");
        drop(begun);
    }
    // The same if only the heads have come, and the clients wait to be asked.
    let running = Http.serving_with(options, measuring(&Arc::default()));
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    let mut begun: Vec<_> = (0..50).map(|_| running.connect()).collect();
    for client in &mut begun {
        client.send(head);
        assert_eq!(client.response().status, 100);
    }
    assert_eq!(running.connect().ask(get("/")).text(), "0");
    for client in &mut begun {
        assert_eq!(client.ask("123456789").text(), "9");
    }
}
