//! The numbers of all workers, on one page.

use std::{
    env, io,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use wsgi::metrics::Collector;

use crate::{failure::cannot, processes::private_folder::PrivateFolder};

/// The numbers of all workers: each tells its own to this process, over a private socket.
pub(crate) struct Numbers {
    socket: PathBuf,
    collector: Arc<Collector>,
    /// Only this user can enter the folder.
    _folder: PrivateFolder,
}

impl Numbers {
    /// Waits for workers that tell their numbers.
    ///
    /// # Errors
    ///
    /// The socket cannot be bound, or the system refuses a thread.
    pub(crate) fn start() -> io::Result<Self> {
        Self::try_start().map_err(|error| cannot("collect the numbers of other processes", &error))
    }

    fn try_start() -> io::Result<Self> {
        let folder = PrivateFolder::new(&env::temp_dir())?;
        let socket = folder.path().join("numbers");
        let collector = Collector::start(UnixListener::bind(&socket)?)?;
        Ok(Self {
            socket,
            collector: Arc::new(collector),
            _folder: folder,
        })
    }

    /// The socket at which workers tell their numbers.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The page of all of them.
    pub(crate) fn together(&self) -> Arc<Collector> {
        self.collector.clone()
    }
}
