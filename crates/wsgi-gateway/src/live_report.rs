//! The entries of the log about a live body.

use std::mem;

use wsgi_application::Environ;
use wsgi_environ::Errors;

use crate::{
    engine::Engine,
    live::{Failure, Live},
    log,
    panic::discard,
};

impl Engine {
    /// Logs why a live body broke off, and bytes that were cut, each once. `errors` is the stream
    /// for it. It may run code of the application, and block.
    pub fn report(&self, live: &mut Live, errors: &Errors) {
        let mut environ = Environ::new();
        environ.set_errors(errors.clone());
        for (name, value) in &live.request {
            environ.set(name, value);
        }
        if mem::take(&mut live.had_surplus) {
            log::surplus(&environ);
        }
        match live.failure.take() {
            Some(Failure::Error(error)) => {
                if !error.is_disconnected() {
                    self.log(&environ, "", &error);
                }
                discard(error);
            }
            Some(Failure::Short(missing)) => log::shortfall(&environ, missing),
            None => {}
        }
        Errors::end_entry();
    }
}
