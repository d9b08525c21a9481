//! A front server as a process of the test's own.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use wsgi_tests::PATIENCE;

/// Runs a program until its standard input ends: also where the test is killed.
const WATCH: &str = r#"
exec 3<&0 4>&2 </dev/null
"$@" 3<&- 4>&- &
program=$!
(read -r line <&3; kill "$program" 2>/dev/null) 4>&- &
wait "$program"
"#;

/// A front server, in a folder and on a port of its own; it ends with the test.
pub(crate) struct FrontServer {
    pub(crate) port: u16,
    process: Child,
    stdin: Option<ChildStdin>,
    folder: TempDir,
}

impl FrontServer {
    /// Starts a program with a configuration that is made for a folder and a port,
    /// and whose file is its last argument.
    ///
    /// It is ready when it has written its process id to `front.pid`, which it
    /// does once it listens.
    pub(crate) fn start(
        folder: TempDir,
        program: &Path,
        arguments: &[&str],
        configuration: impl Fn(&Path, u16) -> String,
    ) -> Self {
        for _ in 0..10 {
            let port = free_port();
            let text = configuration(folder.path(), port);
            let file = folder.path().join("front.conf");
            fs::write(&file, text).unwrap();
            let mut process = Command::new("sh")
                .args(["-c", WATCH, "sh"])
                .arg(program)
                .args(arguments)
                .arg(file)
                .current_dir(folder.path())
                .stdin(Stdio::piped())
                .stderr(log_file(folder.path()))
                .spawn()
                .unwrap();
            let stdin = process.stdin.take();
            if is_ready(&mut process, folder.path()) {
                return FrontServer {
                    port,
                    process,
                    stdin,
                    folder,
                };
            }
            // Somebody else may have taken the port meanwhile.
        }
        let log = log(folder.path());
        panic!("{} does not start: {log}", program.display());
    }

    /// What it wrote to its log.
    pub(crate) fn log(&self) -> String {
        log(self.folder.path())
    }
}

impl Drop for FrontServer {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let end = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > end {
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// A folder that processes of other users may look into.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A program on the `PATH`, or where servers are installed.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let found = std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn log_file(folder: &Path) -> fs::File {
    let path = folder.join("front.log");
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true).open(path).unwrap()
}

fn log(folder: &Path) -> String {
    let bytes = fs::read(folder.join("front.log")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_ready(process: &mut Child, folder: &Path) -> bool {
    let end = Instant::now() + PATIENCE;
    let written = |path: PathBuf| fs::read(path).is_ok_and(|text| text.ends_with(b"\n"));
    while matches!(process.try_wait(), Ok(None)) {
        if written(folder.join("front.pid")) {
            return true;
        }
        assert!(Instant::now() < end, "not ready: {}", log(folder));
        thread::sleep(Duration::from_millis(2));
    }
    false
}
