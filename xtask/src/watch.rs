//! The run of a command, whose output passes through, and which may not hang.

use std::{
    io::{self, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
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

/// Some bytes that a command printed.
enum Piece {
    Output(Vec<u8>),
    Errors(Vec<u8>),
}

/// Runs a command, passes its output to `output` as it arrives, and each line of it to `each`.
///
/// With a limit of silence, the command must go on printing after its standard output has begun.
/// Before that, `cargo test` compiles, and tells so among the errors. They are read only if they
/// are kept: otherwise they would appear among the output of another command.
pub(crate) fn watch(
    mut command: Command,
    silence: Option<Duration>,
    output: &mut Output,
    mut each: impl FnMut(&str),
) -> io::Result<End> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    if output.is_kept() {
        command.stderr(Stdio::piped());
    }
    let mut child = command.spawn()?;
    let pieces = pieces(&mut child);
    let mut running = Running::default();
    let read = pass_through(&pieces, silence, output, |bytes| {
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
    pieces: &Receiver<io::Result<Piece>>,
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
            Ok(piece) => match piece? {
                Piece::Output(bytes) => {
                    output.piece(&bytes)?;
                    take(&bytes);
                    limit = silence;
                }
                Piece::Errors(bytes) => output.piece(&bytes)?,
            },
            Err(RecvTimeoutError::Disconnected) => return Ok(Passed::All),
            Err(RecvTimeoutError::Timeout) => return Ok(Passed::Silence),
        }
    }
}

/// The pieces of a command's output, and of its errors if they are read here.
fn pieces(child: &mut Child) -> Receiver<io::Result<Piece>> {
    let (sender, pieces) = mpsc::channel();
    if let Some(errors) = child.stderr.take() {
        read(errors, Piece::Errors, sender.clone());
    }
    if let Some(output) = child.stdout.take() {
        read(output, Piece::Output, sender);
    }
    pieces
}

/// Reads a pipe in a thread of its own, so that there can be a limit. A program that nobody finds
/// may hold the pipe open for ever. Then the thread stays.
fn read(
    mut pipe: impl Read + Send + 'static,
    piece: fn(Vec<u8>) -> Piece,
    pieces: Sender<io::Result<Piece>>,
) {
    thread::spawn(move || {
        let mut buffer = [0; 8 * 1024];
        loop {
            let piece = match pipe.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => Ok(piece(buffer[..count].to_vec())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            if piece.is_err() | pieces.send(piece).is_err() {
                return;
            }
        }
    });
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

    #[test]
    fn errors_that_are_kept_begin_no_limit_and_are_no_lines_of_the_output() {
        let blocking = shell("echo Blocking >&2; sleep 0.1; true");
        let short = Some(Duration::from_millis(1));
        let mut output = Output::Kept(Vec::new());
        let end = watch(blocking, short, &mut output, |line| panic!("{line}"));
        assert_eq!(end.unwrap(), End::Itself(true));
        assert!(matches!(output, Output::Kept(bytes) if bytes == b"Blocking\n"));
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
            // The shell ends at once, but a busy machine may take longer for that.
            let script = "echo begun; sleep 20 &";
            let is_alone = |silence| {
                let silence = Some(Duration::from_millis(silence));
                let end = watch(shell(script), silence, &mut Output::Terminal, |_| ());
                end.unwrap() == End::Killed(Vec::new())
            };
            assert!([100, 1_000, 10_000].into_iter().any(is_alone));
        }
    }
}
