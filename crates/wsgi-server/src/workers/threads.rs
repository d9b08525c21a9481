//! Starting the threads of a server.

use std::{io, sync::Arc};

use crate::{loops::shared::Shared, new_thread::new_thread, workers::worker::Worker};

/// Starts the first thread of a loop, which is counted already. When it has lost the loop, it
/// waits for a summons.
pub(crate) fn start_loop(shared: &Arc<Shared>, index: usize) -> io::Result<()> {
    let started = start(shared, format!("wsgi-loop-{index}"), Some(index));
    if started.is_err() {
        shared.spares.withdraw();
    }
    started
}

/// Starts a spare thread, which is counted already.
pub(crate) fn start_spare(shared: &Arc<Shared>) -> io::Result<()> {
    start(shared, "wsgi-spare".to_owned(), None)
}

fn start(shared: &Arc<Shared>, name: String, mut own: Option<usize>) -> io::Result<()> {
    let shared = shared.clone();
    let stack_size = shared.config.options.thread_stack_size;
    let run = move || {
        loop {
            match own.take() {
                Some(index) => Worker::new(&shared, index).run(),
                None => Worker::new(&shared, 0).run_spare(),
            }
            if shared.spares.leave() {
                break;
            }
        }
        // Who waits for the end of the server expects that nothing of it is left.
        let spares = shared.spares.clone();
        let end = shared.config.thread_end.clone();
        drop(shared);
        end.run();
        drop(end);
        spares.left();
    };
    new_thread(name, stack_size).spawn(run).map(drop)
}
