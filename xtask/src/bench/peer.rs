//! The measured servers: building, starting and stopping them.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader, Read},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{process::Process, progress::progress};
use crate::result::Result;

/// The server that the others are compared with.
pub(super) const OURS: &str = "ours";

/// Each peer, and the crate that `tests/peers/serve-NAME` serves with.
const PEERS: [(&str, &str); 11] = [
    (OURS, "wsgi-server"),
    ("bare", "mio"),
    ("epoll", "httparse"),
    ("hyper", "hyper"),
    ("axum", "axum"),
    ("actix-web", "actix-web"),
    ("may-minihttp", "may_minihttp"),
    ("tiny-http", "tiny_http"),
    ("rouille", "rouille"),
    ("servlin", "servlin"),
    ("httpsd", "httpsd"),
];

/// The time limit for a server's end, also under valgrind, which then writes its counts.
const PATIENCE: Duration = Duration::from_secs(60);

/// The names of all peers, ours first.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PEERS.iter().map(|(name, _)| *name)
}

/// A built server.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    /// Variables of its environment, beside those of this process.
    pub(super) variables: Vec<(&'static str, OsString)>,
}

impl Peer {
    /// Builds a peer alone, so that it does not get features that another needs.
    pub(super) fn build(name: &'static str) -> Result<Self> {
        let program = build(&format!("serve-{name}"))?;
        let variables = Vec::new();
        Ok(Self {
            name,
            program,
            variables,
        })
    }

    /// Our server with an application that sleeps for a time that the request names. It is built
    /// with ours.
    pub(super) fn sleeper(&self) -> Self {
        self.sibling("sleeper")
    }

    /// Another program of the same package.
    pub(super) fn sibling(&self, name: &'static str) -> Self {
        Self {
            name,
            program: self.program.with_file_name(format!("serve-{name}")),
            variables: Vec::new(),
        }
    }

    /// The crate that this peer serves with, and its version.
    pub(super) fn describe(&self) -> Result<String> {
        let (_, package) = PEERS
            .iter()
            .find(|(name, _)| *name == self.name)
            .expect("a peer");
        let version = version_of(package)?;
        Ok(format!("{} is on {package} {version}", self.name))
    }

    /// Starts the server with one thread per core.
    pub(super) fn start(&self) -> Result<Server> {
        self.start_by(&mut Command::new(&self.program))
    }

    fn start_by(&self, command: &mut Command) -> Result<Server> {
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        Server::start(command.envs(variables))
            .map_err(|error| format!("{}: {error}", self.name).into())
    }

    /// Starts the server with one thread, under another program with arguments.
    pub(super) fn start_under(&self, tool: &str, args: &[String]) -> Result<Server> {
        let mut command = Command::new(tool);
        command
            .args(args)
            .arg(&self.program)
            .args(["--threads", "1"]);
        self.start_by(&mut command)
    }
}

