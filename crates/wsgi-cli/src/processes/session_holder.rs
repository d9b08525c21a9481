//! A file of sessions, held for several processes.

use std::{
    env, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc::Sender},
    thread::{self, JoinHandle},
};

use wsgi_sessions::{FileStore, SessionServer, StopHandle};

use crate::{
    failure::cannot,
    processes::{event::Event, private_folder::PrivateFolder},
};

/// A session server on a private socket, which ends on drop.
pub(crate) struct SessionHolder {
    socket: PathBuf,
    stop: StopHandle,
    thread: Option<JoinHandle<()>>,
    _folder: PrivateFolder,
}

impl SessionHolder {
    /// Serves the sessions of a file. If that fails later, an event tells.
    ///
    /// # Errors
    ///
    /// The socket cannot be bound, or the system refuses a thread.
    pub(crate) fn start(store: Arc<FileStore>, events: Sender<Event>) -> io::Result<Self> {
        Self::try_start(store, events)
            .map_err(|error| cannot("serve the sessions to other processes", &error))
    }

    fn try_start(store: Arc<FileStore>, events: Sender<Event>) -> io::Result<Self> {
        let folder = PrivateFolder::new(&env::temp_dir())?;
        let socket = folder.path().join("sessions");
        let server = SessionServer::builder(store).legacy(false).bind(&socket)?;
        let stop = server.stop_handle()?;
        let run = move || {
            if let Err(error) = server.run() {
                let _ = events.send(Event::SessionsFailed(error));
            }
        };
        let thread = thread::Builder::new().name("wsgi-sessions".to_owned());
        Ok(Self {
            socket,
            stop,
            thread: Some(thread.spawn(run)?),
            _folder: folder,
        })
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for SessionHolder {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
