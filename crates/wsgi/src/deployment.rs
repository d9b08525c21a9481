#![doc = include_str!("../pictures/pictures.md")]
// The page's programs need these features, so the page is shown and tested only with them.
#![cfg_attr(
    all(feature = "middleware", feature = "run", feature = "tls"),
    doc = include_str!("../DEPLOYMENT.md")
)]
#![cfg_attr(
    not(all(feature = "middleware", feature = "run", feature = "tls")),
    doc = "Configurations for nginx, Apache and systemd. Build with the features `middleware`, \
           `run` and `tls` to read them."
)]
