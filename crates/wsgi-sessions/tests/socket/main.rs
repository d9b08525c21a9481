//! The session server and its clients, over a socket.

#![cfg(unix)]

mod answers;
mod ending;
mod former;
mod hung;
mod listening;
mod reaching;
mod requests;

use std::{
    fs,
    io::{self, Read, Write as _},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use tempfile::TempDir;
use wsgi_sessions::{
    FileStore, Key, Load, Record, SessionServer, SessionServerBuilder, SocketStore, StopHandle,
    Store, StoreError, Version, Write, conformance, wire,
};

/// Longer than anything takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server in this process. Dropping it stops the server and waits for it.
struct Running {
    stop: StopHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    fn start(
        folder: &Path,
        settings: impl Fn(SessionServerBuilder) -> SessionServerBuilder,
    ) -> Self {
        let store = FileStore::open(folder.join("sessions.redb")).unwrap();
        Self::serve(folder, store, settings)
    }

    fn serve(
        folder: &Path,
        store: FileStore,
        settings: impl Fn(SessionServerBuilder) -> SessionServerBuilder,
    ) -> Self {
        let builder = settings(SessionServer::builder(store));
        let server = builder.bind(folder.join("socket")).unwrap();
        let stop = server.stop_handle().unwrap();
        let thread = Some(thread::spawn(|| server.run()));
        Self { stop, thread }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        let thread = self.thread.take().unwrap();
        thread.join().unwrap().unwrap();
    }
}

fn served() -> (Running, PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), |settings| settings);
    (running, folder.path().join("socket"), folder)
}

fn record(data: &[u8], now: SystemTime) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: data.to_vec(),
        idle: Duration::from_secs(60),
        idle_until: now + Duration::from_secs(60),
        absolute_until: now + Duration::from_secs(600),
        annex: None,
    }
}

fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Reads to the end, much more slowly than the peer writes. Returns the number of bytes.
fn take_slowly(stream: &mut UnixStream) -> usize {
    let mut bytes = vec![0; 32 * 1024];
    let mut taken = 0;
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        taken += count;
        thread::sleep(Duration::from_millis(10));
    }
    taken
}

#[test]
fn the_suite_passes() {
    let (_running, path, _folder) = served();
    conformance::suite(|| SocketStore::new(&path));
}
