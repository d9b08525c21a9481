// Of several definitions of a link, the first counts: here links lead to modules and items, and on
// a forge to files and docs.rs.
//! [apache]: crate::deployment::apache
//! [container]: crate::deployment::container
//! [front-servers]: crate::deployment::front_servers
//! [h2o]: crate::deployment::h2o
//! [haproxy]: crate::deployment::haproxy
//! [lighttpd]: crate::deployment::lighttpd
//! [monitoring]: crate::deployment::monitoring
//! [nginx]: crate::deployment::nginx
//! [proxy-protocol]: crate::deployment::proxy_protocol
//! [systemd]: crate::deployment::systemd
//! [tls]: crate::deployment::tls
//!
#![doc = include_str!("../pictures/pictures.md")]
#![doc = include_str!("../deployment/README.md")]

/// The text of a page.
macro_rules! pages {
    ($($name:ident $file:literal)*) => {
        $(
            #[doc = "[`AccessLog`]: crate::middleware::AccessLog"]
            #[doc = "[`Builder::log_exception`]: crate::server::Builder::log_exception"]
            #[doc = "[`Handle::retire`]: crate::server::Handle::retire"]
            #[doc = "[`Htpasswd`]: crate::middleware::Htpasswd"]
            #[doc = "[`Listener::named`]: crate::server::Listener::named"]
            #[doc = "[`MonitoringServer`]: crate::server::MonitoringServer"]
            #[doc = "[`ProxyProtocol`]: crate::server::ProxyProtocol"]
            #[doc = "[`RequestId`]: crate::middleware::RequestId"]
            #[doc = "[`RunningRequests`]: crate::middleware::RunningRequests"]
            #[doc = "[`ServiceManager::hide_from`]: crate::server::ServiceManager::hide_from"]
            #[doc = "[`Successor`]: crate::server::Successor"]
            #[doc = "[`TrustedProxies`]: crate::middleware::TrustedProxies"]
            #[doc = "[`probe`]: crate::server::Successor::probe"]
            #[doc = "[`start_with_ticket_keys`]: crate::server::Successor::start_with_ticket_keys"]
            #[doc = "[path]: crate::deployment::front_servers#a-path-of-a-site"]
            #[doc = "[haproxy-proxy-protocol]: crate::deployment::haproxy#haproxy-the-proxy-protocol"]
            #[doc = "[large-bodies]: crate::deployment::front_servers#large-bodies"]
            #[doc = "[program]: crate::deployment#the-program"]
            #[doc = "[client]: crate::deployment::front_servers#the-client-behind-a-front-server"]
            #[doc = ""]
            #[doc = include_str!(concat!("../deployment/", $file, ".md"))]
            pub mod $name {}
        )*
    };
}

pages! {
    apache "apache"
    container "container"
    front_servers "front-servers"
    h2o "h2o"
    haproxy "haproxy"
    lighttpd "lighttpd"
    monitoring "monitoring"
    nginx "nginx"
    proxy_protocol "proxy-protocol"
    systemd "systemd"
    tls "tls"
}