/// A running server, killed on drop.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// Its address, on the loopback interface.
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts a server on a free port, with the highest limit of open files.
    pub(super) fn start(command: &Command) -> Result<Self> {
        let mut child = Command::new("sh")
            .args([
                "-c",
                "ulimit -S -n \"$(ulimit -H -n)\" && exec \"$0\" \"$@\"",
            ])
            .arg(command.get_program())
            .args(command.get_args())
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .args(["--bind", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("is piped");
        let address = address(stdout);
        // From here on, drop kills the child.
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.address = address?;
        // Some print their line just before they listen.
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = TcpStream::connect(server.address) {
            if Instant::now() > deadline {
                return Err(error.into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    pub(super) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Sends a signal to the server and waits for its end, so that the tool above it can finish.
    pub(super) fn terminate(mut self) -> Result {
        terminate(self.child.id())?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err("the server does not end".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends SIGTERM to a process.
pub(super) fn terminate(id: u32) -> io::Result<()> {
    // By the shell's `kill`, because the standard library only sends SIGKILL.
    Command::new("sh")
        .args(["-c", "kill -TERM \"$0\"", &id.to_string()])
        .status()
        .map(drop)
}

/// Reads the line that a server prints when it is ready, and returns its address.
fn address(stdout: impl Read) -> Result<SocketAddr> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line
        .strip_prefix("listening on ")
        .ok_or("the server does not start")?;
    Ok(address.trim_end().parse()?)
}

/// Builds a package of `tests/peers` alone, and returns the path of its program.
pub(super) fn build(package: &str) -> Result<PathBuf> {
    progress(&format!("building {package}"));
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    build_in(package, &target, &[])
}

/// Builds a package into a target folder, with variables in cargo's environment.
pub(super) fn build_in(
    package: &str,
    target: &Path,
    variables: &[(&str, &str)],
) -> Result<PathBuf> {
    let status = cargo("build")
        .args(["--quiet", "--release", "--package", package])
        .arg("--target-dir")
        .arg(target)
        // The default target CPU, whatever flags the caller uses.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .envs(variables.iter().copied())
        .status()?;
    if !status.success() {
        return Err(format!("{package} does not build").into());
    }
    Ok(target.join("release").join(package))
}

/// A command of cargo in the workspace of the peers.
pub(super) fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let manifest = workspace().join("Cargo.toml");
    cargo.arg(command).arg("--manifest-path").arg(manifest);
    cargo
}

/// The version of a measured package.
pub(super) fn version_of(package: &str) -> Result<String> {
    let lock = fs::read_to_string(workspace().join("Cargo.lock"))?;
    let version =
        version(&lock, package).ok_or_else(|| format!("{package} is not in Cargo.lock"))?;
    Ok(version.to_owned())
}

/// The version of a package in the text of a `Cargo.lock`. Of several, it is the one that a program
/// of the workspace depends on; others belong to its dependencies.
fn version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let is_program = |entry: &&str| !entry.contains("\nsource = ");
    let lines = lock.split("[[package]]").filter(is_program);
    // A dependency is `"cookie"`, or `"cookie 0.18.2"` if there are several.
    let mut lines = lines.flat_map(str::lines);
    let chosen = lines.find_map(|line| {
        let (name, version) = line.trim().trim_matches(['"', ',']).split_once(' ')?;
        (name == package).then_some(version)
    });
    chosen.or_else(|| {
        let start = format!("name = \"{package}\"\nversion = \"");
        lock.split(start.as_str()).nth(1)?.split('"').next()
    })
}

/// The workspace of the peers.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_versions_it_is_the_one_that_a_program_depends_on() {
        let source = "source = \"registry+https://registry.example\"";
        let lock = format!(
            "[[package]]\nname = \"cookie\"\nversion = \"0.16.2\"\n{source}\n\n\
             [[package]]\nname = \"cookie\"\nversion = \"0.18.2\"\n{source}\n\n\
             [[package]]\nname = \"actix-web\"\nversion = \"4.0.0\"\n{source}\n\
             dependencies = [\n \"cookie 0.16.2\",\n]\n\n\
             [[package]]\nname = \"measure-cookies\"\nversion = \"0.0.0\"\n\
             dependencies = [\n \"cookie 0.18.2\",\n]\n"
        );
        assert_eq!(version(&lock, "cookie"), Some("0.18.2"));
    }

    #[test]
    fn a_version_is_that_of_the_whole_name() {
        let lock = "[[package]]\nname = \"hyper-util\"\nversion = \"0.1.2\"\n\n\
                    [[package]]\nname = \"hyper\"\nversion = \"1.2.3\"\n";
        assert_eq!(version(lock, "hyper"), Some("1.2.3"));
        assert_eq!(version(lock, "axum"), None);
    }

    #[test]
    fn a_server_that_says_nothing_is_no_server() {
        assert!(address(&b""[..]).is_err());
        assert!(address(&b"listening on port 80\n"[..]).is_err());
        assert!(address(&b"listening on 127.0.0.1:80\n"[..]).is_ok());
    }

    #[test]
    fn every_peer_has_its_package() {
        for name in names() {
            let manifest = workspace().join(format!("serve-{name}/Cargo.toml"));
            assert!(manifest.is_file(), "{}", manifest.display());
        }
    }
}
