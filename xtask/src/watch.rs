//! The run of a command, whose output passes through, and which may not hang.

use std::{
    io::{self, PipeReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::{
    output::Output,
    processes::{self, Process},
    running::Running,
};

/// The most characters that are shown of a command line.
const MAX_LINE: usize = 160;

/// The end of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ended, with success or without.
    Itself(bool),
    /// It printed nothing for too long and was killed, together with all that it had started. The
    /// lines name the tests and the programs that ran.
    Killed(Vec<String>),
}

/// Runs a command, passes its output to `output` as it arrives, and each line of it to `each`.
///
/// With a limit of silence, the command must go on printing after it has printed something for the
/// first time. Before that, `cargo test` compiles, and tells so elsewhere.
pub(crate) fn watch(
    mut command: Command,
    silence: Option<Duration>,
    output: &mut Output,
    mut each: impl FnMut(&str),
) -> io::Result<End> {
    let reader = output.of(&mut command)?;
    let mut child = command.stdin(Stdio::null()).spawn()?;
    drop(command); // it would hold the pipe open
    let mut running = Running::default();
    let read = pass_through(&pieces(reader), silence, output, |bytes| {
        running.take(bytes).iter().for_each(|line| each(line));
    });
    match read {
        Ok(Passed::All) => running.rest().iter().for_each(|rest| each(rest)),
        Ok(Passed::Silence) => return kill(child, &running).map(End::Killed),
        Err(_) => {}
    }
    let status = child.wait()?;
    read.map(|_| End::Itself(status.success()))
}

/// The part of the output that was read.
enum Passed {
    /// Every byte, up to the end.
    All,
    /// Some bytes, and then nothing for the limit.
    Silence,
}

fn pass_through(
    pieces: &Receiver<io::Result<Vec<u8>>>,
    silence: Option<Duration>,
    output: &mut Output,
    mut take: impl FnMut(&[u8]),
) -> io::Result<Passed> {
    let mut limit = None;
    loop {
        let piece = match limit {
            Some(limit) => pieces.recv_timeout(limit),
            None => pieces.recv().map_err(RecvTimeoutError::from),
        };
        match piece {
            Ok(piece) => {
                let piece = piece?;
                output.piece(&piece)?;
                take(&piece);
                limit = silence;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(Passed::All),
            Err(RecvTimeoutError::Timeout) => return Ok(Passed::Silence),
        }
    }
}

/// Reads the output in a thread of its own, so that there can be a limit. A program that nobody
/// finds may hold the pipe open for ever. Then the thread stays.
fn pieces(mut reader: PipeReader) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 8 * 1024];
        loop {
            let piece = match reader.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => Ok(buffer[..count].to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            if piece.is_err() | sender.send(piece).is_err() {
                return;
            }
        }
    });
    pieces
}

/// Kills a command with all of its programs, and names what ran.
fn kill(mut child: Child, running: &Running) -> io::Result<Vec<String>> {
    let family = processes::family(child.id());
    processes::kill(&family);
    child.kill()?;
    child.wait()?;
    let tests = running.tests().into_iter();
    let tests = tests.map(|name| format!("test {name}"));
    // The first is the command itself.
    let programs = family.iter().skip(1).map(shown);
    Ok(tests.chain(programs).collect())
}

fn shown(process: &Process) -> String {
    let line: String = process.line.chars().take(MAX_LINE).collect();
    format!("program {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        shell
    }

    #[track_caller]
    fn check(script: &str, silence: Option<Duration>, succeeds: bool, expected: &[&str]) {
        let mut lines = Vec::new();
        let end = watch(shell(script), silence, &mut Output::Terminal, |line| {
            lines.push(line.to_owned());
        });
        assert_eq!(end.unwrap(), End::Itself(succeeds));
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_command_that_ends_passes_on_its_lines_and_its_status() {
        let long = Some(Duration::from_secs(60));
        check("echo one; printf two", long, true, &["one\n", "two"]);
        check("echo one; exit 3", None, false, &["one\n"]);
    }

    #[test]
    fn silence_before_the_first_output_has_no_limit() {
        let short = Some(Duration::from_millis(1));
        check("sleep 0.1; true", short, true, &[]);
    }

    mod procps {
        use super::*;

        /// The time that the end of a killed process may take here.
        const PATIENCE: Duration = Duration::from_secs(60);

        #[test]
        fn tests_that_hang_are_named_and_killed_with_their_programs() {
            let script = "echo 'test slow has been running for over 60 seconds'
                sleep 1000 &
                printf 'test a ... '
                wait";
            let mut hanging = shell(script);
            // It ends when nobody holds it.
            let (mut held, holder) = io::pipe().unwrap();
            hanging.stderr(holder);
            let silence = Duration::from_secs(4);
            let End::Killed(running) =
                watch(hanging, Some(silence), &mut Output::Terminal, |_| ()).unwrap()
            else {
                panic!("it ended by itself");
            };
            assert_eq!(running, ["test slow", "test a", "program sleep 1000"]);
            let (sender, ended) = mpsc::channel();
            thread::spawn(move || sender.send(held.read_to_end(&mut Vec::new())));
            assert_eq!(ended.recv_timeout(PATIENCE).unwrap().unwrap(), 0);
        }

        #[test]
        fn a_program_that_outlives_its_command_and_is_found_by_nobody_holds_up_nothing() {
            // The shell ends at once.
            let script = "echo begun; sleep 20 &";
            let silence = Duration::from_millis(100);
            let end = watch(shell(script), Some(silence), &mut Output::Terminal, |_| ()).unwrap();
            assert_eq!(end, End::Killed(Vec::new()));
        }
    }
}
