//! The restarts and reloads under way, as a service manager hears of them.

use crate::processes::phase::Phase;

/// The restarts and reloads under way. The service manager hears when each of them begins, and once
/// when all of them are over. It hears of none before the first workers serve, nor at the end.
///
/// A process may answer several signals once. So it is not signalled again before its answer, and
/// each answer is that to the last signal.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whether the service manager waits until everything is over.
    is_awaited: bool,
    reloads: Vec<Reload>,
}

/// The reload of a process that has not answered.
#[derive(Debug)]
struct Reload {
    process: u64,
    /// Whether a further one was asked for.
    is_asked_again: bool,
}

impl Changes {
    /// Notes that the service manager waits for the first workers.
    pub(super) fn start(&mut self) {
        self.is_awaited = true;
    }

    /// Notes that a restart or a reload begins. Returns whether the service manager is told.
    pub(super) fn begin(&mut self, phase: Phase) -> bool {
        let is_told = matches!(phase, Phase::Serving | Phase::Restarting);
        self.is_awaited |= is_told;
        is_told
    }

    /// Notes that a process reloads its files. Returns whether it is signalled now; otherwise it is
    /// after its answer.
    pub(super) fn reload(&mut self, process: u64) -> bool {
        if let Some(reload) = self.reload_of(process) {
            reload.is_asked_again = true;
            return false;
        }
        self.reloads.push(Reload {
            process,
            is_asked_again: false,
        });
        true
    }

    /// Notes that a process has answered. Returns whether it is signalled again.
    pub(super) fn note_reloaded(&mut self, process: u64) -> bool {
        let reload = self.reload_of(process);
        let again = reload.is_some_and(|reload| std::mem::take(&mut reload.is_asked_again));
        if !again {
            self.reloads.retain(|reload| reload.process != process);
        }
        again
    }

    /// Waits only for those processes that are expected to answer. Returns whether the service
    /// manager is told that everything is over.
    pub(super) fn settle(&mut self, phase: Phase, is_expected: impl Fn(u64) -> bool) -> bool {
        self.reloads.retain(|reload| is_expected(reload.process));
        let is_over = phase == Phase::Serving && self.reloads.is_empty();
        is_over && std::mem::take(&mut self.is_awaited)
    }

    fn reload_of(&mut self, process: u64) -> Option<&mut Reload> {
        let mut reloads = self.reloads.iter_mut();
        reloads.find(|reload| reload.process == process)
    }
}

#[cfg(test)]
mod tests {
    use Step::{Answer, Gone, In, Reload, Restart};

    use super::*;

    /// An event at a parent with the workers 1 and 2.
    #[derive(Clone, Copy)]
    enum Step {
        /// The phase is this one from now on.
        In(Phase),
        /// A restart begins.
        Restart,
        /// The signal to reload arrives.
        Reload,
        /// A worker answers.
        Answer(u64),
        /// A worker ends, is late, or retires.
        Gone(u64),
    }

    /// Checks what each step has the parent do: `B` and `R` tell of a beginning and of readiness,
    /// and a number signals this worker.
    #[track_caller]
    fn check(name: &str, steps: &[(Step, &str)]) {
        let mut changes = Changes::default();
        let (mut phase, mut workers) = (Phase::Starting, vec![1, 2]);
        changes.start();
        for (index, &(step, expected)) in steps.iter().enumerate() {
            let mut done = String::new();
            match step {
                In(next) => phase = next,
                Restart => {
                    phase = Phase::Restarting;
                    done.extend(changes.begin(phase).then_some('B'));
                }
                Reload => {
                    done.extend(changes.begin(phase).then_some('B'));
                    for &worker in &workers {
                        if changes.reload(worker) {
                            done += &worker.to_string();
                        }
                    }
                }
                Answer(worker) => {
                    if changes.note_reloaded(worker) {
                        done += &worker.to_string();
                    }
                }
                Gone(worker) => workers.retain(|&one| one != worker),
            }
            let is_over = changes.settle(phase, |process| workers.contains(&process));
            done.extend(is_over.then_some('R'));
            assert_eq!(done, expected, "{name}: step {index}");
            assert!(!changes.settle(phase, |_| true), "{name}: it is told once");
        }
    }

