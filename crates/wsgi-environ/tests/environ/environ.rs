//! Variables and their order of precedence, and the other values of an environ.

use std::{collections::BTreeMap, io::Read, sync::Arc};

use proptest::prelude::*;
use wsgi_environ::{Base, Connection, Environ, Errors, Field, Input, Received, ReusableExtension};

/// A connection with the given variables.
struct Peer {
    names: Vec<&'static str>,
    connected: bool,
}

impl Connection for Peer {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.names.contains(&name).then_some(b"connection")
    }

    fn names(&self) -> &[&str] {
        &self.names
    }

    fn is_connected(&self) -> bool {
        self.connected
    }
}

fn connection(names: &[&'static str]) -> Arc<dyn Connection> {
    Arc::new(Peer {
        names: names.to_vec(),
        connected: false,
    })
}

/// A request for `/` with one field, `A: request`.
fn receive(environ: &mut Environ) {
    let received = Received {
        head: b"GET / HTTP/1.1\r\nA: request\r\n\r\n",
        method: (0, 3),
        target: (4, 5),
        path: (4, 5),
        has_escapes: false,
        query: (5, 5),
        authority: None,
        protocol: "HTTP/1.1",
    };
    let field = Field {
        name: (16, 17),
        value: (19, 26),
    };
    environ.receive(&received, [field]);
}

#[test]
fn an_environ_can_go_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Environ>();
    is_send::<Input>();
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Errors>();
    is_shared::<Base>();
}

#[test]
fn an_empty_value_is_not_an_absent_one() {
    let mut environ = Environ::new();
    environ.set("EMPTY", "");
    assert!(environ.contains("EMPTY"));
    assert!(environ.get("EMPTY").unwrap().is_empty());
    assert!(!environ.contains("ABSENT"));
}

#[test]
fn names_are_case_sensitive() {
    let mut environ = Environ::new();
    environ.set("HTTP_A", "x");
    assert!(!environ.contains("http_a"));
}

#[test]
fn an_absent_variable_can_be_removed() {
    let mut environ = Environ::new();
    environ.remove("ABSENT");
    assert!(environ.to_map().is_empty());
}

#[test]
fn set_variables_take_precedence_over_request_connection_and_base() {
    let mut environ = Environ::new();
    let look = |environ: &Environ| {
        let value = environ.get("HTTP_A").map(|value| value.to_string());
        let listed = environ.to_map().get("HTTP_A").map(ToString::to_string);
        assert_eq!(value, listed);
        assert_eq!(
            environ.iter().filter(|(name, _)| name == "HTTP_A").count(),
            usize::from(value.is_some())
        );
        value
    };
    environ.set_base(&Arc::new(
        Base::new().variable("HTTP_A", "base").variable("B", ""),
    ));
    assert_eq!(look(&environ).as_deref(), Some("base"));
    environ.set_connection(&connection(&["HTTP_A", "B"]));
    assert_eq!(look(&environ).as_deref(), Some("connection"));
    receive(&mut environ);
    assert_eq!(look(&environ).as_deref(), Some("request"));
    environ.set("HTTP_A", "set");
    assert_eq!(look(&environ).as_deref(), Some("set"));
    environ.remove("HTTP_A");
    assert_eq!(look(&environ), None);
    environ.set("HTTP_A", "again");
    assert_eq!(look(&environ).as_deref(), Some("again"));
    environ.clear();
    assert_eq!(look(&environ).as_deref(), Some("connection"));
    environ.take_connection();
    assert_eq!(look(&environ).as_deref(), Some("base"));
}

#[test]
fn the_scheme_is_guessed_until_it_is_set() {
    let mut environ = Environ::new();
    assert_eq!(environ.url_scheme(), "http");
    environ.set("HTTPS", "on");
    assert_eq!(environ.url_scheme(), "https");
    environ.set_url_scheme("http");
    assert_eq!(environ.url_scheme(), "http");
}

#[test]
fn a_client_is_connected_unless_the_connection_denies_it() {
    let mut environ = Environ::new();
    assert!(environ.is_client_connected());
    environ.set_connection(&connection(&[]));
    assert!(!environ.is_client_connected());
}

