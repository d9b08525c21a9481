//! A gate at which requests wait.

use std::sync::{Arc, Condvar, Mutex};

use wsgi_application::{Environ, Result, StartResponse};

use super::{PATIENCE, echo};

/// A gate at which requests wait.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    open: bool,
    waiting: usize,
}

impl Gate {
    pub(crate) fn pass(&self) {
        let (state, opened) = &*self.0;
        let mut state = state.lock().unwrap();
        state.waiting += 1;
        let (mut state, late) = opened
            .wait_timeout_while(state, PATIENCE, |state| !state.open)
            .unwrap();
        state.waiting -= 1;
        assert!(!late.timed_out());
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Has those that come wait again.
    pub(crate) fn close(&self) {
        self.0.0.lock().unwrap().open = false;
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.0.lock().unwrap().waiting
    }

    /// An application that waits at the gate for `/wait`.
    pub(crate) fn app(
        &self,
    ) -> impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + 'static {
        let gate = self.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            if environ.path_info() == "/wait" {
                gate.pass();
            }
            echo(environ, start_response)
        }
    }
}
