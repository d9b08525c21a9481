//! Deadlines of requests through TLS.

use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};
use wsgi_application::{Environ, StartResponse};

use crate::{
    client::{Authority, tcp},
    support::{gate::Gate, get},
};

const TIMEOUT: Duration = Duration::from_millis(500);

const TOO_LATE: &str = "504 Gateway Timeout: the request took too long\n";

#[test]
fn the_answer_at_the_deadline_is_encrypted_and_the_channel_ends_in_order() {
    let (authority, gate) = (Authority::new(), Gate::default());
    let waiting = gate.app();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        if environ.path_info() == "/wait" {
            environ.set_deadline(Instant::now() + TIMEOUT);
        }
        waiting(environ, start_response)
    };
    let running = authority.serve(app);
    for version in [&TLS12, &TLS13] {
        let mut client = authority.connect_with(tcp(&running), &[version]);
        client.ask(get("/other"), "GET /other\n");
        let text = client.ask(get("/wait"), TOO_LATE);
        assert!(
            text.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"),
            "{text}"
        );
        assert_eq!(client.receive().unwrap(), 0, "an end in order");
    }
    gate.open();
}