#[test]
fn setting_the_same_connection_or_base_again_takes_no_reference() {
    let (base, peer) = (Arc::new(Base::new()), connection(&[]));
    let mut environ = Environ::new();
    for _ in 0..2 {
        environ.set_base(&base);
        environ.set_connection(&peer);
        assert_eq!((Arc::strong_count(&base), Arc::strong_count(&peer)), (2, 2));
    }
}

#[test]
fn the_version_is_that_of_pep_3333() {
    assert_eq!(Environ::new().version(), (1, 0));
}

#[track_caller]
fn check_content_length(value: &str, expected: Option<u64>) {
    let mut environ = Environ::new();
    environ.set("CONTENT_LENGTH", value);
    assert_eq!(environ.content_length(), expected, "{value:?}");
}

#[test]
fn a_content_length_is_decimal() {
    check_content_length("0", Some(0));
    check_content_length("0012", Some(12));
    check_content_length("18446744073709551615", Some(u64::MAX));
    for invalid in [
        "",
        "18446744073709551616",
        "+1",
        "-1",
        " 1",
        "1,1",
        "0x1",
        "1e3",
        "\u{661}",
    ] {
        check_content_length(invalid, None);
    }
    assert_eq!(Environ::new().content_length(), None);
}

#[test]
fn an_empty_content_type_counts_as_absent() {
    let mut environ = Environ::new();
    assert!(environ.content_type().is_none());
    environ.set("CONTENT_TYPE", "");
    assert!(environ.content_type().is_none());
    environ.set("CONTENT_TYPE", "text/plain");
    assert_eq!(environ.content_type().unwrap(), "text/plain");
}

#[test]
fn the_input_goes_on_where_the_last_caller_stopped() {
    let mut environ = Environ::new();
    environ.set_input(Input::from_bytes("body"));
    environ.input().read_exact(&mut [0; 3]).unwrap();
    assert_eq!(environ.input().remaining(), Some(1));
}

#[test]
fn a_taken_input_leaves_an_empty_one() {
    let mut environ = Environ::new();
    environ.set_input(Input::from_bytes("body"));
    assert_eq!(environ.take_input().remaining(), Some(4));
    assert_eq!(environ.input().remaining(), Some(0));
}

#[test]
fn there_is_one_extension_of_each_type() {
    let mut environ = Environ::new();
    assert_eq!(environ.insert_extension("first"), None);
    assert_eq!(environ.insert_extension(7_u32), None);
    assert_eq!(environ.insert_extension("second"), Some("first"));
    *environ.extension_mut::<u32>().unwrap() += 1;
    assert_eq!(environ.extension::<u32>(), Some(&8));
    assert_eq!(environ.remove_extension::<u32>(), Some(8));
    assert_eq!(environ.remove_extension::<u32>(), None);
    assert_eq!(environ.extension::<&str>(), Some(&"second"));
}

/// A list of which another request must see nothing.
#[derive(Default, Debug, PartialEq)]
struct List(Vec<u8>);

impl ReusableExtension for List {
    fn clear(&mut self) {
        let first = self.0.first().copied();
        self.0.clear();
        assert_ne!(first, Some(b'!'), "it cannot be cleared");
    }
}

#[test]
fn a_reusable_extension_keeps_its_memory_and_nothing_else() {
    let mut environ = Environ::new();
    environ.reusable_extension::<List>().0.push(1);
    environ.reusable_extension::<List>().0.push(2);
    environ.insert_extension(7_u32);
    let memory = environ.extension::<List>().unwrap().0.as_ptr();
    environ.clear();
    assert_eq!(environ.extension::<List>(), None);
    assert_eq!(environ.extension_mut::<List>(), None);
    assert_eq!(environ.extension::<u32>(), None);
    assert!(format!("{environ:?}").contains("extensions: 0"));
    environ.clear();

    let list = environ.reusable_extension::<List>();
    assert_eq!((&*list.0, list.0.as_ptr()), (&[][..], memory));
    list.0.push(3);
    assert_eq!(environ.insert_extension(List(vec![4])), Some(List(vec![3])));
    assert_eq!(environ.remove_extension(), Some(List(vec![4])));
    assert_eq!(environ.remove_extension::<List>(), None);
}

