//! Forms that a client fills in and submits.

use wsgi_adaptor::{Adaptor, Response};
use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_forms::{Form as Received, Limits, Upload};
use wsgi_testing::{Client, Form, Multipart, Request};

/// The first form of a page.
fn form(page: &'static str) -> Form {
    forms(page).remove(0)
}

fn forms(page: &'static str) -> Vec<Form> {
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok(page.into())
    });
    Request::get("http://a.example/shop/form?old=1")
        .call(&app)
        .forms()
}

/// Shows the method, the URL and the urlencoded fields of what is sent.
fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let body = std::io::read_to_string(environ.input())?;
    let (path, query) = (environ.path_info(), environ.query_string());
    let sent = format!("{} {path}?{query} {body}", environ.request_method());
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(sent.into())
}

#[track_caller]
fn check(form: Form, sent: &str) {
    let mut client = Client::new(echo).origin("http://a.example");
    assert_eq!(client.submit(form).text(), sent);
}

#[track_caller]
fn check_fields(page: &'static str, fields: &[(&str, &str)]) {
    assert_eq!(form(page).fields().collect::<Vec<_>>(), fields, "{page}");
}

#[test]
fn a_form_goes_where_its_page_says() {
    check(form("<form><input name=a value=1>"), "GET /shop/form?a=1 ");
    check(
        form("<form action='' method=POST>"),
        "POST /shop/form?old=1 ",
    );
    check(form("<form action=to?b=2>"), "GET /shop/to? ");
    check(
        form("<form action='to?b=2' method=post>"),
        "POST /shop/to?b=2 ",
    );
    check(form("<form action=../to method=PUT>"), "GET /to? ");
    check(form("<base href=/new/><form action=to>"), "GET /new/to? ");
    check(form("<base href=/new/><form>"), "GET /shop/form? ");
    check(
        form("<base href=/1/><base href=/2/><form action=to>"),
        "GET /1/to? ",
    );
    check(
        form("<base href=http://[/><base href=/2/><form action=to>"),
        "GET /shop/to? ",
    );
    check(
        form("<form action=&#47;a&amp;b method=post>"),
        "POST /a&b? ",
    );
}

#[test]
fn the_fields_are_those_of_a_browser() {
    check_fields(
        "<form><input name=a><input value=x><input name='' value=y>",
        &[("a", "")],
    );
    check_fields(
        "<form><input type=hidden name=a value='&quot;&lt;'><textarea name=b>\n\n1</textarea>",
        &[("a", "\"<"), ("b", "\n1")],
    );
    check_fields(
        "<form><input name=a value=1 disabled><input name=b readonly>",
        &[("b", "")],
    );
    check_fields(
        "<form><fieldset disabled><input name=a><fieldset><input name=b></fieldset></fieldset>\
         <input name=c>",
        &[("c", "")],
    );
    check_fields(
        "<form><input type=checkbox name=a checked><input type=checkbox name=b>\
         <input type=radio name=c value=1 checked><input type=radio name=c value=2 checked>",
        &[("a", "on"), ("c", "2")],
    );
    check_fields(
        "<form><select name=a><option disabled>0<option>  one \n more </option><option>2</select>\
         <select name=b><option value=1>x<option selected value=''>y</select>\
         <select name=c><optgroup disabled><option>1</optgroup><option>2</select>\
         <select name=d multiple><option>1<option selected>2<option selected>3</select>\
         <select name=e></select>",
        &[
            ("a", "one more"),
            ("b", ""),
            ("c", "2"),
            ("d", "2"),
            ("d", "3"),
        ],
    );
    check_fields(
        "<form><input type=color name=a><input type=range name=b>",
        &[("a", "#000000"), ("b", "50")],
    );
    check_fields(
        "<form><input type=hidden name=_charset_ value=x><input type=hidden name=_CharSet_>",
        &[("_charset_", "UTF-8"), ("_CharSet_", "UTF-8")],
    );
    check_fields("<form><input type=file name=a>", &[("a", "")]);
    check_fields(
        "<form><template><input name=a></template><script>'<input name=b>'</script>",
        &[],
    );
    check_fields("<form></form><input name=a>", &[]);
    check_fields(
        "<input name=a form=f><form id=f></form><input name=b form=f><input name=c form=x>",
        &[("a", ""), ("b", "")],
    );
    check_fields(
        "<form><input name=a form=''><datalist><input name=b></datalist><input name=c>",
        &[("c", "")],
    );
    check_fields("<form id=f><form><input name=a></form>", &[("a", "")]);
}

