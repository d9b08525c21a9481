//! A worker, which does what its parent asks for.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR2},
    flag,
};
use wsgi::server::{Handle, Predecessor};

use super::own_server::OwnServer;
use crate::{command::SiteOptions, signals::at_each};

/// Lets this process follow its parent. Without the parent it ends.
pub(super) fn follow(parent: Predecessor, own: OwnServer, options: &SiteOptions) -> io::Result<()> {
    if let Some(reload) = own.reload {
        reload_on_signal(reload, parent.clone())?;
    }
    let is_ending = Arc::new(AtomicBool::new(false));
    drain_on_signals(&own.handle, &is_ending, options)?;
    // Only the parent restarts the program.
    flag::register(SIGUSR2, Arc::default())?;
    let patience = options.serving.shutdown_timeout();
    let follow = move || {
        while parent.wait_for_retirement().is_ok() {
            own.monitoring.iter().for_each(|one| one.retire(patience));
            own.handle.retire(patience);
        }
        // A parent that ends waits for its workers, unless it was ended at once. One that did not
        // mean to end leaves them their requests, also those of a worker that retires.
        match is_ending.load(Relaxed) {
            true => own.handle.abort(),
            false => own.handle.shutdown(),
        }
    };
    let thread = thread::Builder::new().name("wsgi-worker".to_owned());
    thread.spawn(follow).map(drop)
}

fn reload_on_signal(mut reload: Box<dyn FnMut() + Send>, parent: Predecessor) -> io::Result<()> {
    at_each(SIGHUP, "wsgi-reload", move || {
        reload();
        // Last, so that who waits for it finds the lines in the log.
        let _ = parent.tell_ready(); // if this fails, it has ended
    })
}

/// Ends the requests of this process at each signal that asks for it. A service manager may send
/// the signal to all processes, and the parent passes it on. So a second one does not end this
/// process: the parent's end does.
fn drain_on_signals(
    handle: &Handle,
    is_ending: &Arc<AtomicBool>,
    options: &SiteOptions,
) -> io::Result<()> {
    let drain_delay = options.serving.drain_delay();
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, is_ending.clone())?;
        let drained = handle.clone();
        at_each(signal, "wsgi-signals", move || drained.drain(drain_delay))?;
    }
    Ok(())
}
