//! A server in a process of its own, whose figures say something about the server alone.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    thread,
};

use wsgi::Server;

/// A server in a process of its own, which is ended on drop: the test program itself, as one test
/// that serves. That test is ignored, so that nothing else starts it, and calls
/// [`until_the_input_ends`](Self::until_the_input_ends).
#[derive(Debug)]
pub struct Served {
    process: Child,
    address: String,
}

impl Served {
    /// Starts the test of this name, and waits until it serves.
    ///
    /// # Errors
    ///
    /// The process cannot be started, or does not serve.
    pub fn by(test: &str) -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args(["--exact", test, "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take();
        let mut served = Self {
            process,
            address: String::new(),
        };
        let lines = output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines());
        for line in lines {
            if let Some((_, address)) = line?.split_once("serving ") {
                address.clone_into(&mut served.address);
                return Ok(served);
            }
        }
        Err(io::Error::other(format!("{test} does not serve")))
    }

    /// Serves until the process that started this one has ended.
    ///
    /// # Errors
    ///
    /// The server fails.
    pub fn until_the_input_ends(server: &Server) -> io::Result<()> {
        let handle = server.handle();
        thread::spawn(move || {
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            handle.abort();
        });
        writeln!(io::stdout(), "\nserving {}", server.local_addr())?;
        server.serve_forever()
    }

    /// The address that it serves on.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A figure of the process by its name in `/proc/PID/status`: memory in KiB (`VmRSS`), or the
    /// number of `Threads`. `None` where there is none.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<usize> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = fs::read_to_string(path).ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
