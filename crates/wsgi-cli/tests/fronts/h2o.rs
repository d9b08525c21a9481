//! The demo behind H2O with TLS in front.

mod curl {
    use wsgi_tests::{Protocol, Socket, fronts::h2o};

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

    #[track_caller]
    fn visit(protocol: Protocol, socket: Socket) {
        let options: &[&str] = match protocol {
            Protocol::Http => &["--trust-forwarded-host=no", "--trust-forwarded-prefix=no"],
            // H2O passes X-Forwarded-For on.
            _ => &[],
        };
        let demo = Demo::start(protocol, socket, options);
        let front = h2o::start(protocol, &demo.place);
        check(&demo, &front, Host::WithPort);
    }
}
