//! Keys of tickets that follow each other in time.

use ring::rand::{SecureRandom, SystemRandom};

use crate::tls::{
    error::TlsError,
    tickets::key::{Secret, TicketKey, derive},
};

/// The number of periods that are gone through one by one. After more of them, the processes that
/// share a chain agree only if they used it last in the same period.
const MAX_STEPS: u64 = 10_000;

/// Keys of tickets that follow each other in time. Each one encrypts for a period, and then
/// decrypts for one more.
///
/// A secret leads from each key to the next, and is erased then, so that nobody who reads the
/// memory can decrypt older tickets. Processes with the same chain, by a fork or because it was
/// passed on, have the same keys from then on without a word between them.
pub(crate) struct Chain {
    secret: Secret,
    /// The beginning of the first period, in seconds since 1970.
    began: u64,
    /// The length of a period in seconds.
    period: u64,
    /// The number of the present period.
    index: u64,
    /// The key that the secret leads to. It is made when it is used first, because many processes
    /// only hold keys for others.
    current: Option<TicketKey>,
    previous: Option<TicketKey>,
}

impl Chain {
    /// Begins a chain with random bytes.
    pub(crate) fn new(period: u64, now: u64) -> Result<Self, TlsError> {
        let mut secret = Secret::default();
        let filled = SystemRandom::new().fill(&mut *secret);
        filled.map_err(|_| TlsError::random())?;
        Ok(Self::from_secret(secret, period, now))
    }

    /// The same chain, with a period of this length from the present one on. The present keys stay.
    pub(crate) fn with_period(&self, period: u64) -> Self {
        let (began, index) = match period == self.period {
            true => (self.began, self.index),
            false => {
                let gone = self.index.saturating_mul(self.period);
                (self.began.saturating_add(gone), 0)
            }
        };
        Self {
            secret: self.secret.clone(),
            began,
            period,
            index,
            current: self.current.clone(),
            previous: self.previous.clone(),
        }
    }

    fn from_secret(secret: Secret, period: u64, began: u64) -> Self {
        Self {
            secret,
            began,
            period,
            index: 0,
            current: None,
            previous: None,
        }
    }

    /// Writes the chain, for another process.
    #[cfg(feature = "restart")]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for number in [self.began, self.period, self.index] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.secret[..]);
        if let Some(previous) = &self.previous {
            previous.write(out);
        }
    }

    /// Reads a chain that another process has written. `None` if the bytes are something else.
    #[cfg(feature = "restart")]
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (began, bytes) = bytes.split_first_chunk()?;
        let (period, bytes) = bytes.split_first_chunk()?;
        let (index, bytes) = bytes.split_first_chunk()?;
        let (secret, previous) = bytes.split_first_chunk()?;
        let [began, period, index] = [began, period, index].map(|bytes| u64::from_be_bytes(*bytes));
        let previous = match previous {
            [] => None,
            previous => Some(TicketKey::read(previous)?),
        };
        (period > 0).then(|| Self {
            index,
            previous,
            ..Self::from_secret(Secret::new(*secret), period, began)
        })
    }

    /// The key that encrypts now.
    pub(crate) fn current(&mut self, now: u64) -> &TicketKey {
        self.advance(now);
        key_of(&self.secret, &mut self.current)
    }

    /// The keys that decrypt now.
    pub(crate) fn accepted(&mut self, now: u64) -> impl Iterator<Item = &TicketKey> {
        self.advance(now);
        let current = key_of(&self.secret, &mut self.current);
        [current].into_iter().chain(&self.previous)
    }

    /// Goes on to the present period. A clock that was set back changes nothing.
    pub(crate) fn advance(&mut self, now: u64) {
        let index = now.saturating_sub(self.began) / self.period;
        if index.saturating_sub(self.index) > MAX_STEPS {
            self.secret = derive(&*self.secret, &[b"jump", &index.to_be_bytes()]);
            self.index = index;
            self.current = None;
            self.previous = None;
        }
        while self.index < index {
            // Only the last two are of use.
            let is_of_use = self.index + 1 == index;
            let last = self.current.take().filter(|_| is_of_use);
            self.previous =
                is_of_use.then(|| last.unwrap_or_else(|| TicketKey::new(&*self.secret)));
            self.secret = derive(&*self.secret, &[b"next"]);
            self.index += 1;
        }
    }
}

#[cfg(test)]
impl Chain {
    /// Whether the present key was made.
    pub(crate) fn has_current(&self) -> bool {
        self.current.is_some()
    }
}

