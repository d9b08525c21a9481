//! A listener that has lost its settings in a restart.

use std::io;

use crate::listeners::{listener::Listener, needs::Needs};

/// Refuses a listener that has less than it needs.
pub(crate) fn check(listener: &Listener) -> io::Result<()> {
    let lacks = match listener.needs {
        Needs { tls: true, .. } if !listener.is_secure() => "TLS",
        Needs { proxies: true, .. } if listener.proxies.is_none() => "the PROXY protocol",
        _ => return Ok(()),
    };
    let address = listener.local_addr()?;
    let problem = format!("{address} had {lacks} in the predecessor: it has to be set again");
    Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
}

#[cfg(all(test, any(feature = "proxy-protocol", feature = "tls")))]
mod tests {
    use std::{os::unix::net::UnixStream, time::Duration};

    use wsgi_application::{Body, application};

    use super::{
        super::{passing, timely::Timely},
        *,
    };
    #[cfg(feature = "proxy-protocol")]
    use crate::listeners::proxy_protocol::ProxyProtocol;
    use crate::server::Server;

    /// The listener that another process receives.
    fn passed(listener: Listener) -> Listener {
        let (one, other) = UnixStream::pair().unwrap();
        let timely = |socket| Timely::new(socket, Duration::from_secs(600));
        passing::send(&timely(&one), &[listener], b"").unwrap();
        let mut received = passing::receive(&timely(&other)).unwrap();
        received.pop().expect("a socket")
    }

    fn build(listener: Listener) -> io::Result<Server> {
        let app = application(|_environ, _start_response| Ok(Body::empty()));
        Server::builder().listener(listener).build(app)
    }

    /// Asserts that a listener is refused after a restart until it is set as before, also if a
    /// process between did not serve with it.
    #[track_caller]
    fn check_kept(make: impl Fn(Listener) -> Listener, lacks: &str) {
        let first = || make(Listener::bind("127.0.0.1:0").unwrap());
        for received in [passed(first()), passed(passed(first()))] {
            let error = build(received.try_clone().unwrap()).expect_err(lacks);
            assert!(error.to_string().contains(lacks), "{error}");
            build(make(received)).unwrap();
        }
    }

    #[cfg(feature = "proxy-protocol")]
    #[test]
    fn a_listener_does_not_lose_the_proxy_protocol_in_a_restart() {
        let proxies = || ProxyProtocol::new().trust("127.0.0.1".parse().unwrap());
        check_kept(|one| one.proxy_protocol(proxies()), "the PROXY protocol");
        let with_none = Listener::bind("127.0.0.1:0").unwrap();
        build(passed(with_none)).unwrap();
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_listener_does_not_lose_its_tls_in_a_restart() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = made.signing_key.serialize_pem();
        let tls = crate::tls::setup::Tls::builder().certificate_pem(made.cert.pem(), key);
        let tls = tls.build().unwrap();
        check_kept(|one| one.tls(&tls), "TLS");
    }
}
