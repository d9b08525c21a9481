//! The hooks at the end of a request.

use std::any::Any;

use wsgi_environ::{Environ, Errors, Outcome};

use crate::{log, panic::Panic};

/// For gateways: runs the hooks that wait for the end of this request, each once.
///
/// A gateway calls it after the last byte left or the client went away. If a hook panics, the
/// panic is logged and the next hook runs.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_environ::{End, Environ, Errors, Outcome};
/// use wsgi_gateway::run_hooks;
///
/// let (errors, log) = Errors::buffer();
/// let mut environ = Environ::new();
/// environ.set_errors(errors);
/// environ.on_finished(|environ, outcome| {
///     environ.errors().print(format_args!("{} bytes", outcome.bytes_sent()));
/// });
/// let outcome = Outcome::new(End::Complete, SystemTime::now(), Duration::from_millis(2));
/// let outcome = outcome.with_bytes(13, 0);
/// run_hooks(&mut environ, &outcome);
/// run_hooks(&mut environ, &outcome);
/// assert_eq!(log.contents(), b"13 bytes\n");
/// ```
pub fn run_hooks(environ: &mut Environ, outcome: &Outcome) {
    let panics = environ.run_hooks(outcome);
    Errors::end_entry();
    if !panics.is_empty() {
        log_panics(environ, panics);
    }
}

#[cold]
fn log_panics(environ: &Environ, panics: Vec<Box<dyn Any + Send>>) {
    for payload in panics {
        let panic = Panic::new(payload);
        log::log_message(environ, format_args!("a hook {panic}"));
    }
}
