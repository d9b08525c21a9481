//! An entry of a key in the file and in Redis: a record, or the mark of a retired key.
//!
//! An encoded record begins with its layout, which is never zero. A mark is a zero and the time
//! until which it is kept, encoded like the times of a record.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{record::Record, store_error::StoreError};

/// The first byte of a mark.
const RETIRED: u8 = 0;

/// The number of bytes of a time.
const TIME: usize = 8;

/// The number of bytes of a mark.
pub(crate) const MARK: usize = 1 + TIME;

/// The meaning of an entry at some time.
#[derive(Debug, PartialEq)]
pub(crate) enum Standing {
    Live(Record),
    Retired,
    Absent,
}

/// Makes the mark of a key that is retired until then.
#[cfg(feature = "file")]
pub(crate) fn retired(until: SystemTime) -> [u8; MARK] {
    let mut mark = [RETIRED; MARK];
    mark[1..].copy_from_slice(&Record::encode_time(until));
    mark
}

/// Decodes the entry of a key as of `now`.
pub(crate) fn load(entry: Option<&[u8]>, now: SystemTime) -> Result<Standing, StoreError> {
    let Some(entry) = entry else {
        return Ok(Standing::Absent);
    };
    if let Some(until) = retired_until(entry) {
        return Ok(if now < until {
            Standing::Retired
        } else {
            Standing::Absent
        });
    }
    let record = Record::decode(entry)?;
    Ok(if record.is_live(now) {
        Standing::Live(record)
    } else {
        Standing::Absent
    })
}

/// Whether an entry can be removed. A corrupt entry, or one with the layout of another version,
/// cannot: someone should see it.
#[cfg(feature = "file")]
pub(crate) fn is_over(entry: &[u8], now: SystemTime) -> bool {
    let until = retired_until(entry).or_else(|| {
        entry.strip_prefix(&[Record::LAYOUT])?;
        let idle = time(entry, Record::IDLE_UNTIL_AT)?;
        let absolute = time(entry, Record::IDLE_UNTIL_AT + TIME)?;
        Some(idle.min(absolute))
    });
    until.is_some_and(|until| until <= now)
}

/// Moves the idle deadline of an encoded record, if that makes it later. Returns whether it does.
#[cfg(feature = "file")]
pub(crate) fn touch(entry: &mut [u8], idle_until: SystemTime) -> bool {
    let place = entry.get_mut(Record::IDLE_UNTIL_AT..Record::IDLE_UNTIL_AT + TIME);
    let later = Record::encode_time(idle_until);
    place.is_some_and(|place| {
        let is_later = later.as_slice() > &*place;
        if is_later {
            place.copy_from_slice(&later);
        }
        is_later
    })
}

/// Returns the idle deadline of an encoded record, still encoded.
#[cfg(feature = "file")]
pub(crate) fn idle_until(entry: &[u8]) -> Option<[u8; TIME]> {
    entry.strip_prefix(&[Record::LAYOUT])?;
    entry.get(Record::IDLE_UNTIL_AT..)?.first_chunk().copied()
}

fn retired_until(entry: &[u8]) -> Option<SystemTime> {
    let is_mark = entry.len() == MARK && entry[0] == RETIRED;
    is_mark.then(|| time(entry, 1)).flatten()
}

fn time(entry: &[u8], at: usize) -> Option<SystemTime> {
    let millis = entry.get(at..)?.first_chunk::<TIME>()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(u64::from_be_bytes(*millis)))
}

#[cfg(all(test, feature = "file"))]
mod tests {
    use super::*;
    use crate::version::Version;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn record() -> Record {
        Record {
            version: Version::from_bytes([7; 16]),
            data: b"data".to_vec(),
            idle: Duration::from_secs(10),
            idle_until: at(110),
            absolute_until: at(200),
            annex: None,
        }
    }

    #[test]
    fn a_record_is_over_at_the_earlier_deadline() {
        let entry = record().encode();
        assert!(!is_over(&entry, at(109)) && is_over(&entry, at(110)));
        assert_eq!(
            load(Some(&entry), at(109)).unwrap(),
            Standing::Live(record())
        );
        assert_eq!(load(Some(&entry), at(110)).unwrap(), Standing::Absent);
    }

    #[test]
    fn a_mark_is_kept_until_its_time() {
        let entry = retired(at(110));
        assert!(!is_over(&entry, at(109)) && is_over(&entry, at(110)));
        assert_eq!(load(Some(&entry), at(109)).unwrap(), Standing::Retired);
        assert_eq!(load(Some(&entry), at(110)).unwrap(), Standing::Absent);
    }

    #[test]
    fn a_touch_only_moves_the_idle_deadline_later() {
        let mut entry = record().encode();
        assert!(!touch(&mut entry, at(110)));
        assert!(touch(&mut entry, at(120)));
        let touched = Record {
            idle_until: at(120),
            ..record()
        };
        assert_eq!(entry, touched.encode());
    }

    #[test]
    fn a_corrupt_entry_is_not_removed() {
        let mut foreign = record().encode();
        foreign[0] += 1;
        for entry in [
            &b""[..],
            &[RETIRED],
            &[RETIRED; MARK + 1],
            &[9; 30],
            &foreign,
        ] {
            assert!(
                matches!(load(Some(entry), at(1)), Err(StoreError::Corrupt)),
                "{entry:?}"
            );
            assert!(!is_over(entry, at(1_000)), "{entry:?}");
        }
    }
}
