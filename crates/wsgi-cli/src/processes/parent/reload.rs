//! A reload: every process reads its files again.

use signal_hook::consts::SIGHUP;
use wsgi::server::{Handle, ServiceManager};

use super::Parent;

/// The number of the parent itself among the processes that reload. Those of workers are larger.
pub(crate) const ITSELF: u64 = 0;

impl Parent {
    /// Has every process reload its files, those that reload already after that.
    pub(super) fn reload(&mut self) {
        self.begin_change();
        for worker in &mut self.workers {
            // One that ends is not waited for.
            if !worker.is_wanted() || self.changes.reload(worker.number) {
                worker.pass_on(SIGHUP);
            }
        }
        let is_awaited = self.own_reload.is_some() && self.serves_alone();
        if !is_awaited || self.changes.reload(ITSELF) {
            self.reload_itself();
        }
    }

    /// Notes that a process has reloaded its files, or cannot use them.
    pub(super) fn note_reloaded(&mut self, process: u64) {
        if !self.changes.note_reloaded(process) {
            return;
        }
        if process == ITSELF {
            self.reload_itself();
        } else if let Some(worker) = self.worker(process) {
            worker.pass_on(SIGHUP);
        }
    }

    /// Tells the service manager that a restart or a reload begins.
    pub(super) fn begin_change(&mut self) {
        // An own server that does not serve yet tells so later.
        let is_early = |own: &Handle| own.listeners().is_ok_and(|all| all.is_empty());
        let is_early = self.serves_alone() && self.own.as_ref().is_some_and(is_early);
        if !is_early && self.changes.begin(self.phase) {
            self.news.tell(ServiceManager::reloading);
        }
    }

    /// Tells the service manager that all restarts and reloads are over, if they are.
    pub(super) fn settle_changes(&mut self) {
        let serves_alone = self.serves_alone();
        let is_expected = |process| match process {
            ITSELF => serves_alone,
            _ => {
                let mut workers = self.workers.iter();
                workers.any(|worker| worker.number == process && worker.is_wanted())
            }
        };
        if self.changes.settle(self.phase, is_expected) {
            self.news.tell(ServiceManager::ready);
        }
    }

    /// Whether the server of this process itself serves, and no worker takes its place.
    fn serves_alone(&self) -> bool {
        self.own.is_some() && self.wanted == 0
    }

    fn reload_itself(&self) {
        if let Some(reload) = &self.own_reload {
            let _ = reload.send(()); // it is received until the parent drops the sender
        }
    }
}
