//! RFC 9110, section 14.

use std::{ops::Range, time::SystemTime};

use proptest::prelude::*;
use wsgi_files::{
    Answer, Boundary, Conditions, Multipart, RangeSet, Representation, Selection, Validators,
};

use Selection::{Unsatisfiable, Whole};

fn one(range: Range<u64>) -> Selection {
    Selection::Ranges(vec![range])
}

#[test]
fn ranges_are_selected_as_the_standard_says() {
    let several = |ranges: &[Range<u64>]| Selection::Ranges(ranges.to_vec());
    let rows: &[(&str, Selection)] = &[
        ("bytes=0-0", one(0..1)),
        ("bytes=0-499", one(0..500)),
        ("bytes=9999-9999", one(9999..10_000)),
        ("bytes=9500-", one(9500..10_000)),
        ("bytes=0-", one(0..10_000)),
        ("bytes=-1", one(9999..10_000)),
        ("bytes=-500", one(9500..10_000)),
        ("bytes=-20000", one(0..10_000)),
        ("bytes=9000-20000", one(9000..10_000)),
        ("BYTES=0-1", one(0..2)),
        (" bytes=0-1 ", one(0..2)),
        ("bytes= 0-1 , , \t", one(0..2)),
        ("bytes=000000000000000000000000000001-2", one(1..3)),
        ("bytes=1-99999999999999999999999999", one(1..10_000)),
        ("bytes=-99999999999999999999999999", one(0..10_000)),
        ("bytes=0-0,-1", several(&[0..1, 9999..10_000])),
        ("bytes=9000-9009,0-9", several(&[9000..9010, 0..10])),
        // Of several, those without a byte are left out.
        ("bytes=0-9,10000-", one(0..10)),
        ("bytes=20000-,5-5,-0", one(5..6)),
        // Those that overlap or touch become one, at the place of the first.
        ("bytes=0-9,5-19", one(0..20)),
        ("bytes=0-9,10-19", one(0..20)),
        ("bytes=10-19,0-9", one(0..20)),
        (
            "bytes=5000-5009,0-9,5005-5019",
            several(&[5000..5020, 0..10]),
        ),
        ("bytes=0-9,5000-5009,5-19", several(&[0..20, 5000..5010])),
        ("bytes=0-999,500-509,100-109", one(0..1000)),
        // 128 bytes between two are sent with them, 129 are not.
        ("bytes=0-9,138-139", one(0..140)),
        ("bytes=0-9,139-140", several(&[0..10, 139..141])),
        ("bytes=0-4899,5100-9999", Whole),
        ("bytes=10000-", Unsatisfiable),
        ("bytes=10000-10001,99999999999999999999999-", Unsatisfiable),
        ("bytes=-0", Unsatisfiable),
    ];
    for (field, expected) in rows {
        let set = RangeSet::parse(field).unwrap_or_else(|| panic!("{field} is not read"));
        assert_eq!(set.select(10_000), *expected, "{field}");
    }
}

#[test]
fn a_field_that_is_not_one_of_byte_ranges_is_ignored() {
    let rows = [
        "",
        "bytes",
        "bytes=",
        "bytes= , ,",
        "bytes =0-1",
        "items=0-1",
        "bytes=a-b",
        "bytes=1",
        "bytes=-",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=2-1",
        "bytes=0-1,2-1",
        "bytes=+1-2",
        "bytes=1 - 2",
        "bytes=0x1-2",
        "bytes=0-1;2-3",
        "0-1",
        "bytes=0-1, a",
        "bytes=\u{661}-\u{662}",
    ];
    for field in rows {
        assert_eq!(RangeSet::parse(field), None, "{field:?}");
    }
}

#[test]
fn the_number_of_ranges_is_limited() {
    let field = |count: usize| {
        let specs: Vec<String> = (0..count).map(|n| format!("{0}-{0}", n * 1000)).collect();
        format!("bytes={}", specs.join(","))
    };
    let most = RangeSet::parse(field(RangeSet::MAX_RANGES)).unwrap();
    let Selection::Ranges(ranges) = most.select(1 << 20) else {
        panic!("ranges are selected");
    };
    assert_eq!(ranges.len(), RangeSet::MAX_RANGES);
    assert_eq!(RangeSet::parse(field(RangeSet::MAX_RANGES + 1)), None);
    assert_eq!(RangeSet::parse(field(10_000)), None);
    // Empty elements are not ranges.
    assert!(RangeSet::parse(format!("bytes={}0-1", ",".repeat(10_000))).is_some());
}

#[test]
fn an_empty_representation_is_sent_whole() {
    for field in ["bytes=0-", "bytes=-1", "bytes=0-0,5-"] {
        assert_eq!(RangeSet::parse(field).unwrap().select(0), Whole, "{field}");
    }
}

