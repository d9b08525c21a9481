//! The end of a request.

use wsgi_environ::{Environ, Outcome};

/// Runs the hooks that wait for the end of this request: for gateways, once
/// the last byte left or the client went away. A hook that panics is logged,
/// and the next one runs all the same.
pub fn finished(environ: &mut Environ, outcome: &Outcome) {
    for panic in environ.run_finished(outcome) {
        crate::log::message(environ, format_args!("a hook panicked: {panic}"));
    }
}
