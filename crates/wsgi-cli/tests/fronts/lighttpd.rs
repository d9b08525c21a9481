//! The demo behind lighttpd with TLS in front.

mod curl {
    use wsgi_tests::{Protocol, Socket, fronts::lighttpd};

    use crate::check::{Demo, Host, check};

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
            // lighttpd joins slashes in PATH_INFO.
            _ => &["--script-name=/"],
        };
        let demo = Demo::start(protocol, socket, options);
        let front = lighttpd::start(protocol, &demo.place);
        check(&demo, &front, Host::WithPort);
    }
}
