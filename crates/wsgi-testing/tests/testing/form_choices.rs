//! Forms that are found by a button, and fields that are chosen or removed.

use wsgi_application::{Status, application};
use wsgi_testing::{Client, Form, Request};

/// The form of a page.
fn form(page: &'static str) -> Form {
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok(page.into())
    });
    Request::get("http://a.example/").call(&app).form()
}

/// Checks the target that a form is sent to.
#[track_caller]
fn check(form: Form, target: &str) {
    let echo = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.get("REQUEST_URI").unwrap().to_string().into())
    });
    let mut client = Client::new(echo).origin("http://a.example");
    assert_eq!(client.submit(form).text(), target);
}

#[test]
fn an_option_is_chosen_by_the_text_that_it_shows() {
    const PAGE: &str = "<form><select name=a><option value=1>One <b>more</b>\n cup\
         <option value=2 label=Two>II<option value=3 label=''>Three<option>Four\
         <option value=5 disabled>Five</select>\
         <select name=b multiple><option value=1 selected>One<option value=2>Two</select>\
         <input name=c value=One>";
    check(form(PAGE).choose("a", "One more cup"), "/?a=1&b=1&c=One");
    check(
        form(PAGE).choose("a", "Two").choose("b", "Two"),
        "/?a=2&b=2&c=One",
    );
    check(form(PAGE).choose("a", "Three"), "/?a=3&b=1&c=One");
    check(form(PAGE).choose("a", "Four"), "/?a=Four&b=1&c=One");
    refused(
        || form(PAGE).choose("a", "Five"),
        "no option of it shows \"Five\", only [\"One more cup\", \"Two\", \"Three\", \"Four\"]",
    );
    refused(|| form(PAGE).choose("a", "II"), "no option of it shows");
    refused(|| form(PAGE).choose("c", "One"), "it is not a list");
    refused(|| form(PAGE).choose("d", "One"), "there is none");
}

#[test]
fn of_two_lists_with_one_name_the_one_that_shows_the_text_is_changed() {
    let form = form(
        "<form><select name=a><option value=1>One</select>\
         <select name=a><option value=2>Two<option value=3>Three</select>",
    );
    check(form.choose("a", "Three"), "/?a=1&a=3");
}

#[test]
fn a_removed_field_is_not_sent() {
    const PAGE: &str = "<form><input name=a value=1><input name=a value=2>\
         <input type=checkbox name=b><input name=c disabled><button name=d value=4>Go</button>";
    check(form(PAGE).remove("a"), "/?d=4");
    check(
        form(PAGE).press("Go").remove("b").remove("a").add("a", "3"),
        "/?d=4&a=3",
    );
    check(form(PAGE).add("a", "3").remove("a"), "/?d=4");
    for name in ["c", "d", "e", ""] {
        refused(|| form(PAGE).remove(name), "there is none");
    }
    refused(|| form(PAGE).remove("a").set("a", "1"), "there is none");
}

#[test]
fn a_form_is_found_by_its_id_or_a_button() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok(
            "<form id=search action=/1><button disabled>Dig</button></form>\
            <form action=/2><button name=save>Save</button><input type=submit value=Drop></form>\
            <form action=/3><button>Save</button><button name=x>Else</button></form>"
                .into(),
        )
    });
    let page = Request::get("http://a.example/").call(&app);
    assert_eq!(page.form_of("search").action(), "http://a.example/1");
    check(page.form_of("save"), "/2?save=");
    check(page.form_of("Drop"), "/2?");
    check(page.form_of("Else"), "/3?x=");
    refused(|| page.form_of("Save"), "has 2 forms \"Save\"");
    for label in ["Dig", "", "dig"] {
        let known = "only [\"search\", \"Save\", \"Drop\", \"Save\", \"Else\"]";
        refused(|| page.form_of(label), known);
    }
}

#[test]
fn a_form_whose_id_is_also_that_of_a_button_is_sent_with_the_button() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok(
            "<form id=delete><button name=do value=cancel>Cancel</button>\
            <button name=do value=yes>delete</button></form>\
            <form id=off><button name=do value=1>On</button>\
            <button name=do value=0 disabled>off</button></form>"
                .into(),
        )
    });
    let page = Request::get("http://a.example/").call(&app);
    check(page.form_of("delete"), "/?do=yes");
    check(page.form_of("delete").press("Cancel"), "/?do=cancel");
    // A button that is disabled finds nothing, as elsewhere.
    check(page.form_of("off"), "/?do=1");
}

/// Checks that something panics with a message.
#[track_caller]
fn refused(action: impl FnOnce() -> Form, message: &str) {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(action));
    let panic = panic.expect_err("nothing was refused");
    let panic = panic.downcast_ref::<String>().expect("a message");
    assert!(panic.contains(message), "{panic}");
}
