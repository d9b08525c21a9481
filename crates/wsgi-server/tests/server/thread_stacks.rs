//! The stacks of the server's threads.

use std::{
    hint::black_box,
    sync::{Arc, Barrier, mpsc},
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};

use crate::support::{Running, get};

/// Uses more stack than a thread of Rust has by itself, which would abort the process.
fn use_much_stack() -> usize {
    let bytes = black_box([1_u8; 4 << 20]);
    bytes.iter().map(|&byte| usize::from(byte)).sum()
}

#[test]
fn threads_of_the_application_have_the_stack_of_the_setting() {
    let both = Arc::new(Barrier::new(2));
    let (hooked, hooks) = mpsc::channel();
    let application = move |environ: &mut Environ, response: &mut StartResponse<'_>| -> Result {
        both.wait(); // one call is on a spare thread
        let hooked = hooked.clone();
        environ.on_finished(move |_, _| hooked.send(use_much_stack()).unwrap());
        response.start(Status::OK, ())?;
        let call = use_much_stack();
        Ok(Body::chunks(
            (0..1).map(move |_| format!("{}", call + use_much_stack())),
        ))
    };
    let server = Running::with(|builder| builder.thread_stack_size(16 << 20), application);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(server.connect().ask(get("/")).text(), "8388608"));
        }
    });
    assert_eq!(hooks.iter().take(2).sum::<usize>(), 2 * (4 << 20));
}
