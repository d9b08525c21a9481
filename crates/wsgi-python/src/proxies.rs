//! The settings of proxies in front of the server.

use pyo3::{exceptions::PyValueError, prelude::*};
use wsgi_application::Application;
use wsgi_middleware::{ForwardedBy, Network, TrustedProxies};
use wsgi_server::ProxyProtocol;

use crate::setting_values::{choice, texts};

/// The proxies that are trusted, and how they name their clients.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    networks: Vec<Network>,
    trusts_unix: bool,
    forwarded_by: Option<ForwardedBy>,
    trusts_host: bool,
    trusts_prefix: bool,
    has_protocol: bool,
}

impl Proxies {
    /// Sets a setting, unless it is not one of proxies.
    pub(crate) fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match name {
            "trust_proxy" => self.trust(&texts(value)?)?,
            "forwarded_by" => {
                let name = choice(value, &["x-forwarded", "forwarded"])?;
                self.forwarded_by = Some(match &*name {
                    "forwarded" => ForwardedBy::Forwarded,
                    _ => ForwardedBy::XForwarded,
                });
            }
            "trust_forwarded_host" => self.trusts_host = value.extract()?,
            "trust_forwarded_prefix" => self.trusts_prefix = value.extract()?,
            "proxy_protocol" => self.has_protocol = value.extract()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn trust(&mut self, places: &[String]) -> PyResult<()> {
        for place in places {
            if place == "unix" {
                self.trusts_unix = true;
                continue;
            }
            let network = place.parse().map_err(|_| {
                let takes = "an IP address, a network such as 10.0.0.0/8, or unix";
                PyValueError::new_err(format!("it is {takes}, not {place:?}"))
            })?;
            self.networks.push(network);
        }
        Ok(())
    }

    /// The PROXY protocol with these proxies, if they speak it.
    pub(crate) fn protocol(&self) -> Option<ProxyProtocol> {
        self.has_protocol.then(|| {
            let settings = ProxyProtocol::new().trust_unix(self.trusts_unix);
            let networks = self.networks.iter();
            networks.fold(settings, |settings, network| settings.trust(*network))
        })
    }

    /// Adds the middleware that trusts these proxies to a site, if there are any.
    pub(crate) fn around(&self, site: Box<dyn Application>) -> Box<dyn Application> {
        if self.networks.is_empty() && !self.trusts_unix {
            return site;
        }
        let site = TrustedProxies::new(site)
            .forwarded_by(self.forwarded_by.unwrap_or_default())
            .trust_host(self.trusts_host)
            .trust_prefix(self.trusts_prefix);
        if self.has_protocol && self.forwarded_by.is_none() {
            return Box::new(site); // it trusts nobody, and removes the fields
        }
        let site = site.trust_unix(self.trusts_unix);
        let networks = self.networks.iter();
        Box::new(networks.fold(site, |site, network| site.trust(*network)))
    }
}
