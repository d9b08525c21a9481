//! The demo behind HAProxy with TLS in front.

mod curl {
    use wsgi_tests::{
        Protocol, Socket,
        fronts::{Snippet, haproxy},
    };

    use crate::check::{BELIEVE_BROWSER, Demo, Host, check, check_path};

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
    fn the_application_has_a_path_of_the_site() {
        let blocks = Snippet::all_below("A path of a site");
        let [_, backend, path_info] = &blocks[..] else {
            panic!("the page has other lines");
        };
        let place =
            |site: Snippet| site.replace("    default_backend hello\n", &backend.to_string());
        let demo = Demo::start(Protocol::Http, Socket::Unix, &["--script-name=/app"]);
        check_path(&haproxy::start_with(Protocol::Http, &demo.place, place));

        let demo = Demo::start(Protocol::FastCgi, Socket::Unix, &[]);
        let front = haproxy::start_with(Protocol::FastCgi, &demo.place, |site| {
            place(site).replace("    path-info ^()(/.*)?$\n", &path_info.to_string())
        });
        check_path(&front);
    }

    #[track_caller]
    fn visit(protocol: Protocol, socket: Socket) {
        let options: &[&str] = match protocol {
            Protocol::Http => &[],
            _ => &[BELIEVE_BROWSER],
        };
        let demo = Demo::start(protocol, socket, options);
        let front = haproxy::start(protocol, &demo.place);
        check(&demo, &front, Host::WithPort);
    }
}