#[test]
fn a_form_is_sent_with_one_button() {
    const PAGE: &str = "<form><button type=button name=no>No</button><input type=reset name=no>\
         <input type=submit name=do value=save><button name=do value=drop>Drop <b>all</b></button>\
         <button formaction=/x formmethod=post>  Else  </button><button disabled>Never</button>";
    check(form(PAGE), "GET /shop/form?do=save ");
    check(form(PAGE).press("drop"), "GET /shop/form?do=drop ");
    check(form(PAGE).press("Drop all"), "GET /shop/form?do=drop ");
    check(form(PAGE).press("Else"), "POST /x? ");
    check(
        form("<form><button disabled name=a>A</button><button name=b>B</button>").press("B"),
        "GET /shop/form?b= ",
    );
}

#[test]
fn a_button_with_an_image_sends_the_coordinates_of_the_enter_key() {
    check(
        form("<form><input type=image name=map value=1 alt=Go>"),
        "GET /shop/form?map.x=0&map.y=0 ",
    );
    check(
        form("<form><button name=a>A</button><input type=image alt=Go>").press("Go"),
        "GET /shop/form?x=0&y=0 ",
    );
}

#[test]
#[should_panic(expected = "the first button of the form is disabled")]
fn the_enter_key_does_not_reach_past_a_disabled_button() {
    let form = form("<form><button disabled>Save</button><button name=do>Delete</button>");
    assert_eq!(form.value("do"), None);
    let _ = form.into_request();
}

#[test]
fn a_list_box_has_no_choice_of_its_own() {
    const OPTIONS: &str = "<option>1<option>2</select>";
    for (attributes, sent) in [
        ("", Some("1")),
        ("size=1", Some("1")),
        ("size=x", Some("1")),
        ("size=4", None),
        ("size=' 4px'", None),
        ("size=4 multiple", None),
    ] {
        let page = format!("<form><select name=a {attributes}>{OPTIONS}");
        let form = form(page.leak());
        assert_eq!(form.value("a"), sent, "{attributes}");
        assert_eq!(form.set("a", "2").value("a"), Some("2"));
    }
    check_fields(
        "<form><select name=a size=4><option selected>1<option selected>2<option>3</select>",
        &[("a", "2")],
    );
}

#[test]
fn the_first_legend_of_a_disabled_fieldset_is_not_disabled() {
    check_fields(
        "<form><fieldset disabled><legend><input name=a></legend><input name=b>\
         <legend><input name=c></legend></fieldset><input name=d>",
        &[("a", ""), ("d", "")],
    );
    check_fields(
        "<form><fieldset disabled><fieldset><legend><input name=a></legend></fieldset>\
         <legend><fieldset disabled><input name=b></fieldset><input name=c></legend></fieldset>",
        &[("c", "")],
    );
}

#[test]
fn given_values_replace_those_of_the_page() {
    const PAGE: &str = "<form><input name=a value=1><input type=radio name=b value=1 checked>\
         <input type=radio name=b value=2><select name=c><option>1<option>2</select>\
         <input type=checkbox name=d value=1 checked><input type=checkbox name=d value=2>\
         <input name=e value=1><input name=e value=2>";
    let changed = form(PAGE)
        .set("a", "x y&=")
        .set("b", "2")
        .set("c", "2")
        .set("d", "2")
        .set("e", "3");
    check(changed, "GET /shop/form?a=x+y%26%3D&b=2&c=2&d=2&e=3&e=2 ");
    let changed = form(PAGE)
        .set_all("d", ["1", "2"])
        .set_all("e", ["4", "5"])
        .add("f", "6");
    check(changed, "GET /shop/form?a=1&b=1&c=1&d=1&d=2&e=4&e=5&f=6 ");
    let changed = form(PAGE)
        .set_all("d", [])
        .check("d", "2")
        .uncheck("d", "2");
    assert_eq!(changed.value("d"), None);
}

