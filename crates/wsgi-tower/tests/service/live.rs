//! Live bodies.

use std::{
    io::{self, Write},
    sync::mpsc,
    thread,
};

use http_body_util::BodyExt;
use wsgi_application::{
    Application, Body, Filter, Head, Result, Scope, Sender, Status, application, filtered,
};
use wsgi_environ::End;
use wsgi_tower::{ApplicationService, Pool};

use crate::park::park;
use crate::support::{PATIENCE, collect, get, noting};

/// An application with a live body, whose sender goes to the test.
pub(crate) fn live() -> (impl Application + 'static, mpsc::Receiver<Sender>) {
    let (senders, receiver) = mpsc::channel();
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        let (sender, body) = Body::channel(1024);
        senders.send(sender)?;
        Ok(body)
    });
    (app, receiver)
}

#[test]
fn live_bodies_hold_no_thread() {
    let (app, senders) = live();
    let (app, outcomes) = noting(app);
    let pool = Pool::new(1);
    let mut service = ApplicationService::builder(app).pool(&pool).build();
    let mut open: Vec<_> = (0..50)
        .map(|_| {
            let body = get(&mut service).into_body();
            (body, senders.recv_timeout(PATIENCE).unwrap())
        })
        .collect();
    for (body, sender) in &mut open {
        for tick in ["tick", "tock"] {
            let sender = sender.clone();
            let thread = thread::spawn(move || sender.send(tick));
            assert_eq!(
                park(body.frame()).unwrap().unwrap().into_data().unwrap(),
                tick
            );
            thread.join().unwrap().unwrap();
        }
    }
    let (body, sender) = open.pop().unwrap();
    drop(sender);
    assert_eq!(collect(body), "");
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Complete
    );

    let (body, sender) = open.pop().unwrap();
    drop(body);
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Disconnected
    );
    assert!(sender.is_closed() && sender.send("tick").is_err());

    let (body, sender) = open.pop().unwrap();
    sender.fail("the source has dried up");
    let mut body = body;
    assert!(park(body.frame()).unwrap().is_err());
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Failed
    );
}

/// Makes chunks upper case, as middleware would.
struct Upper;

impl Filter for Upper {
    fn head(&mut self, _head: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        assert_eq!(
            thread::current().name(),
            Some("wsgi-pool"),
            "filters may block"
        );
        out.write_all(&chunk.to_ascii_uppercase())
    }
}

#[test]
fn filters_of_live_bodies_run_on_the_pool() {
    let (app, senders) = live();
    let app =
        application(move |environ, start_response| filtered(&app, Upper, environ, start_response));
    let mut service = ApplicationService::builder(app).pool(&Pool::new(1)).build();
    let mut body = get(&mut service).into_body();
    let sender = senders.recv_timeout(PATIENCE).unwrap();
    let mut next = || park(body.frame()).map(|frame| frame.unwrap().into_data().unwrap());
    for tick in ["tick", "tock", "tack"] {
        let sender = sender.clone();
        let thread = thread::spawn(move || sender.send(tick));
        assert_eq!(next().unwrap(), tick.to_ascii_uppercase());
        thread.join().unwrap().unwrap();
    }
    drop(sender);
    assert!(next().is_none());
}
