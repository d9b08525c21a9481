use serde_json::json;

use super::*;

fn data(value: &Value) -> Data {
    Data::decode(value.to_string().as_bytes()).unwrap()
}

#[test]
fn data_is_read_as_it_was_written() {
    let written = data(&json!({"a": 1, "b": {"c": [true, "x"]}}));
    assert_eq!(Data::decode(&written.encode()).unwrap(), written);
    assert_eq!(
        read::<u8>("a", written.value("a").as_ref()).unwrap(),
        Some(1)
    );
    assert_eq!(read::<u8>("z", written.value("z").as_ref()).unwrap(), None);
}

/// Also where another crate of the program has turned on the feature `preserve_order` of
/// serde_json.
#[test]
fn values_are_sorted_by_their_keys() {
    let read = data(&json!({"c": 1, "a": 1, "b": 1}));
    assert!(read.iter().map(|(key, _)| key).eq(["a", "b", "c"]));
    assert_eq!(read.encode(), br#"{"a":1,"b":1,"c":1}"#);
}

#[test]
fn bytes_that_are_not_an_object_are_corrupt() {
    for bytes in ["", "1", "[]", "{", "{}x", "{\"a\":\u{1}}", "null"] {
        let read = Data::decode(bytes.as_bytes());
        assert!(matches!(read, Err(StoreError::Corrupt)), "{bytes:?}");
    }
}

#[test]
fn a_value_of_another_type_is_an_error_that_names_the_key() {
    let error = read::<u8>("a", Some(&json!("text"))).unwrap_err();
    assert!(matches!(error, Error::Value(wrong) if wrong.key() == "a"));
}

#[test]
fn null_counts_as_absent() {
    assert_eq!(value("a", None::<u8>).unwrap(), None);
    assert_eq!(value("a", ()).unwrap(), None);
    assert_eq!(value("a", Some(1)).unwrap(), Some(json!(1)));
}

#[test]
fn a_value_that_could_not_be_read_again_is_refused() {
    let nested = |levels| (1..levels).fold(json!(1), |inner, _| json!([inner]));
    let deepest = value("a", nested(DEPTH)).unwrap();
    let mut data = Data::default();
    data.set("a", deepest);
    assert_eq!(Data::decode(&data.encode()).unwrap(), data);
    assert!(matches!(
        value("a", nested(DEPTH + 1)),
        Err(Error::Value(_))
    ));
}

#[test]
fn edits_are_replayed_on_what_another_request_saved() {
    let mut mine = data(&json!({"kept": 1, "edited": 1, "removed": 1}));
    let mut changes = Changes::default();
    for (key, value) in [("edited", Some(json!(2))), ("removed", None)] {
        assert!(mine.set(key, value));
        changes.note(key);
    }
    let theirs = json!({"kept": 5, "edited": 5, "removed": 5, "theirs": 5});
    changes.replay(&mut mine, data(&theirs));
    assert_eq!(mine, data(&json!({"kept": 5, "edited": 2, "theirs": 5})));
}

#[test]
fn a_clear_is_replayed_with_the_edits_after_it() {
    let mut mine = data(&json!({"before": 1}));
    let mut changes = Changes::default();
    changes.note("before");
    mine.clear();
    changes.note_clear();
    mine.set("after", Some(json!(1)));
    changes.note("after");
    changes.replay(&mut mine, data(&json!({"before": 2, "theirs": 2})));
    assert_eq!(mine, data(&json!({"after": 1})));
}