#[test]
fn the_largest_representation_has_ranges_too() {
    let select = |field| RangeSet::parse(field).unwrap().select(u64::MAX);
    assert_eq!(select("bytes=-1"), one(u64::MAX - 1..u64::MAX));
    assert_eq!(select("bytes=0-18446744073709551615"), one(0..u64::MAX));
    assert_eq!(select("bytes=0-,0-,0-"), one(0..u64::MAX));
    let halves = format!("bytes=0-{0},{1}-", u64::MAX / 2, u64::MAX / 2 + 200);
    assert_eq!(select(&halves), Whole);
}

#[test]
fn ranges_count_with_get_alone() {
    let page = Representation::new(100, "text/plain", Validators::new());
    let answer = |method| {
        page.answer(
            method,
            &Conditions::new(),
            Some("bytes=0-9"),
            SystemTime::now(),
        )
    };
    assert_eq!(answer("GET"), Answer::Range(0..10));
    assert_eq!(answer("HEAD"), Answer::Whole);
}

/// A list of ranges, more or less well-formed.
fn field() -> impl Strategy<Value = String> {
    let position = prop_oneof![0u64..2_000, Just(u64::MAX), any::<u64>()];
    let spec = prop_oneof![
        (position.clone(), 0u64..500)
            .prop_map(|(first, more)| { format!("{first}-{}", first.saturating_add(more)) }),
        position.clone().prop_map(|first| format!("{first}-")),
        position.prop_map(|length| format!("-{length}")),
    ];
    proptest::collection::vec(spec, 1..70).prop_map(|specs| format!("bytes={}", specs.join(", ")))
}

proptest! {
    #[test]
    fn no_field_panics(field in proptest::collection::vec(any::<u8>(), 0..200), length: u64) {
        if let Some(set) = RangeSet::parse(&field) {
            let _ = set.select(length);
        }
    }

    #[test]
    fn what_is_selected_was_asked_for_and_is_sent_once(field in field(), length in 0u64..3_000) {
        let Some(set) = RangeSet::parse(&field) else {
            return Ok(());
        };
        // Byte by byte, as the standard says.
        let asked: Vec<bool> = (0..length).map(|at| {
            field["bytes=".len()..].split(", ").any(|spec| {
                let (first, last) = spec.split_once('-').unwrap();
                match (first.parse::<u64>(), last.parse::<u64>()) {
                    (Ok(first), Ok(last)) => (first..=last).contains(&at),
                    (Ok(first), Err(_)) => first <= at,
                    (Err(_), Ok(suffix)) => at >= length.saturating_sub(suffix),
                    _ => unreachable!(),
                }
            })
        }).collect();
        match set.select(length) {
            Unsatisfiable => prop_assert!(!asked.contains(&true)),
            Whole => prop_assert!(length == 0 || asked.contains(&true)),
            Selection::Ranges(ranges) => {
                let mut sent = vec![0; asked.len()];
                for range in &ranges {
                    prop_assert!(range.start < range.end && range.end <= length);
                    prop_assert!(asked[range.start as usize], "a range begins where one was asked for");
                    prop_assert!(asked[range.end as usize - 1]);
                    sent[range.start as usize..range.end as usize].iter_mut().for_each(|count| *count += 1);
                }
                for (at, (asked, sent)) in asked.iter().zip(&sent).enumerate() {
                    prop_assert!(*sent <= 1, "byte {at} is sent {sent} times");
                    prop_assert!(!asked || *sent == 1, "byte {at} is missing");
                }
                let mut sorted = ranges.clone();
                sorted.sort_by_key(|range| range.start);
                prop_assert!(sorted.windows(2).all(|pair| pair[0].end + 128 < pair[1].start));
            }
        }
    }

    #[test]
    fn no_body_is_longer_than_the_representation(field in field(), length in 0u64..100_000) {
        let page = Representation::new(length, "text/html; charset=utf-8", Validators::new());
        let answer = page.answer("GET", &Conditions::new(), Some(&field), SystemTime::now());
        prop_assert!(answer.content_length(length).unwrap_or(0) <= length);
    }

    #[test]
    fn a_body_of_several_ranges_has_the_length_that_it_says(
        starts in proptest::collection::vec((0u64..1_000, 1u64..100), 1..20),
        content_type in "[a-z]{0,9}",
    ) {
        let ranges = starts.into_iter().map(|(start, count)| start..start + count).collect();
        let body = Multipart::new(ranges, 1_100, &content_type, Boundary::random());
        let of_part = |part: &wsgi_files::Part| part.head().len() as u64 + part.range().end - part.range().start;
        let length = body.parts().iter().map(of_part).sum::<u64>() + body.end().len() as u64;
        prop_assert_eq!(body.content_length(), length);
    }
}
