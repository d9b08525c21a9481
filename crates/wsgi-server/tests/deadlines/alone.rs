//! Deadlines in `handle_request`, where no other thread answers.

use std::{io::Read, thread, time::Instant};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::{Errors, InputError};
use wsgi_server::Server;

use crate::{
    TIMEOUT,
    support::{Client, get, joined, unless_starved},
};

#[test]
fn a_late_response_is_replaced_by_504_when_the_application_returns() {
    unless_starved(|| {
        type App = fn(&mut Environ, &mut StartResponse<'_>) -> Result;
        let rows: [(&str, App); 3] = [
            ("it is returned", |_, start_response| {
                start_response.start(Status::OK, ())?;
                thread::sleep(2 * TIMEOUT);
                Ok("late".into())
            }),
            (
                "the deadline is set during the call",
                |environ, start_response| {
                    environ.set_deadline(Instant::now());
                    start_response.start(Status::OK, ())?;
                    Ok("late".into())
                },
            ),
            ("a read fails", |environ, start_response| {
                let error = environ.input().read(&mut [0]).err();
                assert!(error.is_none(), "it is in time");
                thread::sleep(2 * TIMEOUT);
                let error = environ.input().read(&mut [0]).unwrap_err();
                assert_eq!(InputError::of(&error), Some(&InputError::DeadlinePassed));
                start_response.start(Status::OK, ())?;
                Ok("late".into())
            }),
        ];
        for (name, app) in rows {
            let (errors, log) = Errors::buffer();
            let builder = Server::builder()
                .bind("127.0.0.1:0")
                .unwrap()
                .errors(errors);
            let server = builder.request_timeout(TIMEOUT).build(app).unwrap();
            let address = server.local_addr();
            let handling = thread::spawn(move || server.handle_request().unwrap());
            let mut client = Client::connect(address);
            let response = client.ask(get("/"));
            assert_eq!(
                (response.status, response.text()),
                (504, "504 Gateway Timeout\n"),
                "{name}"
            );
            client.assert_closed();
            joined(name, handling);
            let log = log.to_string();
            assert!(
                log.contains("the deadline of the request has passed"),
                "{name}: {log}"
            );
            assert_eq!(log.matches("GET").count(), 1, "{name}: {log}");
        }
    });
}
