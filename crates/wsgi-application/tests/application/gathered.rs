//! Bodies of small chunks that are gathered.

use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{Body, Chunk, Content, Error, IntoChunk};

type Chunks = Box<dyn Iterator<Item = Result<Chunk, Error>> + Send>;

fn chunks(body: Body) -> Chunks {
    match body.into_content() {
        Content::Chunks(chunks) => chunks,
        content => panic!("{content:?}"),
    }
}

#[track_caller]
fn check<C: IntoChunk + Send + 'static>(least: usize, items: Vec<C>, sent: &[&str]) {
    let gathered = chunks(Body::gathered(least, items));
    let shown = gathered.map(|item| match item {
        Ok(chunk) => String::from_utf8_lossy(&chunk).into_owned(),
        Err(error) => format!("error: {error}"),
    });
    assert_eq!(shown.collect::<Vec<_>>(), sent);
}

#[test]
fn chunks_are_gathered_up_to_the_number_of_bytes() {
    check(4, vec!["a", "bc", "d", "e"], &["abcd", "e"]);
    check(4, vec!["a", "bcd", "ef", "g"], &["abcd", "efg"]);
    check(4, vec!["abc", "abc", "", "abc"], &["abcabc", "abc"]);
    check(usize::MAX, vec!["a", "b"], &["ab"]);
    check(4, Vec::<&str>::new(), &[]);
    check(4, vec!["", ""], &[]);
}

#[test]
fn with_less_than_two_bytes_each_chunk_is_sent() {
    for least in [0, 1] {
        check(least, vec!["a", "", "bc"], &["a", "bc"]);
    }
}

#[test]
fn endless_empty_chunks_hold_no_thread() {
    let first = iter::once("a");
    let mut gathered = chunks(Body::gathered(4, first.chain(iter::repeat(""))));
    for _ in 0..3 {
        assert_eq!(gathered.next().unwrap().unwrap(), "");
    }
    let many = iter::repeat_n("", 2500)
        .chain(["bc"])
        .chain(iter::repeat_n("", 1500));
    let gathered = chunks(Body::gathered(4, iter::once("a").chain(many).chain(["d"])));
    let shown: Vec<_> = gathered.map(|item| item.unwrap().into_vec()).collect();
    assert_eq!(shown, [&b""[..], b"", b"", b"abcd"]);
}

#[test]
fn large_chunks_are_not_copied() {
    check(2, vec!["a", "large", "b", "c"], &["a", "large", "bc"]);
    let large = Chunk::from(vec![b'x'; 100]).into_shared();
    let mut gathered = chunks(Body::gathered(10, vec![Chunk::from("a"), large.clone()]));
    assert_eq!(gathered.next().unwrap().unwrap(), "a");
    assert_eq!(gathered.next().unwrap().unwrap().as_ptr(), large.as_ptr());
    assert!(gathered.next().is_none());
}

#[test]
fn an_error_comes_after_the_bytes_before_it() {
    let items: Vec<Result<&str, &str>> = vec![Ok("a"), Ok("b"), Err("no more"), Ok("c")];
    check(4, items, &["ab", "error: no more", "c"]);
    check(4, vec![Err::<&str, _>("nothing")], &["error: nothing"]);
}

#[test]
fn an_iterator_is_not_asked_after_its_end_and_dropped_with_the_body() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let twice = iter::from_fn(move || match counted.fetch_add(1, Ordering::Relaxed) {
        0 => Some("a"),
        1 => None,
        _ => panic!("it has ended"),
    });
    let mut gathered = chunks(Body::gathered(4, twice));
    assert_eq!(gathered.next().unwrap().unwrap(), "a");
    assert_eq!(Arc::strong_count(&calls), 1, "what it holds is free");
    assert!(gathered.next().is_none() && gathered.next().is_none());

    let held = Arc::new(());
    let holder = held.clone();
    let body = Body::gathered(4, iter::repeat_with(move || format!("{holder:?}")));
    drop(body);
    assert_eq!(Arc::strong_count(&held), 1);
}
