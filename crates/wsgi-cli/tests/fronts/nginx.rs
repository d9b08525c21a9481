//! The demo behind nginx with TLS in front.

mod curl {
    use wsgi_tests::{
        Protocol, Scheme, Socket,
        fronts::{Snippet, nginx},
    };

    use crate::{
        browser::Browser,
        check::{BELIEVE_BROWSER, Demo, Host, check, check_path},
    };

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

    #[test]
    fn the_application_has_a_path_of_the_site() {
        let [location, ..] = &Snippet::all_below("A path of a site")[..] else {
            panic!("the page has no lines");
        };
        let demo = Demo::start(Protocol::Http, Socket::Unix, &["--script-name=/app"]);
        let edit = |site: Snippet| site.replace("    location / {\n", &location.to_string());
        let front = nginx::start_with(Protocol::Http, &demo.place, Scheme::Https, edit);
        check_path(&front);
        // A page of nginx itself.
        let (_, body) = Browser::new(&front).get("/apple", &[]);
        assert!(body.contains("<center>nginx"), "{body}");
    }

    #[track_caller]
    fn visit(protocol: Protocol, socket: Socket) {
        let options: &[&str] = match protocol {
            Protocol::Http => &[],
            _ => &[BELIEVE_BROWSER],
        };
        let demo = Demo::start(protocol, socket, options);
        let front = nginx::start(protocol, &demo.place, Scheme::Https);
        check(&demo, &front, Host::WithoutPort);
    }
}
