//! The pace at which the monitor looks at the loops.

use std::time::Duration;

/// The time between two looks: after a call that held up its loop, and without one.
const ALERT: Duration = Duration::from_micros(200);
const CALM: Duration = Duration::from_millis(1);

/// The same where calls share a lock, after a while in which none held up its loop: each look
/// interrupts a call.
const SERENE: Duration = Duration::from_millis(4);

/// The number of looks at such calls before the monitor is serene.
const LOOKS_BEFORE_SERENE: u32 = 250;

/// The number of looks that the monitor stays alert, and that it takes at a server where nothing
/// runs before it sleeps.
const LOOKS: u32 = 50;

/// The vigilance of the monitor. It follows from what the last looks have shown.
#[derive(Debug)]
pub(super) struct Vigilance {
    shares_lock: bool,
    /// The number of looks for which the monitor stays alert.
    alert: u32,
    /// The number of looks since one that showed a call.
    quiet: u32,
    /// The number of looks since one that showed a call which holds up its loop.
    harmless: u32,
}

impl Vigilance {
    /// The vigilance at the beginning. `shares_lock` says whether calls share a lock.
    pub(super) fn new(shares_lock: bool) -> Self {
        Self {
            shares_lock,
            alert: 0,
            quiet: 0,
            harmless: 0,
        }
    }

    /// Counts a look, before it shows anything.
    pub(super) fn begin_look(&mut self) {
        self.alert = self.alert.saturating_sub(1);
        self.quiet += 1;
        self.harmless = self.harmless.saturating_add(1);
    }

    /// Notes that a call runs.
    pub(super) fn note_call(&mut self) {
        self.quiet = 0;
    }

    /// Notes that the call holds up its loop.
    pub(super) fn note_hold_up(&mut self) {
        self.harmless = 0;
    }

    /// Notes that a spare was summoned in the call.
    pub(super) fn note_summons(&mut self) {
        self.alert = LOOKS;
    }

    /// The time until the next look, or `None` if nothing has run for a while: then the monitor
    /// sleeps, and counts anew.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        if self.quiet >= LOOKS {
            self.quiet = 0;
            return None;
        }
        Some(match self.alert {
            0 if self.shares_lock && self.harmless > LOOKS_BEFORE_SERENE => SERENE,
            0 => CALM,
            _ => ALERT,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks that show calls which hold up nothing. Returns the pause after the last one.
    fn harmless_looks(vigilance: &mut Vigilance, looks: u32) -> Option<Duration> {
        (0..looks).fold(None, |_, _| {
            vigilance.begin_look();
            vigilance.note_call();
            vigilance.pause()
        })
    }

    #[test]
    fn the_monitor_is_alert_for_a_while_after_a_summons() {
        let mut vigilance = Vigilance::new(false);
        assert_eq!(harmless_looks(&mut vigilance, 1), Some(CALM));
        vigilance.begin_look();
        vigilance.note_call();
        vigilance.note_hold_up();
        vigilance.note_summons();
        assert_eq!(vigilance.pause(), Some(ALERT));
        assert_eq!(harmless_looks(&mut vigilance, LOOKS - 1), Some(ALERT));
        assert_eq!(harmless_looks(&mut vigilance, 1), Some(CALM));
    }

    #[test]
    fn the_monitor_sleeps_once_nothing_has_run_for_a_while() {
        let mut vigilance = Vigilance::new(false);
        for _ in 0..2 {
            for look in 1..=LOOKS {
                vigilance.begin_look();
                let pause = vigilance.pause();
                assert_eq!(pause, (look < LOOKS).then_some(CALM), "look {look}");
            }
        }
    }

    #[test]
    fn the_monitor_is_serene_only_where_calls_share_a_lock_and_none_holds_up_its_loop() {
        for (shares_lock, pause) in [(false, CALM), (true, SERENE)] {
            let mut vigilance = Vigilance::new(shares_lock);
            let calm = harmless_looks(&mut vigilance, LOOKS_BEFORE_SERENE);
            assert_eq!(calm, Some(CALM), "shared: {shares_lock}");
            assert_eq!(harmless_looks(&mut vigilance, 1), Some(pause));
            vigilance.begin_look();
            vigilance.note_call();
            vigilance.note_hold_up();
            assert_eq!(vigilance.pause(), Some(CALM), "shared: {shares_lock}");
        }
    }
}