#[test]
fn a_range_takes_a_number_of_its_scale() {
    let form = form("<form><input type=range name=a max=10 step=.5><input name=b>");
    check(form.set("a", "7.5"), "GET /shop/form?a=7.5&b= ");
}

#[test]
fn line_ends_become_those_of_forms() {
    const PAGE: &str = "<form method=post><textarea name=a></textarea><input name=b>";
    let filled = form(PAGE).set("a", "1\n2\r3\r\n4").set("b", "1\r\n2");
    check(
        filled,
        "POST /shop/form?old=1 a=1%0D%0A2%0D%0A3%0D%0A4&b=12",
    );
    const PLAIN: &str = "<form method=post enctype=text/plain><textarea name=a>x</textarea>";
    check(form(PLAIN), "POST /shop/form?old=1 a=x\r\n");
}

#[test]
fn what_no_user_could_do_is_refused() {
    const PAGE: &str = "<form><input name=a><input><input name=off disabled><select name=c>\
         <option>1</select><input type=checkbox name=d><input type=checkbox name=d>\
         <input type=file name=f><input type=range name=r max=10><input name=a>";
    type Change = fn(Form) -> Form;
    let table: [(&str, Change); 10] = [
        (
            "none that can be changed. The form has the fields [\"a\", \"c\", \"d\", \"f\", \"r\"]",
            |form| form.set("x", "1"),
        ),
        ("none that can be changed", |form| form.set("off", "1")),
        ("it cannot be \"2\", only one of [\"1\"]", |form| {
            form.set("c", "2")
        }),
        ("it has only one value", |form| {
            form.set_all("c", ["1", "1"])
        }),
        ("fewer fields than values", |form| {
            form.set_all("a", ["1", "2", "3"])
        }),
        (
            "it cannot be \"500.5\", only a number from 0 to 10, in steps of 1 from 0",
            |form| form.set("r", "500.5"),
        ),
        ("it cannot be \"\", only a number", |form| form.set("r", "")),
        ("no checkbox of it has the value \"1\"", |form| {
            form.check("d", "1")
        }),
        ("it is for files", |form| form.set("f", "x")),
        ("it is not a field for files", |form| {
            form.file("a", "x", "text/plain", "")
        }),
    ];
    for (message, change) in table {
        let form = form(PAGE);
        let panic = std::panic::catch_unwind(|| drop(change(form))).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains(message), "{text}");
    }
}

#[test]
#[should_panic(expected = "no button \"Go\" that can be pressed, only [\"Stop\", \"on\"]")]
fn a_button_that_is_not_there_is_not_pressed() {
    const PAGE: &str = "<form><button>Stop</button><button value=on></button>\
         <button disabled>Go</button><button>Stop</button>";
    let _ = form(PAGE).press("Go");
}

#[test]
#[should_panic(expected = "no button \"\" that can be pressed, only [\"Go\"]")]
fn an_empty_label_is_of_no_button() {
    let _ = form("<form><button>Go</button>").press("");
}

#[test]
#[should_panic(expected = "cannot change the field \"\"")]
fn a_field_without_a_name_is_not_set() {
    let _ = form("<form><input value=1>").set("", "2");
}

#[test]
#[should_panic(expected = "cannot change the field \"\"")]
fn a_checkbox_without_a_name_is_not_checked() {
    let _ = form("<form><input type=checkbox value=1>").check("", "1");
}

#[test]
fn lines_of_a_button_are_apart() {
    let page = "<form><button>A</button><button name=b><div>Drop</div>all<br>of it</button>";
    check(form(page).press("Drop all of it"), "GET /shop/form?b= ");
}

