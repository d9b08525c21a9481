//! [hello]: crate::tutorial::hello
//! [routes]: crate::tutorial::routes
//! [forms]: crate::tutorial::forms
//! [login]: crate::tutorial::login
//! [files]: crate::tutorial::files
//! [tests]: crate::tutorial::tests
//! [logs]: crate::tutorial::logs
//! [deployment]: crate::tutorial::deployment
//! [blog]: crate::tutorial::blog
//!
#![doc = include_str!("../tutorial/README.md")]

/// The text of a chapter and its whole program. Of several definitions of a link, the first counts:
/// here links lead to modules, and on a forge to files.
macro_rules! chapters {
    ($($name:ident $file:literal)*) => {
        $(
            #[doc = "[hello]: crate::tutorial::hello"]
            #[doc = "[routes]: crate::tutorial::routes"]
            #[doc = "[forms]: crate::tutorial::forms"]
            #[doc = "[login]: crate::tutorial::login"]
            #[doc = "[files]: crate::tutorial::files"]
            #[doc = "[tests]: crate::tutorial::tests"]
            #[doc = "[logs]: crate::tutorial::logs"]
            #[doc = "[deployment]: crate::tutorial::deployment"]
            #[doc = "[blog]: crate::tutorial::blog"]
            #[doc = "[facade]: crate"]
            #[doc = "[program]: #the-whole-program"]
            #[doc = ""]
            #[doc = include_str!(concat!("../tutorial/", $file, ".md"))]
            #[doc = "# The whole program"]
            #[doc = ""]
            #[doc = "```rust,no_run"]
            #[doc = include_str!(concat!("../tutorial/", $file, ".rs"))]
            #[doc = "```"]
            pub mod $name {}
        )*
    };
}

chapters! {
    hello "1-hello"
    routes "2-routes"
    forms "3-forms"
    login "4-login"
    files "5-files"
    tests "6-tests"
    logs "7-logs"
    deployment "8-deployment"
    blog "9-blog"
}
