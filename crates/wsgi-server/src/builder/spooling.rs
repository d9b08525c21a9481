//! The builder's settings of bodies that are taken in before the application is called.

use std::{io, path::PathBuf};

use super::Builder;
use crate::requests::unnamed;

impl Builder {
    /// Whether large bodies are *spooled*: taken in whole by the loop, in memory and
    /// then in a temporary file, before the application is called. Then no slow upload
    /// holds a thread, none that is malformed or breaks off reaches the application,
    /// and the application may answer before it reads, also to a front server, which
    /// stops sending once a response begins. `100 Continue` is sent at once. The price
    /// is that an application cannot see a body while it comes, or decline it before.
    ///
    /// By default large bodies are spooled where they come by FastCGI or SCGI, and read
    /// by the application as they come by HTTP. Switch it on for HTTP where a front
    /// server speaks that, or where uploads are slow; switch it off where bodies are to
    /// be seen as they come. Small ones, up to 64 KiB, are always gathered.
    pub fn spool_bodies(mut self, spool: bool) -> Self {
        self.options.spool_bodies = Some(spool);
        self
    }

    /// How many bytes of bodies may be spooled at once, of all connections together,
    /// in memory and in files: by default 1 GiB, or as many as the largest body may
    /// have. Further large bodies wait unread until there is room, and are answered 503
    /// where there is none within [`body_timeout`](Self::body_timeout). One that is
    /// larger than this by itself is answered 413. A body takes room as it comes, and gives
    /// it back when the application lets go of it. Where its length is known, it has 1 MiB
    /// from its start, and later as much again as has come.
    pub fn spool_limit(mut self, bytes: u64) -> Self {
        self.options.spool_limit = Some(bytes);
        self
    }

    /// The folder of the files that bodies are spooled to, by default that of
    /// [`temp_dir`](std::env::temp_dir), which is often in memory. The files have no
    /// name, and are gone with their requests, also when the process is killed. Where
    /// there is no space left, requests are answered 507, and the errors stream says so.
    ///
    /// # Errors
    ///
    /// No file can be created there.
    pub fn spool_dir(mut self, folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        if let Err(error) = unnamed::create(&folder) {
            let message = format!("no file can be created in {}: {error}", folder.display());
            return Err(io::Error::new(error.kind(), message));
        }
        self.options.spool_dir = folder;
        Ok(self)
    }
}
