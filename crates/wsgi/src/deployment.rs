// The page's programs need the feature, so the page is shown and tested only with it.
#![cfg_attr(feature = "run", doc = include_str!("../DEPLOYMENT.md"))]
#![cfg_attr(
    not(feature = "run"),
    doc = "Configurations for nginx, Apache and systemd. Build with the feature `run` to read them."
)]
