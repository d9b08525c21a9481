//! The pairs that are read from `Cookie` fields, and those that are skipped.

use wsgi_cookies::Cookies;

#[track_caller]
fn check(row: &str, field: impl AsRef<[u8]>, expected: &[(&str, &str)]) {
    let cookies = Cookies::parse(&field);
    let found: Vec<_> = cookies.iter().collect();
    assert_eq!(found, expected, "{row}");
}

#[test]
fn pairs_come_in_order_with_duplicates() {
    check("one", "a=1", &[("a", "1")]);
    check(
        "three",
        "a=1; b=2; a=3",
        &[("a", "1"), ("b", "2"), ("a", "3")],
    );
    check("without spaces", "a=1;b=2", &[("a", "1"), ("b", "2")]);
    check(
        "the first equals sign separates",
        "a=b=c==",
        &[("a", "b=c==")],
    );
    check("empty value", "a=; b=", &[("a", ""), ("b", "")]);
    check("names have a case", "a=1; A=2", &[("a", "1"), ("A", "2")]);
    check("a comma does not separate", "a=1, b=2", &[("a", "1, b=2")]);
    check("UTF-8", "naïve=é", &[("naïve", "é")]);
    check(
        "old attributes are pairs",
        "$Version=1; a=1",
        &[("$Version", "1"), ("a", "1")],
    );
    check(
        "names that are not tokens",
        "cart[0]={1}",
        &[("cart[0]", "{1}")],
    );
}

#[test]
fn spaces_around_names_and_values_are_removed() {
    check("spaces", "  a  =  1  ;  b = 2 ", &[("a", "1"), ("b", "2")]);
    check("tabs", "\ta\t=\t1\t", &[("a", "1")]);
    check("inside a value", "a=1 \t 2", &[("a", "1 \t 2")]);
}

#[test]
fn one_pair_of_quotes_is_removed() {
    check("quoted", r#"a="1"; b="2 3""#, &[("a", "1"), ("b", "2 3")]);
    check("empty quotes", r#"a="""#, &[("a", "")]);
    check("a single one", r#"a="; b="x"#, &[("a", "\""), ("b", "\"x")]);
    check("spaces inside quotes", r#"a=" 1 ""#, &[("a", " 1 ")]);
    check(
        "a semicolon inside quotes",
        r#"a="1; b=2; c=3""#,
        &[("a", "\"1"), ("b", "2"), ("c", "3\"")],
    );
}

#[test]
fn quotes_stay_if_there_are_others_inside() {
    check("two words", r#"a="a" "b""#, &[("a", r#""a" "b""#)]);
    check("two pairs", r#"a=""1"""#, &[("a", r#"""1"""#)]);
    check(
        "three quotes",
        r#"a="""; b=1"#,
        &[("a", r#"""""#), ("b", "1")],
    );
    check("an escaped one", r#"a="\"1""#, &[("a", r#""\"1""#)]);
    check("JSON", r#"a="{"b":1}""#, &[("a", r#""{"b":1}""#)]);
}

#[test]
fn junk_is_skipped_without_losing_the_rest() {
    check("nothing", "", &[]);
    check("space", " \t ", &[]);
    check("semicolons", ";;a=1;;; ;b=2;", &[("a", "1"), ("b", "2")]);
    check("no equals sign", "junk; a=1; more", &[("a", "1")]);
    check("no name", "=1; a=1; = ", &[("a", "1")]);
    check("control character in a value", "a=1\0; b=2", &[("b", "2")]);
    check("control character in a name", "a\r\n=1; b=2", &[("b", "2")]);
    check("DEL", "a=\x7f; b=2", &[("b", "2")]);
    check("value not UTF-8", b"a=\xff; b=2", &[("b", "2")]);
    check("name not UTF-8", b"\xe9=1; b=2", &[("b", "2")]);
}

#[test]
fn get_finds_the_first_value_and_get_all_every_one() {
    let cookies = Cookies::parse("id=new; x=1; id=old");
    assert_eq!(cookies.get("id"), Some("new"));
    assert!(cookies.get_all("id").eq(["new", "old"]));
    assert_eq!(cookies.get("ID"), None);
    assert_eq!(cookies.get(""), None);
}

#[test]
fn several_fields_are_one_list() {
    let cookies: Cookies = ["a=1", "junk", "", "b=2; a=3"].into_iter().collect();
    assert!(cookies.iter().eq([("a", "1"), ("b", "2"), ("a", "3")]));
    let none: Cookies = <[&str; 0]>::default().into_iter().collect();
    assert_eq!(none.iter().next(), None);
}

#[test]
fn the_fields_of_headers_are_collected() {
    let fields = [("Cookie", "a=1"), ("Host", "b=2"), ("cookie", "c=3")];
    let headers = wsgi_headers::Headers::from_fields(fields).unwrap();
    let cookies: Cookies = headers.get_all("Cookie").collect();
    assert!(cookies.iter().eq([("a", "1"), ("c", "3")]));
}

#[cfg(feature = "http")]
#[test]
fn the_fields_of_a_header_map_are_collected() {
    let mut map = http::HeaderMap::new();
    map.append("cookie", "a=1".try_into().unwrap());
    map.append("cookie", "c=3".try_into().unwrap());
    let cookies: Cookies = map.get_all("cookie").iter().collect();
    assert!(cookies.iter().eq([("a", "1"), ("c", "3")]));
}

#[test]
fn the_number_of_pairs_is_limited() {
    let field = "a=1;".repeat(Cookies::MAX_COUNT + 1);
    assert_eq!(Cookies::parse(&field).iter().count(), Cookies::MAX_COUNT);
}

#[test]
fn a_pair_past_the_length_is_skipped_and_none_is_cut() {
    let fits = format!("a={}", "x".repeat(Cookies::MAX_LENGTH - 2));
    assert_eq!(Cookies::parse(&fits).iter().count(), 1);
    let longer = format!("{fits}x");
    assert_eq!(Cookies::parse(&longer).iter().count(), 0);
    assert!(
        Cookies::parse(&format!("b=1; {longer}"))
            .iter()
            .eq([("b", "1")])
    );
    let over_fields: Cookies = [&*fits, "b=1"].into_iter().collect();
    assert_eq!(over_fields.iter().count(), 1);
    let junk = ";".repeat(Cookies::MAX_LENGTH) + "a=1";
    assert_eq!(Cookies::parse(&junk).iter().count(), 0);
}

#[test]
fn debug_shows_names_and_no_values() {
    let shown = format!("{:?}", Cookies::parse("id=secret; theme=dark"));
    assert_eq!(shown, r#"{"id", "theme"}"#);
}
