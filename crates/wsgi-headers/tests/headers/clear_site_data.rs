//! The data of a site that a browser forgets (W3C, Clear Site Data).

use wsgi_headers::ClearSiteData;

#[test]
fn each_kind_is_quoted_and_named_as_browsers_know_it() {
    let new = ClearSiteData::new();
    for (forgotten, written) in [
        (new, ""),
        (new.with_cache(), "\"cache\""),
        (new.with_cookies(), "\"cookies\""),
        (new.with_storage(), "\"storage\""),
        (new.with_execution_contexts(), "\"executionContexts\""),
        (
            new.with_storage().with_cookies(),
            "\"cookies\", \"storage\"",
        ),
        (ClearSiteData::everything(), "\"*\""),
    ] {
        assert_eq!(forgotten.to_string(), written);
    }
}
