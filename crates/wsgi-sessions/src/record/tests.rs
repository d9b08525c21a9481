use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

fn record() -> impl Strategy<Value = Record> {
    let times = (any::<u64>(), 0..1_u64 << 50, 0..1_u64 << 50);
    let data = prop::collection::vec(any::<u8>(), 0..100);
    (any::<[u8; 16]>(), times, data).prop_map(|(version, (idle, first, second), data)| Record {
        version: Version::from_bytes(version),
        data,
        idle: Duration::from_millis(idle),
        idle_until: at(first),
        absolute_until: at(second),
        annex: None,
    })
}

proptest! {
    #[test]
    fn a_record_is_read_as_it_was_written(record in record()) {
        prop_assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }

    #[test]
    fn a_record_cut_anywhere_is_corrupt(record in record(), cut in any::<prop::sample::Index>()) {
        let bytes = record.encode();
        let cut = &bytes[..cut.index(bytes.len())];
        prop_assert!(matches!(Record::decode(cut), Err(StoreError::Corrupt)));
    }

    #[test]
    fn a_read_record_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(record) = Record::decode(&bytes) {
            prop_assert_eq!(record.encode(), bytes);
        }
    }

    #[test]
    fn a_deadline_can_be_written_in_place(record in record(), millis in 0..1_u64 << 50) {
        let mut bytes = record.encode();
        let place = &mut bytes[Record::IDLE_UNTIL_AT..][..8];
        place.copy_from_slice(&Record::encode_time(at(millis)));
        let touched = Record { idle_until: at(millis), ..record };
        prop_assert_eq!(Record::decode(&bytes).unwrap(), touched);
    }
}

/// Files and databases contain this layout, so it must stay readable forever.
#[test]
fn the_first_layout_does_not_change() {
    let mut bytes = vec![1];
    bytes.extend([0xab; 16]);
    bytes.extend([0, 0, 0, 0, 0x05, 0x26, 0x5c, 0x00]); // 86,400,000
    bytes.extend([0, 0, 0x01, 0x8c, 0xc2, 0x51, 0xf4, 0x00]); // 2024-01-01
    bytes.extend([0, 0, 0x01, 0x8d, 0x05, 0x44, 0xa0, 0x00]); // 2024-01-14
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 7]);
    bytes.extend(b"{\"n\":1}");
    let record = Record {
        version: Version::from_bytes([0xab; 16]),
        data: b"{\"n\":1}".to_vec(),
        idle: Duration::from_secs(86_400),
        idle_until: at(1_704_067_200_000),
        absolute_until: at(1_705_190_400_000),
        annex: None,
    };
    assert_eq!(record.encode(), bytes);
    assert_eq!(Record::decode(&bytes).unwrap(), record);
}

#[test]
fn a_record_that_contradicts_itself_is_corrupt() {
    let whole = Record {
        version: Version::from_bytes([7; 16]),
        data: b"data".to_vec(),
        idle: Duration::from_secs(1),
        idle_until: at(1),
        absolute_until: at(2),
        annex: None,
    };
    let whole = whole.encode();
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        bytes
    };
    let rows = [
        ("empty", Vec::new()),
        ("another layout", changed(|bytes| bytes[0] = 2)),
        ("longer than it claims", changed(|bytes| bytes.push(0))),
        (
            "a wrong length",
            changed(|bytes| bytes[HEAD - 8..HEAD].fill(0xff)),
        ),
        (
            "too large",
            changed(|bytes| {
                bytes.resize(Record::MAX_ENCODED + 1, 0);
                let length = (bytes.len() - HEAD) as u64;
                bytes[HEAD - 8..HEAD].copy_from_slice(&length.to_be_bytes());
            }),
        ),
    ];
    for (row, bytes) in rows {
        let read = Record::decode(&bytes);
        assert!(matches!(read, Err(StoreError::Corrupt)), "{row}");
    }
}

#[test]
fn times_are_cut_to_the_millisecond_and_to_1970() {
    let record = Record {
        version: Version::from_bytes([0; 16]),
        data: Vec::new(),
        idle: Duration::from_nanos(1_999_999),
        idle_until: UNIX_EPOCH + Duration::from_nanos(1_999_999),
        absolute_until: UNIX_EPOCH - Duration::from_secs(1),
        annex: None,
    };
    let read = Record::decode(&record.encode()).unwrap();
    assert_eq!(read.idle, Duration::from_millis(1));
    assert_eq!(read.idle_until, at(1));
    assert_eq!(read.absolute_until, at(0));
}

#[test]
fn debug_shows_no_data() {
    let record = Record {
        version: Version::from_bytes([0; 16]),
        data: b"secret".to_vec(),
        idle: Duration::ZERO,
        idle_until: at(0),
        absolute_until: at(0),
        annex: None,
    };
    let shown = format!("{record:?}");
    assert!(
        shown.contains("6 bytes") && !shown.contains("secret"),
        "{shown}"
    );
}