/// The key that a secret leads to, which is made unless it was before.
fn key_of<'a>(secret: &Secret, key: &'a mut Option<TicketKey>) -> &'a TicketKey {
    key.get_or_insert_with(|| TicketKey::new(&**secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: u64 = 1_000_000;
    const PERIOD: u64 = 100;
    const PLACE: &[u8; 32] = &[1; 32];

    fn chain() -> Chain {
        Chain::from_secret(Secret::new([7; 32]), PERIOD, BEGAN)
    }

    fn ticket(chain: &mut Chain, now: u64) -> Vec<u8> {
        chain.current(now).seal(b"session", PLACE, now).unwrap()
    }

    fn opens(chain: &mut Chain, ticket: &[u8], now: u64) -> bool {
        chain
            .accepted(now)
            .any(|key| key.open(ticket, PLACE).is_some())
    }

    #[test]
    fn a_key_encrypts_for_a_period_and_decrypts_for_one_more() {
        let mut chain = chain();
        let ticket = ticket(&mut chain, BEGAN);
        assert!(chain.current(BEGAN + PERIOD - 1).is_of(&ticket));
        assert!(!chain.current(BEGAN + PERIOD).is_of(&ticket));
        assert!(opens(&mut chain, &ticket, BEGAN + 2 * PERIOD - 1));
        assert!(!opens(&mut chain, &ticket, BEGAN + 2 * PERIOD));
    }

    #[test]
    fn a_chain_that_is_only_held_makes_no_key_and_has_those_of_the_others() {
        for period in [PERIOD, 3 * PERIOD] {
            let (held, mut used) = (chain(), chain());
            let first = ticket(&mut used, BEGAN);
            let mut held = held.with_period(period);
            assert!(held.current.is_none(), "{period}");
            assert!(opens(&mut held, &first, BEGAN), "{period}");
            assert!(held.current.is_some(), "{period}");
            assert!(opens(&mut held, &first, BEGAN + period), "{period}");
            assert!(!opens(&mut held, &first, BEGAN + 2 * period), "{period}");
        }
        let (mut held, mut used) = (chain(), chain());
        let first = ticket(&mut used, BEGAN);
        assert!(opens(&mut held, &first, BEGAN + PERIOD), "the former key");
    }

    #[test]
    fn a_key_that_was_not_used_for_its_period_decrypts_for_others() {
        let (mut idle, mut busy) = (chain(), chain());
        let ticket = ticket(&mut busy, BEGAN + 5 * PERIOD);
        assert!(opens(&mut idle, &ticket, BEGAN + 6 * PERIOD));
        assert!(!opens(&mut idle, &ticket, BEGAN + 7 * PERIOD));
    }

    #[cfg(feature = "restart")]
    #[test]
    fn a_chain_that_is_passed_on_goes_on_in_the_same_way() {
        let mut first = chain();
        let older = ticket(&mut first, BEGAN + 6 * PERIOD);
        let newer = ticket(&mut first, BEGAN + 7 * PERIOD);
        let mut bytes = Vec::new();
        first.write(&mut bytes);
        let mut second = Chain::read(&bytes).expect("a chain");
        for ticket in [&older, &newer] {
            assert!(opens(&mut second, ticket, BEGAN + 7 * PERIOD));
        }
        assert!(!opens(&mut second, &older, BEGAN + 8 * PERIOD));
        let later = ticket(&mut second, BEGAN + 9 * PERIOD);
        assert!(opens(&mut first, &later, BEGAN + 9 * PERIOD));
        for length in 0..bytes.len() {
            let is_whole = length == bytes.len() - TicketKey::LENGTH; // without the previous key
            assert_eq!(
                Chain::read(&bytes[..length]).is_some(),
                is_whole,
                "{length}"
            );
        }
    }

    #[test]
    fn a_chain_with_another_period_or_the_same_keeps_its_keys() {
        let mut first = chain();
        let older = ticket(&mut first, BEGAN + 6 * PERIOD);
        let newer = ticket(&mut first, BEGAN + 7 * PERIOD);
        for (period, begins) in [(PERIOD, 8), (3 * PERIOD, 10)] {
            let mut other = first.with_period(period);
            for ticket in [&older, &newer] {
                assert!(opens(&mut other, ticket, BEGAN + 7 * PERIOD), "{period}");
            }
            let same = ticket(&mut other, BEGAN + begins * PERIOD - 1);
            assert!(opens(&mut first, &same, BEGAN + 7 * PERIOD), "{period}");
            assert!(
                opens(&mut other, &newer, BEGAN + begins * PERIOD),
                "{period}"
            );
            assert!(
                !opens(&mut other, &older, BEGAN + begins * PERIOD),
                "{period}"
            );
            if period == PERIOD {
                let later = ticket(&mut other, BEGAN + 9 * PERIOD);
                assert!(opens(
                    &mut first.with_period(PERIOD),
                    &later,
                    BEGAN + 9 * PERIOD
                ));
            }
        }
    }

    #[test]
    fn inherited_chains_agree_after_many_periods() {
        let (mut one, mut other) = (chain(), chain());
        for period in [3, 4, MAX_STEPS, 3 * MAX_STEPS] {
            let now = BEGAN + period * PERIOD;
            if period == 3 * MAX_STEPS {
                one.current(now - PERIOD * MAX_STEPS);
                other.current(now - PERIOD * MAX_STEPS);
            }
            let ticket = ticket(&mut one, now);
            assert!(opens(&mut other, &ticket, now), "{period}");
        }
    }

    #[test]
    fn a_clock_that_jumps_costs_no_loop_and_forgets_old_keys() {
        let mut chain = chain();
        let ticket = ticket(&mut chain, BEGAN);
        assert!(!opens(&mut chain, &ticket, u64::MAX));
        let later = chain.current(u64::MAX).clone();
        let ticket = later.seal(b"session", PLACE, u64::MAX).unwrap();
        assert!(opens(&mut chain, &ticket, BEGAN), "set back again");
    }
}
