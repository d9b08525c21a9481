//! Tests that need `chromium`.

use crate::{authority::Authority, profile::Profile, support::Program};

#[test]
fn a_browser_that_trusts_the_certificate_keeps_the_secure_cookie() {
    let authority = Authority::new();
    authority.issue("site", "127.0.0.1");
    let options = authority.options("site");
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let demo = Program::demo(&options);
    let url = format!("https://{}/visits", demo.address);
    let profile = Profile::new();
    let trust = format!(
        "--ignore-certificate-errors-spki-list={}",
        authority.pin("site")
    );
    for visits in 1..=2 {
        let page = profile.open(&url, &[&trust]);
        assert!(page.contains(&format!("<p>Visits: {visits}</p>")), "{page}");
    }
    let page = profile.open(&url, &[]);
    assert!(
        !page.contains("Visits: "),
        "the authority is unknown: {page}"
    );
}