#[test]
fn the_text_of_a_template_is_not_on_a_button() {
    let page = "<form><button name=b>Pay<template> <b>later</b></template></button>";
    check(form(page).press("Pay"), "GET /shop/form?b= ");
}

#[test]
fn values_to_set_may_be_computed() {
    let page = "<form><input type=checkbox name=a value=0><input type=checkbox name=a value=1>";
    let numbers = ["0".to_owned(), "1".to_owned()];
    let set = form(page).set_all("a", numbers.iter().map(String::as_str));
    assert!(set.fields().eq([("a", "0"), ("a", "1")]));
}

#[test]
#[should_panic(expected = "sent to \"https://pay.example/\", on another host, pay.example")]
fn a_form_for_another_host_is_not_sent() {
    let _ = form("<form action=https://pay.example>").into_request();
}

#[test]
#[should_panic(expected = "sent to \"mailto:ada@example.org\"")]
fn a_form_for_mail_is_not_sent() {
    let _ = form("<form action=mailto:ada@example.org>").into_request();
}

#[test]
fn files_arrive_as_they_were_chosen() {
    const PAGE: &str = "<form method=post enctype=multipart/form-data><input name=title>\
         <input type=file name=one><input type=file name=many multiple><input type=file name=none>";
    let name = "a\"b\r\nc.txt";
    let content: Vec<u8> = (0..=255).collect();
    let form = form(PAGE)
        .set("title", "Zo\u{eb} \u{0}")
        .file("one", "gone", "text/plain", "")
        .file("one", name, "application/x-cat", content.clone())
        .file(
            "many",
            "1",
            "text/plain",
            "----wsgi-testing-00000000000000000000\r\n--",
        )
        .file("many", "2", "text/plain", "");
    let app = application(move |environ, start_response| {
        let content_type = environ.content_type().unwrap_or_default().to_value_buf();
        let received = Received::read(content_type.as_value(), environ.input(), &Limits::new())?;
        assert_eq!(received.get("title"), Some("Zo\u{eb} \u{0}"));
        let one = received.file("one").unwrap();
        assert_eq!(one.content_type(), "application/x-cat");
        assert_eq!(one.bytes(), Some(&*content));
        let many = received.files().filter(|file| file.name() == "many");
        assert!(many.map(Upload::len).eq([41, 0]));
        start_response.start(Status::OK, ())?;
        Ok(one.file_name().to_string().into())
    });
    let response = Client::new(app).origin("http://a.example").submit(form);
    assert_eq!(response.text(), "a\"b\r\nc.txt", "{}", response.errors());
}

#[test]
fn the_adaptor_takes_an_own_form_and_refuses_a_foreign_one() {
    const PAGE: &str = "<form method=post><input name=name>";
    let app = Adaptor::new()
        .get("/", |_| Response::html(PAGE))
        .post("/", |request| {
            let name = request.field("name")?.unwrap_or_default().to_owned();
            Ok::<_, wsgi_application::Error>(format!(
                "Hello {name}, from {}",
                request.header("Referer").unwrap()
            ))
        });
    let mut client = Client::new(app);
    let form = client.get("/").form().set("name", "Ada");
    assert_eq!(
        client.submit(form.clone()).text(),
        "Hello Ada, from http://localhost/"
    );
    let foreign = client.send_from(
        "http://evil.example",
        Request::post("/").form([("name", "Eve")]),
    );
    assert_eq!(foreign.status(), &Status::FORBIDDEN);
    let multipart = Request::post("/").multipart(&Multipart::new().field("name", "Bob"));
    let multipart = multipart.header("Referer", "-");
    assert_eq!(client.send(multipart).text(), "Hello Bob, from -");
}

#[test]
fn a_long_page_is_read_in_time() {
    let nested = "<form><select name=a>".repeat(20_000) + &"<option selected>".repeat(20_000);
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(nested.clone().into())
    });
    assert_eq!(Request::get("/").call(&app).forms().len(), 1);
}