    const SERVING: (Step, &str) = (In(Phase::Serving), "R");

    #[test]
    fn a_reload_is_over_when_every_worker_has_answered() {
        check(
            "a reload",
            &[SERVING, (Reload, "B12"), (Answer(2), ""), (Answer(1), "R")],
        );
        check(
            "a worker that ends",
            &[SERVING, (Reload, "B12"), (Answer(2), ""), (Gone(1), "R")],
        );
        check(
            "a reload without workers",
            &[SERVING, (Gone(1), ""), (Gone(2), ""), (Reload, "BR")],
        );
        check(
            "answers that nobody waits for",
            &[SERVING, (Answer(1), ""), (Answer(3), "")],
        );
    }

    #[test]
    fn the_first_workers_are_ready_once() {
        check(
            "a reload while the first workers start",
            &[
                (Reload, "12"),
                (Answer(1), ""),
                (In(Phase::Serving), ""),
                (Answer(2), "R"),
            ],
        );
        check(
            "a reload that is over before they serve",
            &[(Reload, "12"), (Answer(1), ""), (Answer(2), ""), SERVING],
        );
        check(
            "first workers that fail",
            &[
                (Reload, "12"),
                (Gone(1), ""),
                (In(Phase::Ending), ""),
                (Gone(2), ""),
            ],
        );
    }

    #[test]
    fn a_restart_is_over_when_its_workers_serve() {
        check("a restart", &[SERVING, (Restart, "B"), SERVING]);
        check(
            "a restart after a restart",
            &[SERVING, (Restart, "B"), (Restart, "B"), SERVING],
        );
        check(
            "a reload within a restart",
            &[
                SERVING,
                (Restart, "B"),
                (Reload, "B12"),
                (Answer(1), ""),
                (Answer(2), ""),
                SERVING,
            ],
        );
        check(
            "a restart within a reload",
            &[
                SERVING,
                (Reload, "B12"),
                (Restart, "B"),
                (In(Phase::Serving), ""),
                (Answer(1), ""),
                (Answer(2), "R"),
            ],
        );
        check(
            "a restart after which others retire that reload",
            &[
                SERVING,
                (Reload, "B12"),
                (Restart, "B"),
                (Gone(1), ""),
                (Gone(2), ""),
                SERVING,
            ],
        );
    }

    #[test]
    fn a_reload_within_another_is_done_after_it() {
        check(
            "a second reload within the first",
            &[
                SERVING,
                (Reload, "B12"),
                (Answer(1), ""),
                (Reload, "B1"),
                (Answer(2), "2"),
                (Answer(1), ""),
                (Answer(2), "R"),
            ],
        );
        check(
            "a third reload needs no further signal",
            &[
                SERVING,
                (Reload, "B12"),
                (Reload, "B"),
                (Reload, "B"),
                (Answer(1), "1"),
                (Answer(2), "2"),
                (Answer(1), ""),
                (Answer(2), "R"),
            ],
        );
    }

    #[test]
    fn nothing_is_told_at_the_end() {
        check(
            "an end within a reload",
            &[
                SERVING,
                (Reload, "B12"),
                (In(Phase::Ending), ""),
                (Answer(1), ""),
                (Gone(2), ""),
            ],
        );
        check(
            "a reload at the end",
            &[
                SERVING,
                (In(Phase::Ending), ""),
                (Reload, "12"),
                (Answer(1), ""),
                (Gone(2), ""),
            ],
        );
        check(
            "an end within a restart",
            &[SERVING, (Restart, "B"), (In(Phase::Ending), "")],
        );
    }
}
