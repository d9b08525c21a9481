//! The load of wrk on a server, and its results.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use super::{latencies::Latencies, process::Process};
use crate::{result::Result, scratch::Scratch};

/// A time for pools to fill and for the scheduler to settle.
pub(super) const WARM_UP: Duration = Duration::from_secs(1);

/// A script for wrk that builds a batch of requests.
const BATCH: &str = r#"
if DEPTH > 1 then
  local batch
  function init()
    batch = string.rep(wrk.format("GET"), DEPTH)
  end
  function request()
    return batch
  end
end
"#;

/// A script for wrk that asks for the end of each connection with its first request.
const SINGLE: &str = r#"
wrk.headers["Connection"] = "close"
"#;

/// A script for wrk that sends a body with each request.
const UPLOAD: &str = r#"
wrk.method = "POST"
wrk.body = string.rep("x", LENGTH)
"#;

/// A script for wrk that sends the texts in `requests`.
const CYCLE: &str = r#"
local last = 0
function request()
  last = last % #requests + 1
  return requests[last]
end
"#;

/// A script for wrk that prints numbers.
const REPORT: &str = r#"
function done(summary, latency)
  local errors = summary.errors
  print(string.format("measured %d %d %d", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status))
  for i = 1, #latency do
    print(string.format("latency %d %d", latency(i)))
  end
end
"#;

/// A load: a number of connections, and of requests in flight on each.
#[derive(Debug)]
pub(super) struct Load {
    script: PathBuf,
    connections: u64,
}

impl Load {
    pub(super) fn new(scratch: &Scratch, connections: u64, depth: usize) -> Result<Self> {
        let script = scratch.path(format!("{depth}-deep.lua"));
        let batch = BATCH.replace("DEPTH", &depth.to_string());
        fs::write(&script, batch + REPORT)?;
        Ok(Self {
            script,
            connections,
        })
    }

    /// A load of requests that have a connection each.
    pub(super) fn of_single_requests(scratch: &Scratch, connections: u64) -> Result<Self> {
        let script = scratch.path("single.lua");
        fs::write(&script, format!("{SINGLE}{REPORT}"))?;
        Ok(Self {
            script,
            connections,
        })
    }

    /// A load of requests with a body of this length.
    pub(super) fn of_uploads(scratch: &Scratch, connections: u64, length: usize) -> Result<Self> {
        let script = scratch.path("upload.lua");
        let upload = UPLOAD.replace("LENGTH", &length.to_string());
        fs::write(&script, upload + REPORT)?;
        Ok(Self {
            script,
            connections,
        })
    }

    /// A load of these requests, one after the other and again from the first, whatever path is
    /// named later.
    pub(super) fn of_requests(
        scratch: &Scratch,
        connections: u64,
        requests: &[String],
    ) -> Result<Self> {
        let script = scratch.path("requests.lua");
        let requests: String = requests.iter().map(|text| format!("{text:?},\n")).collect();
        fs::write(
            &script,
            format!("local requests = {{\n{requests}}}\n{CYCLE}{REPORT}"),
        )?;
        Ok(Self {
            script,
            connections,
        })
    }

    /// Requests one path as fast as one thread can.
    pub(super) fn run(&self, address: SocketAddr, path: &str, duration: Duration) -> Result<Run> {
        let output = Command::new("wrk")
            .args([
                "--threads",
                "1",
                "--connections",
                &self.connections.to_string(),
            ])
            .args([
                "--duration",
                &format!("{}s", duration.as_secs()),
                "--script",
            ])
            .arg(&self.script)
            .arg(format!("http://{address}{path}"))
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let run = Run::in_output(&text, self.connections).ok_or_else(|| {
            let error = String::from_utf8_lossy(&output.stderr);
            format!("wrk: {text}{error}")
        })?;
        if run.errors > 0 {
            return Err(format!("{} of {} requests failed", run.errors, run.requests).into());
        }
        Ok(run)
    }

    /// The same, with the microseconds of CPU time of these processes per request.
    pub(super) fn run_with_cpu(
        &self,
        address: SocketAddr,
        path: &str,
        processes: &[Process],
        duration: Duration,
    ) -> Result<(Run, f64)> {
        let times = || processes.iter().map(|process| process.cpu_time());
        let before = times().collect::<Result<Vec<_>, _>>()?;
        let run = self.run(address, path, duration)?;
        let mut nanoseconds = 0;
        for (after, before) in times().zip(&before) {
            nanoseconds += after?.since(before);
        }
        let cpu = nanoseconds as f64 / 1000.0 / run.requests as f64;
        Ok((run, cpu))
    }
}

/// The result of a run of wrk.
#[derive(Debug, PartialEq)]
pub(super) struct Run {
    requests: u64,
    duration: Duration,
    errors: u64,
    latencies: Latencies,
}

impl Run {
    pub(super) fn requests(&self) -> u64 {
        self.requests
    }

    pub(super) fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// Requests per second.
    pub(super) fn rate(&self) -> f64 {
        self.requests as f64 / self.duration.as_secs_f64()
    }

    /// Reads the lines that the script printed.
    fn in_output(output: &str, connections: u64) -> Option<Self> {
        let [requests, microseconds, errors] = numbers(output, "measured ").next()??;
        // The mean interval between the answers on one connection, rounded as wrk does.
        let interval = microseconds.checked_div(requests / connections)?;
        let histogram = numbers(output, "latency ")
            .map(|line| line.map(|[latency, count]| (latency, count)))
            .collect::<Option<_>>()?;
        let latencies = Latencies::measured(&histogram, interval);
        let duration = Duration::from_micros(microseconds);
        Some(Self {
            requests,
            duration,
            errors,
            latencies,
        })
    }
}

/// The numbers of each line with this label. `None` for a line with anything else.
fn numbers<const N: usize>(output: &str, label: &str) -> impl Iterator<Item = Option<[u64; N]>> {
    output
        .lines()
        .filter_map(move |line| line.strip_prefix(label))
        .map(|line| {
            let numbers: Result<Vec<u64>, _> = line.split(' ').map(str::parse).collect();
            numbers.ok()?.try_into().ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_script_are_read() {
        let output = "Running 2s test\n  Requests/sec: 4.0\nmeasured 1000 2000000 0\n\
                      latency 250 990\nlatency 4000 10\n";
        let run = Run::in_output(output, 1).unwrap();
        assert_eq!(run.rate(), 500.0);
        assert_eq!(run.latencies.percentile(99), Duration::from_micros(250));
        assert_eq!(run.latencies.percentile(100), Duration::from_micros(4000));
    }

    #[test]
    fn output_without_requests_is_no_run() {
        for output in [
            "",
            "measured 0 2000000 32\n",
            "measured 1 2\n",
            "measured 1 2 x\n",
        ] {
            assert_eq!(Run::in_output(output, 1), None, "{output:?}");
        }
    }
}
