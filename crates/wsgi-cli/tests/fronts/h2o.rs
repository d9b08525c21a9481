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
        // H2O passes the other fields on from browsers, so the demo must not believe them.
        let demo = Demo::start_by_default(protocol, socket);
        let front = h2o::start(protocol, &demo.place);
        check(&demo, &front, Host::WithPort);
    }
}
