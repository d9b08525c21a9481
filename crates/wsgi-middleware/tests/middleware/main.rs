//! Middleware in single files. What needs several has a program of its own.

mod acme_challenges;
mod allowed_clients;
mod basic_auth;
mod body_limit;
mod concurrency_limit;
mod cookie_attributes;
mod cors;
mod cross_origin;
mod health;
mod hosts;
mod htpasswd;
mod https_redirect;
mod method_override;
mod metrics_page;
mod mounts;
mod named;
mod publisher;
mod request_id;
mod running_requests;
mod security_headers;
mod server_timing;
mod throttle;
#[cfg(target_os = "linux")] // paths of open files are known there
mod x_sendfile;
