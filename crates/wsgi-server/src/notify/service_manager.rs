//! A service manager that this process was started by.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    os::unix::{
        ffi::OsStrExt,
        net::{SocketAddr, UnixDatagram},
    },
    process::{self, Command},
    sync::Arc,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

use crate::{instant::Instant, retry::retry_until};

/// The variables of the protocol.
const SOCKET: &str = "NOTIFY_SOCKET";
const WATCHDOG_USEC: &str = "WATCHDOG_USEC";
const WATCHDOG_PID: &str = "WATCHDOG_PID";

/// The time that a message may wait for a service manager that does not read.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A service manager that hears of the life of this process by the protocol of sd_notify(3), such
/// as systemd for a unit with `Type=notify`.
///
/// A server tells it of itself: [`Builder::service_manager`](crate::Builder::service_manager) sets
/// the service manager, and `Server::serve_until_stopped` takes that of the environment. It then
/// hears
///
/// - `READY=1`, when the server accepts clients;
/// - `STOPPING=1`, when the end of the server begins, before the delay of a
///   [`drain`](crate::Handle::drain);
/// - `WATCHDOG=1`, at every half of the [`watchdog_timeout`](Self::watchdog_timeout), if every loop
///   of the server has turned since the last time. An application that blocks does not hold up a
///   loop, so it does not count as a failure of the server.
///
/// A program uses the methods here for everything else: a reload, a line about its state, or
/// another main process. If a service manager does not read a message for 5 seconds, that is an
/// error.
///
/// Needs the feature `notify`.
///
/// ```
/// use std::os::unix::net::UnixDatagram;
/// use wsgi_server::ServiceManager;
///
/// # let folder = std::env::temp_dir().join(format!("wsgi-notify-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("notify");
/// let socket = UnixDatagram::bind(&path)?;
///
/// let service_manager = ServiceManager::new(&path)?;
/// service_manager.send_status("the cache is filled to 20%")?;
///
/// let mut message = [0; 64];
/// let length = socket.recv(&mut message)?;
/// assert_eq!(&message[..length], b"STATUS=the cache is filled to 20%\n");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServiceManager {
    socket: Arc<UnixDatagram>,
    address: SocketAddr,
    /// The time that a message may wait.
    patience: Duration,
    watchdog_timeout: Option<Duration>,
}

impl ServiceManager {
    /// The service manager of the environment: `NOTIFY_SOCKET` is its address, and `WATCHDOG_USEC`
    /// the timeout of its watchdog, unless `WATCHDOG_PID` is another process. `None` if there is no
    /// `NOTIFY_SOCKET`.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new), or `WATCHDOG_USEC` is not a number of at least 1.
    pub fn from_env() -> io::Result<Option<Self>> {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> io::Result<Option<Self>> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let Some(address) = set(SOCKET) else {
            return Ok(None);
        };
        let service_manager = Self::new(address)?;
        let is_for_us = set(WATCHDOG_PID).is_none_or(|pid| pid == *process::id().to_string());
        let Some(timeout) = set(WATCHDOG_USEC).filter(|_| is_for_us) else {
            return Ok(Some(service_manager));
        };
        let microseconds = timeout.to_str().and_then(|number| number.parse().ok());
        let Some(microseconds) = microseconds.filter(|&number| number > 0) else {
            return refuse(format!("{WATCHDOG_USEC} is not a time: {timeout:?}"));
        };
        let timeout = Duration::from_micros(microseconds);
        Ok(Some(service_manager.watchdog_timeout(timeout)))
    }

    /// The service manager with this address: an absolute path of a Unix socket, or on Linux `@`
    /// and an abstract name.
    ///
    /// # Errors
    ///
    /// The address has another form, or the system refuses a socket.
    pub fn new(address: impl AsRef<OsStr>) -> io::Result<Self> {
        let address = address.as_ref();
        let address = match address.as_bytes() {
            [b'/', ..] => SocketAddr::from_pathname(address)?,
            [b'@', name @ ..] if !name.is_empty() => abstract_address(name)?,
            _ => {
                return refuse(format!(
                    "{SOCKET} is neither an absolute path nor an abstract socket: {address:?}"
                ));
            }
        };
        let socket = UnixDatagram::unbound()?;
        Ok(Self {
            socket: Arc::new(socket),
            address,
            patience: TIMEOUT,
            watchdog_timeout: None,
        })
    }

