//! Many senders, and many pages.

use std::{collections::HashMap, thread};

use wsgi_application::Chunk;

use crate::{
    open_pages::{OpenPages, take_head},
    support::{get, joined},
};

#[test]
fn every_chunk_of_eight_threads_comes_once_and_in_the_order_of_its_thread() {
    const THREADS: usize = 8;
    const SENDS: usize = 1000;
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live");
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in 0..SENDS {
                    sender.send(format!("{thread} {number}\n")).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let response = client.response();
    assert!(response.complete);
    let mut next: HashMap<&str, usize> = HashMap::new();
    for line in response.text().lines() {
        let (thread, number) = line.split_once(' ').unwrap();
        let expected = next.entry(thread).or_default();
        assert_eq!(number.parse(), Ok(*expected));
        *expected += 1;
    }
    assert!(next.len() == THREADS && next.values().all(|count| *count == SENDS));
    for thread in threads {
        joined("everything is sent", thread);
    }
}

#[test]
fn one_shared_chunk_goes_to_two_hundred_pages_from_four_threads() {
    const PAGES: usize = 200;
    const THREADS: usize = 4;
    let pages = OpenPages::new();
    let mut clients: Vec<_> = (0..PAGES).map(|_| pages.running.connect()).collect();
    let mut senders = Vec::new();
    for client in &mut clients {
        client.send(get("/live"));
        senders.push(pages.sender());
        take_head(client);
    }
    let chunk = Chunk::from(vec![b'x'; 5000]).into_shared();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for sender in &senders {
                    sender.send(chunk.clone()).unwrap();
                }
            });
        }
    });
    drop(senders);
    let expected = [format!("{:x}\r\n", chunk.len()).as_bytes(), &chunk, b"\r\n"].concat();
    for client in &mut clients {
        for _ in 0..THREADS {
            assert!(client.take(expected.len()).unwrap() == expected);
        }
        assert_eq!(client.take(5).unwrap(), b"0\r\n\r\n");
    }
}