#[test]
fn a_reusable_extension_of_an_earlier_request_is_not_there() {
    let mut environ = Environ::new();
    environ.reusable_extension::<List>().0.push(1);
    environ.clear();
    assert_eq!(environ.insert_extension(List(vec![2])), None);
    environ.clear();
    assert_eq!(environ.remove_extension::<List>(), None);
    assert_eq!(environ.reusable_extension::<List>(), &List(Vec::new()));
}

#[test]
fn an_extension_that_cannot_be_cleared_is_dropped() {
    let mut environ = Environ::new();
    environ.reusable_extension::<List>().0.push(b'!');
    environ.insert_extension(7_u32);
    environ.clear();
    assert_eq!(environ.extension::<u32>(), None);
    let list = environ.reusable_extension::<List>();
    assert_eq!(list.0.capacity(), 0);
}

#[test]
fn shifting_moves_bytes_and_normalizes_nothing() {
    let mut environ = Environ::new();
    receive(&mut environ);
    environ.shift_path(0);
    assert_eq!(
        (environ.script_name(), environ.path_info()),
        ("".into(), "/".into())
    );
    environ.set("PATH_INFO", "/a//b");
    environ.shift_path(2);
    assert_eq!(
        (environ.script_name(), environ.path_info()),
        ("/a".into(), "//b".into())
    );
    environ.shift_path(usize::MAX);
    assert_eq!(
        (environ.script_name(), environ.path_info()),
        ("/a//b".into(), "".into())
    );
}

#[test]
fn a_received_path_is_shifted_and_restored() {
    let mut environ = Environ::new();
    let paths = |environ: &Environ| {
        let map = environ.to_map();
        assert_eq!(environ.script_name(), map["SCRIPT_NAME"].as_value());
        assert_eq!(environ.path_info(), map["PATH_INFO"].as_value());
        (map["SCRIPT_NAME"].to_string(), map["PATH_INFO"].to_string())
    };
    let expected = |script_name: &str, path_info: &str| (script_name.into(), path_info.into());
    let text = b"GET /a%20b/c/d HTTP/1.1\r\n\r\n";
    let received = Received {
        head: text,
        method: (0, 3),
        target: (4, 14),
        path: (4, 14),
        has_escapes: true,
        query: (0, 0),
        authority: None,
        protocol: "HTTP/1.1",
    };
    for _ in 0..2 {
        environ.receive(&received, []);
        assert_eq!(paths(&environ), expected("", "/a b/c/d"));
        environ.shift_path(4);
        let mounted = environ.checkpoint();
        environ.shift_path(2);
        assert_eq!(paths(&environ), expected("/a b/c", "/d"));
        environ.set("PATH_INFO", "/other");
        assert_eq!(paths(&environ), expected("/a b/c", "/other"));
        environ.shift_path(3);
        assert_eq!(paths(&environ), expected("/a b/c/ot", "her"));
        environ.restore(&mounted);
        assert_eq!(paths(&environ), expected("/a b", "/c/d"));
        environ.shift_path(usize::MAX);
        assert_eq!(paths(&environ), expected("/a b/c/d", ""));
    }
}

/// A change of an environ and of the map that is its model.
#[derive(Clone, Debug)]
enum Step {
    Set(String, Vec<u8>),
    Remove(String),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let name = "[A-D]{1,2}";
    let value = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..20),
        1 => any::<u8>().prop_map(|byte| vec![byte; 3000]), // some of them make it compact
    ];
    prop_oneof![
        20 => (name, value).prop_map(|(name, value)| Step::Set(name, value)),
        5 => name.prop_map(Step::Remove),
        1 => Just(Step::Clear),
    ]
}

proptest! {
    #[test]
    fn an_environ_is_a_map(steps in prop::collection::vec(step(), 0..60)) {
        let mut environ = Environ::new();
        let mut model: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Set(name, value) => {
                    environ.set(&name, &value);
                    model.insert(name, value);
                }
                Step::Remove(name) => {
                    environ.remove(&name);
                    model.remove(&name);
                }
                Step::Clear => {
                    environ.clear();
                    model.clear();
                }
            }
            for (name, value) in &model {
                prop_assert_eq!(environ.get(name).unwrap().as_bytes(), value);
            }
        }
        let map: BTreeMap<_, _> = environ
            .to_map()
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes()))
            .collect();
        prop_assert_eq!(map, model);
    }
}
