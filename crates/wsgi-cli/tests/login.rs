//! Logging in to the demo with a browser: with double clicks, and with cookies of an earlier
//! application.

#![cfg(unix)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/slow.rs"]
mod slow;
mod support;

/// Tests that need `chromium` and `chromedriver`.
mod chromium {
    mod chromedriver {
        use std::time::Duration;

        use crate::{browser::Browser, slow::slow_way_to, support::Program};

        const FILL: &str = "const form = document.forms[0];\
            form.user.value = 'demo'; form.password.value = 'demo';";

        #[test]
        fn a_form_that_is_sent_twice_logs_in_and_keeps_the_basket() {
            let demo = Program::demo(&[]);
            let site = slow_way_to(&demo.address, Duration::from_millis(250));
            let browser = Browser::start();
            browser.open(&format!("http://{site}/basket"));
            browser.run("const form = document.forms[0]; form.item.value = 'tea'; form.submit();");
            browser.wait_for("<li>tea</li>");

            browser.open(&format!("http://{site}/login"));
            // The browser abandons the first answer, which renewed the id that it still has.
            browser.run(&format!(
                "{FILL} form.submit(); setTimeout(() => form.submit(), 40);"
            ));
            browser.wait_for("Signed in as demo");
            browser.open(&format!("http://{site}/basket"));
            browser.wait_for("<li>tea</li>");
        }

        #[test]
        fn two_logins_at_the_same_time_both_succeed() {
            let demo = Program::demo(&[]);
            let site = slow_way_to(&demo.address, Duration::from_millis(150));
            let browser = Browser::start();
            browser.open(&format!("http://{site}/basket"));
            browser.run("const form = document.forms[0]; form.item.value = 'tea'; form.submit();");
            browser.wait_for("<li>tea</li>");
            // Both answers arrive, each with a new id. The browser keeps the last.
            let both = "const body = new URLSearchParams({user: 'demo', password: 'demo'});\
                const post = () => fetch('login', {method: 'POST', body, redirect: 'follow'});\
                const later = new Promise(go => setTimeout(go, 40)).then(post);\
                return Promise.all([post(), later]).then(all => all.map(one => one.status));";
            browser.open(&format!("http://{site}/hello")); // a page without a policy against scripts
            assert_eq!(browser.run(both), serde_json::json!([200, 200]));
            browser.open(&format!("http://{site}/login"));
            browser.wait_for("Signed in as demo");
            browser.open(&format!("http://{site}/basket"));
            browser.wait_for("<li>tea</li>");
        }

        #[test]
        fn an_old_cookie_on_another_path_locks_nobody_out() {
            let demo = Program::demo(&[]);
            let browser = Browser::start();
            let page = |path: &str| format!("http://{}{path}", demo.address);
            let log_out = || {
                browser.open(&page("/visits"));
                browser.run("document.forms[0].submit();");
                browser.wait_for("/hello");
            };
            browser.open(&page("/visits"));
            let ended = browser.cookie("session");
            log_out();
            browser.open(&page("/visits"));
            browser.wait_for("Visits: 1<");
            // Of two cookies of one name, a browser sends the one of the longer path first
            // (RFC 6265bis, section 5.8.3).
            browser.run(&format!(
                "document.cookie = 'session={ended}; path=/visits';"
            ));
            for visits in 2..=3 {
                browser.open(&page("/visits"));
                browser.wait_for(&format!("Visits: {visits}<"));
            }
            log_out();
            browser.open(&page("/visits"));
            browser.wait_for("Visits: 1<");
        }
    }
}
