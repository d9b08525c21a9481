//! The demo for everybody: on a phone, in the dark, with a keyboard, with a screen reader.

#![cfg(unix)]

mod axe;
#[path = "../support/browser.rs"]
mod browser;
mod keyboard;
mod page;
mod screen;
#[path = "../support/mod.rs"]
mod support;

/// Tests that need `chromium`.
mod chromium {
    use crate::{
        axe::Axe,
        browser::Browser,
        keyboard,
        page::{ERRORS, PAGES, Page},
        screen::{self, SCREENS},
        support::Program,
    };

    /// Looks at each page on each screen.
    #[track_caller]
    fn visit(
        (demo, browser): &(Program, Browser),
        pages: &[Page],
        look: impl Fn(&Browser) -> Vec<String>,
    ) {
        let mut problems = Vec::new();
        for page in pages {
            page.open(browser, &demo.address);
            for screen in SCREENS {
                screen.show(browser);
                let found = look(browser).into_iter();
                problems.extend(found.map(|found| format!("{}, {screen}: {found}", page.name())));
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    fn log_in((demo, browser): &(Program, Browser)) {
        let does = "type('user', 'demo'); type('password', 'demo'); send('user')";
        Page::of("login", does, "Log out everywhere").open(browser, &demo.address);
    }

    #[test]
    fn no_page_violates_a_rule_of_axe() {
        let Some(axe) = Axe::installed() else { return };
        let site = (Program::demo(&[]), Browser::start());
        let look = |browser: &Browser| axe.violations(browser);
        visit(&site, &PAGES, look);
        visit(&site, &ERRORS, look);
        log_in(&site);
        visit(&site, &PAGES, look);
    }

    #[test]
    fn every_page_fits_its_screen_and_shows_its_borders() {
        let site = (Program::demo(&[]), Browser::start());
        visit(&site, &PAGES, screen::problems);
        visit(&site, &ERRORS, screen::problems);
        log_in(&site);
        visit(&site, &PAGES, screen::problems);
    }

    #[test]
    fn the_tabulator_reaches_everything_and_shows_where_it_is() {
        let (demo, browser) = (Program::demo(&[]), Browser::start());
        for page in PAGES {
            page.open(&browser, &demo.address);
            let count = keyboard::begin(&browser);
            for number in 2..=count {
                let stop = keyboard::next(&browser);
                let at = format!("{}: stop {number} of {count}", page.name());
                let stop = stop.unwrap_or_else(|| panic!("{at} is nowhere"));
                assert!(stop.is_shown, "{at} is not seen: {}", stop.html);
            }
            // The way begins again, at once or after the browser's own stops.
            let beyond = keyboard::next(&browser).map(|stop| stop.html);
            let first = browser.run("return document.querySelector('a').outerHTML");
            let is_free = beyond
                .as_ref()
                .is_none_or(|html| first.as_str() == Some(html));
            assert!(is_free, "{}: {beyond:?} holds the focus", page.name());
        }
    }

    #[test]
    fn the_first_stop_of_a_page_skips_the_navigation() {
        let (demo, browser) = (Program::demo(&[]), Browser::start());
        for path in [
            "",
            "environ/below?a=b",
            "visits",
            "blog/",
            "blog/none",
            "nothing",
        ] {
            Page::at(path, "</footer>").open(&browser, &demo.address);
            let stop = keyboard::next(&browser).expect("a link");
            assert!(
                stop.html.contains("class=\"skip\"") && stop.is_shown,
                "{path}: {stop:?}"
            );
            let before = browser.run("return location.pathname + location.search");
            keyboard::press(&browser, "Enter", 13, "\r");
            browser.wait_until("return document.activeElement.id == 'content'");
            let after = browser.run("return location.pathname + location.search");
            assert_eq!(before, after, "{path}: another page");
        }
    }
}
