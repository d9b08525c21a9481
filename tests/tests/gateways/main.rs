//! The suite, through every gateway.

mod apache2;
mod behind;
mod broken_off;
mod cgi;
mod h2o;
mod haproxy;
mod http;
mod hyper;
mod in_process;
mod lighttpd;
mod nginx;
mod own_proxy;
mod serving;
mod spawned;
mod systemd;
mod x_sendfile;