    /// Sets the time after which the service manager takes a silent server for a hung one; by
    /// default it has no such time. At least 1 ms.
    #[must_use]
    pub fn watchdog_timeout(mut self, timeout: Duration) -> Self {
        self.watchdog_timeout = Some(timeout.max(Duration::from_millis(1)));
        self
    }

    /// The time between two signs of life, which is half of the timeout.
    ///
    /// ```
    /// use std::{os::unix::net::UnixDatagram, time::Duration};
    /// use wsgi_server::ServiceManager;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("notify");
    /// let systemd = UnixDatagram::bind(&path)?;
    /// let manager = ServiceManager::new(&path)?.watchdog_timeout(Duration::from_secs(30));
    /// assert_eq!(manager.watchdog_interval(), Some(Duration::from_secs(15)));
    /// manager.ready()?;
    /// manager.watchdog()?;
    /// manager.main_pid(std::process::id())?;
    /// manager.reloading()?;
    /// manager.stopping()?;
    ///
    /// let mut message = [0; 100];
    /// let length = systemd.recv(&mut message)?;
    /// assert!(message[..length].starts_with(b"READY=1"));
    /// assert!(ServiceManager::from_env()?.is_none(), "not this process");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog_timeout.map(|timeout| timeout / 2)
    }

    /// Tells that the program is ready: after its start, or after a [reload](Self::reloading).
    ///
    /// # Errors
    ///
    /// The message cannot be sent. So it is with every other message.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1\n")
    }

    /// Tells that the program reads its configuration again. When it has, it is
    /// [`ready`](Self::ready). `Type=notify-reload` needs both.
    ///
    /// # Errors
    ///
    /// The message cannot be sent.
    pub fn reloading(&self) -> io::Result<()> {
        let now = clock_gettime(ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}\n"))
    }

    /// Tells that the program ends.
    ///
    /// # Errors
    ///
    /// The message cannot be sent.
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1\n")
    }

    /// Tells the state of the program for people, such as the reader of `systemctl status`. Line
    /// ends and other control characters become spaces.
    ///
    /// # Errors
    ///
    /// The message cannot be sent.
    pub fn send_status(&self, text: &str) -> io::Result<()> {
        // A line end would begin another assignment.
        let text = text.replace(|character: char| character.is_control(), " ");
        self.send(&format!("STATUS={text}\n"))
    }

    /// Tells that another process is the main process of the service from now on. The service
    /// manager believes it from processes that `NotifyAccess=` allows.
    ///
    /// # Errors
    ///
    /// The message cannot be sent.
    pub fn main_pid(&self, pid: u32) -> io::Result<()> {
        self.send(&format!("MAINPID={pid}\n"))
    }

    /// Tells that the program is alive. A server does so by itself.
    ///
    /// # Errors
    ///
    /// The message cannot be sent.
    pub fn watchdog(&self) -> io::Result<()> {
        self.send("WATCHDOG=1\n")
    }

    /// Keeps the service manager from a program that this one starts: removes its variables from
    /// the environment of the command. Otherwise that program could speak for this one.
    ///
    /// ```
    /// use std::process::Command;
    /// use wsgi_server::ServiceManager;
    ///
    /// let mut command = Command::new("sh");
    /// ServiceManager::hide_from(&mut command);
    /// let output = command.args(["-c", "echo $NOTIFY_SOCKET"]).output()?;
    /// assert_eq!(output.stdout, b"\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn hide_from(command: &mut Command) {
        for name in [SOCKET, WATCHDOG_USEC, WATCHDOG_PID] {
            command.env_remove(name);
        }
    }

    fn send(&self, message: &str) -> io::Result<()> {
        let message = message.as_bytes();
        let send = || self.socket.send_to_addr(message, &self.address);
        let limit = |left| self.socket.set_write_timeout(left);
        retry_until(Instant::now() + self.patience, limit, send).map(drop)
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;

    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

fn refuse<T>(problem: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> io::Result<Option<ServiceManager>> {
        ServiceManager::from_variables(|wanted| {
            let mut variables = variables.iter();
            let found = variables.find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn without_an_address_there_is_no_service_manager() {
        assert!(read(&[]).unwrap().is_none());
        assert!(
            read(&[(SOCKET, ""), (WATCHDOG_USEC, "x")])
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_watchdog_is_that_of_this_process() {
        let own = &*process::id().to_string();
        let second = Some(Duration::from_secs(1));
        for (variables, expected) in [
            (&[][..], None),
            (&[(WATCHDOG_USEC, "2000000")], second),
            (&[(WATCHDOG_USEC, "2000000"), (WATCHDOG_PID, own)], second),
            (&[(WATCHDOG_USEC, "2000000"), (WATCHDOG_PID, "1")], None),
            (&[(WATCHDOG_USEC, "1")], Some(Duration::from_micros(500))),
        ] {
            let variables = [variables, &[(SOCKET, "/run/notify")]].concat();
            let service_manager = read(&variables).unwrap().expect("a service manager");
            assert_eq!(
                service_manager.watchdog_interval(),
                expected,
                "{variables:?}"
            );
        }
    }

    #[test]
    fn malformed_variables_are_refused() {
        let long = format!("/{}", "a".repeat(200));
        for address in ["run/notify", "@", "vsock:2:1234", &long] {
            let error = read(&[(SOCKET, address)]).expect_err(address);
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        }
        for timeout in ["0", "-1", "1s", "99999999999999999999"] {
            let variables = [(SOCKET, "/run/notify"), (WATCHDOG_USEC, timeout)];
            let error = read(&variables).expect_err(timeout).to_string();
            assert!(error.starts_with("WATCHDOG_USEC is not a time"), "{error}");
        }
    }

    #[cfg(all(target_os = "linux", feature = "restart", feature = "signals"))]
    #[test]
    fn signals_do_not_end_the_wait_for_a_service_manager_that_is_slow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let receiver = UnixDatagram::bind(&path).unwrap();
        let mut service_manager = ServiceManager::new(&path).unwrap();
        let queued = fill(&mut service_manager);
        service_manager.patience = Duration::from_secs(600);
        let mut message = [0; 64];
        let mut receive = || {
            let length = receiver.recv(&mut message).unwrap();
            String::from_utf8_lossy(&message[..length]).into_owned()
        };
        let told = crate::retry::tests::interrupted(
            || service_manager.ready(),
            || (0..queued).for_each(|_| assert_eq!(receive(), "WATCHDOG=1\n")),
        );
        told.unwrap();
        assert_eq!(receive(), "READY=1\n");
    }

    #[cfg(all(target_os = "linux", feature = "restart", feature = "signals"))]
    #[test]
    fn the_wait_for_a_service_manager_ends_in_time_however_many_signals_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let receiver = UnixDatagram::bind(&path).unwrap();
        let mut service_manager = ServiceManager::new(&path).unwrap();
        let queued = fill(&mut service_manager);
        service_manager.patience = Duration::from_millis(10);
        let told = crate::retry::tests::interrupted_often(
            || service_manager.ready(),
            || (0..queued).for_each(|_| assert!(receiver.recv(&mut [0; 64]).is_ok())),
        );
        assert_eq!(told.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// Sends as many messages as the system keeps. Returns their number.
    #[cfg(all(target_os = "linux", feature = "restart", feature = "signals"))]
    fn fill(service_manager: &mut ServiceManager) -> usize {
        service_manager.patience = Duration::ZERO;
        let messages = std::iter::repeat_with(|| service_manager.watchdog());
        messages.take_while(Result::is_ok).count()
    }
}
