//! The demo behind Apache with TLS in front.

mod curl {
    use wsgi_tests::{Protocol, Scheme, Socket, fronts::apache2};

    use crate::check::{BELIEVE_BROWSER, Demo, Host, check};

    #[test]
    fn a_visitor_is_known_by_http_over_a_unix_socket() {
        visit(Protocol::Http, Socket::Unix);
    }

    #[test]
    fn a_visitor_is_known_by_http_over_tcp() {
        visit(Protocol::Http, Socket::Tcp);
    }

    #[test]
    fn a_visitor_is_known_by_fastcgi() {
        visit(Protocol::FastCgi, Socket::Unix);
    }

    #[test]
    fn a_visitor_is_known_by_scgi() {
        visit(Protocol::Scgi, Socket::Unix);
    }

    #[test]
    fn a_visitor_is_known_by_uwsgi() {
        visit(Protocol::Uwsgi, Socket::Unix);
    }

    #[track_caller]
    fn visit(protocol: Protocol, socket: Socket) {
        let options: &[&str] = match protocol {
            Protocol::Http => &[],
            // Apache passes the whole path as SCRIPT_NAME.
            Protocol::Scgi => &["--script-name=/", BELIEVE_BROWSER],
            _ => &[BELIEVE_BROWSER],
        };
        let demo = Demo::start(protocol, socket, options);
        let front = apache2::start(protocol, &demo.place, Scheme::Https);
        check(&demo, &front, Host::WithPort);
    }
}
