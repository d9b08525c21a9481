//! A front server as a process of the test.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::authority::Authority;
use crate::patience::PATIENCE;
use tempfile::TempDir;

/// A script that runs a program until its standard input ends, which it does also if the test is
/// killed.
const WATCH: &str = r#"
exec 3<&0 4>&2 </dev/null
"$@" 3<&- 4>&- &
program=$!
(read -r line <&3; kill "$program" 2>/dev/null) 4>&- &
wait "$program"
"#;

/// The ports of a front server, on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The port of plain HTTP.
    pub http: u16,
    /// The port of HTTPS.
    pub https: u16,
}

impl Ports {
    /// Two ports that nobody listens on.
    fn free() -> Self {
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let [http, https] = [listen(), listen()];
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        Ports {
            http: port(&http),
            https: port(&https),
        }
    }
}

/// A front server with its own folder and ports, ended on drop.
#[derive(Debug)]
pub struct FrontServer {
    /// The ports that its configuration names. The configuration may leave one unused.
    pub ports: Ports,
    /// The authority of its certificate.
    pub authority: Authority,
    process: Child,
    stdin: Option<ChildStdin>,
    folder: TempDir,
}

impl FrontServer {
    /// Starts a program. Its last argument is a file with the configuration for a folder and
    /// ports. The folder has a certificate ([`Authority::write`]).
    ///
    /// The program is ready once it has written its process id to `front.pid`.
    ///
    /// # Panics
    ///
    /// The program does not start. The message has its log.
    pub fn start(
        folder: TempDir,
        program: &Path,
        arguments: &[&str],
        configuration: impl Fn(&Path, Ports) -> String,
    ) -> Self {
        let authority = Authority::new();
        authority.write(folder.path()).unwrap();
        for _ in 0..10 {
            let ports = Ports::free();
            let text = configuration(folder.path(), ports);
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
                    ports,
                    authority,
                    process,
                    stdin,
                    folder,
                };
            }
            // Another process may have taken the port meanwhile.
        }
        let log = log(folder.path());
        panic!("{} does not start: {log}", program.display());
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// The content of its log.
    #[must_use]
    pub fn log(&self) -> String {
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

/// A folder that other users can read.
///
/// # Panics
///
/// The folder cannot be created.
#[must_use]
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The path of a program, or of a module of nginx, from the `PATH` or the usual folders of servers.
///
/// # Panics
///
/// The program is not installed.
#[must_use]
#[track_caller]
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/lib/nginx/modules"].map(PathBuf::from);
    let found = std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed"))
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
