//! The `Date` and `Server` fields. They are written once a second.

use std::time::{Duration, SystemTime};

use crate::instant::Instant;

use wsgi_http1::encode;

/// The field lines that every response of an origin server has (RFC 9110 sections 6.6.1 and
/// 10.2.4).
#[derive(Debug)]
pub(crate) struct Clock {
    /// The `Date` field line, then the `Server` field line if the server names itself.
    fields: Vec<u8>,
    date_length: usize,
    software: String,
    tick: Tick,
    valid_until: Option<Instant>,
    /// The same as a time of day: the end of a second.
    end: SystemTime,
}

/// The number of a text of the fields of one clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tick(u64);

impl Clock {
    pub(crate) fn new(software: &str) -> Self {
        Self {
            fields: Vec::new(),
            date_length: 0,
            software: software.to_owned(),
            tick: Tick::default(),
            valid_until: None,
            end: SystemTime::UNIX_EPOCH,
        }
    }

    /// Advances the date to `now`.
    #[inline]
    pub(crate) fn advance(&mut self, now: Instant) {
        if self.valid_until.is_none_or(|until| now >= until) {
            self.write(now, SystemTime::now());
        }
    }

    /// Writes the fields at a moment that is this time of day. If the system sets its clock, later
    /// or earlier, the next second shows it.
    #[cold]
    pub(super) fn write(&mut self, now: Instant, time: SystemTime) {
        let since_epoch = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = Duration::from_secs(since_epoch.as_secs());
        let second = SystemTime::UNIX_EPOCH + seconds;
        let text = httpdate::fmt_http_date(second);
        self.tick.0 += 1;
        self.fields.clear();
        encode::field(&mut self.fields, b"Date", text.as_bytes());
        self.date_length = self.fields.len();
        if !self.software.is_empty() {
            encode::field(&mut self.fields, b"Server", self.software.as_bytes());
        }
        self.valid_until = Some(now + (seconds + Duration::from_secs(1) - since_epoch));
        self.end = second + Duration::from_secs(1);
    }

    /// The time of day of a moment, without a look at the system's clock.
    pub(crate) fn time_of(&self, moment: Instant) -> SystemTime {
        let Some(until) = self.valid_until else {
            return SystemTime::now();
        };
        let time = match until.checked_duration_since(moment) {
            Some(before) => self.end.checked_sub(before),
            None => self.end.checked_add(moment - until),
        };
        time.unwrap_or(self.end)
    }

    /// The number of the present text of the fields.
    #[inline]
    pub(crate) fn tick(&self) -> Tick {
        self.tick
    }

    pub(crate) fn date_and_server(&self) -> &[u8] {
        &self.fields
    }

    pub(crate) fn date(&self) -> &[u8] {
        &self.fields[..self.date_length]
    }

    pub(crate) fn server(&self) -> &[u8] {
        &self.fields[self.date_length..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_the_time_of_day_of_a_moment() {
        let mut clock = Clock::new("");
        let (now, time) = (Instant::now(), SystemTime::now());
        clock.advance(now);
        let told = clock.time_of(now);
        let error = told.duration_since(time);
        let error = error.unwrap_or_else(|before| before.duration());
        assert!(error < Duration::from_secs(10), "{told:?} for {time:?}");
        // Moments before the end of the second, and after it.
        for later in [1, 300, 1000, 60_000].map(Duration::from_millis) {
            assert_eq!(clock.time_of(now + later), told + later);
        }
    }

    #[test]
    fn a_system_clock_that_is_set_shows_within_a_second() {
        let (mut clock, now) = (Clock::new(""), Instant::now());
        let day = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_250);
        for (time, date) in [
            (day, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (
                day + Duration::from_secs(86_400),
                "Mon, 07 Nov 1994 08:49:37 GMT",
            ),
            (
                day - Duration::from_secs(86_400),
                "Sat, 05 Nov 1994 08:49:37 GMT",
            ),
            (SystemTime::UNIX_EPOCH, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            clock.write(now, time);
            let field = format!("Date: {date}\r\n");
            assert_eq!(std::str::from_utf8(clock.date()), Ok(&*field));
            assert_eq!(clock.time_of(now), time);
            let until = clock.valid_until.expect("a time");
            assert!(
                until > now && until <= now + Duration::from_secs(1),
                "{date}"
            );
        }
        // Before 1970, which no date tells, the field is that of 1970.
        clock.write(now, SystemTime::UNIX_EPOCH - Duration::from_secs(9));
        let field = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
        assert_eq!(std::str::from_utf8(clock.date()), Ok(field));
        assert!(
            clock
                .valid_until
                .is_some_and(|until| until <= now + Duration::from_secs(1))
        );
    }

    #[test]
    fn a_clock_that_was_not_set_asks_the_system() {
        let before = SystemTime::now();
        assert!(Clock::new("").time_of(Instant::now()) >= before);
    }
}
