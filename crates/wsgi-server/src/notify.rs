//! Telling a service manager of the life of a server, by the protocol of sd_notify(3).

pub(crate) mod announcer;
pub(crate) mod service_manager;
