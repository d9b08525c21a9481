//! Tests that need `chromium`.

use tempfile::TempDir;

use crate::{
    browser::Browser,
    client::{ask, demo},
    support::Program,
};

/// The address of a page.
fn page(program: &Program, path: &str) -> String {
    format!("http://{}/blog/{path}", program.address)
}

/// Fills in the form with this button, and presses it.
fn send(browser: &Browser, fields: &[(&str, &str)], button: &str) {
    let mut script = format!("const b = document.querySelector('button[value={button}]');");
    for (name, value) in fields {
        let value = serde_json::to_string(value).expect("JSON");
        script += &format!("b.form.elements[{name:?}].value = {value};");
    }
    browser.run(&(script + "b.click();"));
}

#[test]
fn an_entry_is_written_changed_and_deleted_in_forms() {
    let folder = TempDir::new().expect("a folder");
    let (program, browser) = (demo(&folder, &[]), Browser::start());
    browser.open(&page(&program, ""));
    let text = "Grüße & <b>Küsse</b>\nzwei\n\nvier";
    send(&browser, &[("name", "Äpfel <1>"), ("text", text)], "save");
    browser.wait_for("<a href=\"/blog/%C3%84pfel%20%3C1%3E?edit\">");
    let shown = browser.run("return document.querySelector('.text').textContent");
    assert_eq!(shown, text);

    browser.run("document.querySelector('a[href$=\"?edit\"]').click()");
    browser.wait_for("</textarea>");
    let typed = browser.run("return document.querySelector('textarea').value");
    assert_eq!(typed, text, "as it was typed");
    send(&browser, &[("text", "\nchanged")], "save");
    browser.wait_for(", changed <time");
    let shown = browser.run("return document.querySelector('.text').textContent");
    assert_eq!(shown, "\nchanged");

    send(&browser, &[], "delete");
    browser.wait_for("There are no entries yet.");
    let messages = browser.console();
    assert!(messages.is_empty(), "{messages:?}");
}

#[test]
fn a_form_that_is_sent_twice_makes_one_entry() {
    let folder = TempDir::new().expect("a folder");
    let (program, browser) = (demo(&folder, &[]), Browser::start());
    browser.open(&page(&program, ""));
    browser.run(
        "const b = document.querySelector('button[value=save]');
        b.form.elements.name.value = 'once'; b.form.elements.text.value = 'x';
        b.click(); b.click();",
    );
    browser.wait_for("?edit");
    browser.open(&page(&program, ""));
    let count = browser.run("return document.querySelectorAll('article').length");
    assert_eq!(count, 1);
    let form = browser.run("history.back(); return true");
    assert_eq!(form, true);
}

#[test]
fn a_conflict_shows_both_texts() {
    let folder = TempDir::new().expect("a folder");
    let (program, browser) = (demo(&folder, &[]), Browser::start());
    let put = |text| ask(&program.address, "PUT /blog/a", "X-None: 0", text);
    put("old").expect("an answer");
    browser.open(&page(&program, "a?edit"));
    put("theirs <1>").expect("an answer");
    send(&browser, &[("text", "mine <2>")], "save");
    browser.wait_for("somebody else has written this entry meanwhile");
    let texts = browser.run(
        "return [document.querySelector('.text').textContent,
            document.querySelector('textarea').value]",
    );
    assert_eq!(texts, serde_json::json!(["theirs <1>", "mine <2>"]));
    send(&browser, &[("text", "both")], "save");
    browser.wait_for(">both</div>");
}

#[test]
fn a_browser_reads_xhtml_with_its_style() {
    let folder = TempDir::new().expect("a folder");
    let (program, browser) = (demo(&folder, &[]), Browser::start());
    let put = |path: &str| {
        ask(
            &program.address,
            &format!("PUT /blog/{path}"),
            "X-None: 0",
            "]]> <&",
        )
    };
    put("a").expect("an answer");
    for (path, media_type) in [
        ("", "text/html"),
        ("a", "text/html"),
        ("?type=xhtml", "application/xhtml+xml"),
        ("a?type=xhtml", "application/xhtml+xml"),
    ] {
        browser.open(&page(&program, path));
        let seen = browser.run(
            "return [document.contentType, document.compatMode,
                document.querySelector('parsererror') === null,
                document.querySelector('.text').textContent,
                getComputedStyle(document.querySelector('.text')).whiteSpaceCollapse]",
        );
        let expected = serde_json::json!([media_type, "CSS1Compat", true, "]]> <&", "preserve"]);
        assert_eq!(seen, expected, "{path}");
        let messages = browser.console();
        assert!(messages.is_empty(), "{path}: {messages:?}");
    }
}

/// A form on another site would have the visitor write.
#[test]
fn a_form_of_another_site_writes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let (program, browser) = (demo(&folder, &[]), Browser::start());
    // A document of its own, whose origin is opaque.
    browser.open("data:text/html,<title>evil</title>");
    let url = page(&program, "");
    browser.run(&format!(
        "document.body.innerHTML = `<form method=post action='{url}'>
        <input name=name value=a><input name=text value=x><input name=known></form>`;
        document.forms[0].submit();"
    ));
    browser.wait_for("403 Forbidden");
    browser.open(&page(&program, "a"));
    browser.wait_for("404 Not Found");
}
