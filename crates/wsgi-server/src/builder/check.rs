//! Settings with which a server could answer nobody, or that have no effect.

use std::{io, time::Duration};

use wsgi_headers::is_field_value;

use super::Builder;

impl Builder {
    /// Refuses settings that their author must have meant otherwise.
    pub(crate) fn check(&self) -> io::Result<()> {
        let problem = self
            .zero_timeout()
            .or_else(|| self.zero_limit())
            .or_else(|| self.useless_path())
            .or_else(|| self.useless_variable())
            .or_else(|| self.useless_name());
        match problem {
            Some(problem) => Err(io::Error::new(io::ErrorKind::InvalidInput, problem)),
            None => Ok(()),
        }
    }

    /// Elsewhere, 0 often stands for no limit. Here it would leave no time.
    fn zero_timeout(&self) -> Option<String> {
        let options = &self.options;
        let timeouts = [
            ("handshake_timeout", Some(options.handshake_timeout)),
            ("head_timeout", Some(options.head_timeout)),
            ("body_timeout", Some(options.body_timeout)),
            ("write_timeout", Some(options.write_timeout)),
            ("request_timeout", options.request_timeout),
            ("response_timeout", options.response_timeout),
        ];
        let zero = timeouts
            .iter()
            .find(|(_, time)| *time == Some(Duration::ZERO));
        zero.map(|(name, _)| {
            format!(
                "{name} is 0, which leaves no time: set it above 0, or to `Duration::MAX` for no \
                 limit"
            )
        })
    }

    fn zero_limit(&self) -> Option<String> {
        let http = self.options.limits;
        let limits = [
            ("max_target_bytes", http == http.max_target_bytes(0)),
            ("max_head_bytes", http == http.max_head_bytes(0)),
            ("max_fields", http == http.max_fields(0)),
        ];
        let zero = limits.iter().find(|(_, is_zero)| *is_zero);
        let name = zero
            .map(|(name, _)| *name)
            .or_else(|| self.zero_gateway_limit())?;
        Some(format!(
            "{name} is 0, with which every request is refused: set it above 0"
        ))
    }

    /// The name of a limit of another protocol.
    fn zero_gateway_limit(&self) -> Option<&'static str> {
        #[cfg(feature = "fastcgi")]
        match self.fastcgi_limits {
            Some(it) if it == it.max_head_bytes(0) => return Some("max_head_bytes of FastCGI"),
            Some(it) if it == it.max_params(0) => return Some("max_params of FastCGI"),
            _ => {}
        }
        #[cfg(feature = "scgi")]
        match self.scgi_limits {
            Some(it) if it == it.max_head_bytes(0) => return Some("max_head_bytes of SCGI"),
            Some(it) if it == it.max_params(0) => return Some("max_params of SCGI"),
            _ => {}
        }
        #[cfg(feature = "uwsgi")]
        match self.uwsgi_limits {
            Some(it) if it == it.max_head_bytes(0) => return Some("max_head_bytes of uwsgi"),
            Some(it) if it == it.max_params(0) => return Some("max_params of uwsgi"),
            _ => {}
        }
        None
    }

    fn useless_path(&self) -> Option<String> {
        let script_name = self.script_name.as_deref()?;
        let is_path = script_name.is_empty() || script_name.starts_with('/');
        (!is_path).then(|| {
            format!("the script name {script_name:?} is not a path such as \"/app\", nor empty")
        })
    }

    fn useless_variable(&self) -> Option<String> {
        let mut names = self.variables.iter().map(|(name, _)| name);
        let name = names.find(|name| name.is_empty() || name.contains(['=', '\0']))?;
        Some(format!("{name:?} is not the name of a variable"))
    }

    fn useless_name(&self) -> Option<String> {
        let is_useful = is_field_value(self.software.as_bytes());
        (!is_useful).then(|| "the server's name contains control characters".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsgi_application::{Body, application};
    use wsgi_http1::Limits;

    use crate::{builder::Builder, server::Server};

    #[track_caller]
    fn check(setting: impl FnOnce(Builder) -> Builder, problem: &str) {
        let builder = Server::builder().bind("127.0.0.1:0").expect("a socket");
        let app = application(|_environ, _start_response| Ok(Body::empty()));
        match setting(builder).build(app) {
            Ok(_) => assert_eq!("", problem),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
                assert_eq!(error.to_string(), problem);
            }
        }
    }

    #[test]
    fn a_timeout_that_leaves_no_time_is_refused() {
        const ZERO: Duration = Duration::ZERO;
        let problem = |name| {
            format!(
                "{name} is 0, which leaves no time: set it above 0, or to `Duration::MAX` for no \
                 limit"
            )
        };
        check(
            |it| it.handshake_timeout(ZERO),
            &problem("handshake_timeout"),
        );
        check(|it| it.head_timeout(ZERO), &problem("head_timeout"));
        check(|it| it.body_timeout(ZERO), &problem("body_timeout"));
        check(|it| it.write_timeout(ZERO), &problem("write_timeout"));
        check(|it| it.request_timeout(ZERO), &problem("request_timeout"));
        check(|it| it.response_timeout(ZERO), &problem("response_timeout"));
    }

    #[test]
    fn a_limit_that_no_request_keeps_is_refused() {
        let problem =
            |name| format!("{name} is 0, with which every request is refused: set it above 0");
        let http = Limits::new();
        check(
            |it| it.limits(http.max_target_bytes(0)),
            &problem("max_target_bytes"),
        );
        check(
            |it| it.limits(http.max_head_bytes(0)),
            &problem("max_head_bytes"),
        );
        check(|it| it.limits(http.max_fields(0)), &problem("max_fields"));
    }

    #[cfg(feature = "fastcgi")]
    #[test]
    fn a_limit_of_fastcgi_that_no_request_keeps_is_refused() {
        let problem =
            |name| format!("{name} is 0, with which every request is refused: set it above 0");
        let fastcgi = wsgi_fastcgi::Limits::new();
        let head = fastcgi.max_head_bytes(0);
        check(
            |it| it.fastcgi_limits(head),
            &problem("max_head_bytes of FastCGI"),
        );
        let params = fastcgi.max_params(0);
        check(
            |it| it.fastcgi_limits(params),
            &problem("max_params of FastCGI"),
        );
    }

    #[cfg(feature = "uwsgi")]
    #[test]
    fn a_limit_of_uwsgi_that_no_request_keeps_is_refused() {
        let problem =
            |name| format!("{name} is 0, with which every request is refused: set it above 0");
        let uwsgi = wsgi_uwsgi::Limits::new();
        check(
            |it| it.uwsgi_limits(uwsgi.max_head_bytes(0)),
            &problem("max_head_bytes of uwsgi"),
        );
        check(
            |it| it.uwsgi_limits(uwsgi.max_params(0)),
            &problem("max_params of uwsgi"),
        );
    }

    #[cfg(feature = "scgi")]
    #[test]
    fn a_limit_of_scgi_that_no_request_keeps_is_refused() {
        let problem =
            |name| format!("{name} is 0, with which every request is refused: set it above 0");
        let scgi = wsgi_scgi::Limits::new();
        check(
            |it| it.scgi_limits(scgi.max_head_bytes(0)),
            &problem("max_head_bytes of SCGI"),
        );
        check(
            |it| it.scgi_limits(scgi.max_params(0)),
            &problem("max_params of SCGI"),
        );
    }

    #[test]
    fn texts_that_have_no_effect_or_no_place_are_refused() {
        for name in ["app", "http://a/app", "?"] {
            let problem =
                format!("the script name {name:?} is not a path such as \"/app\", nor empty");
            check(|it| it.script_name(name), &problem);
        }
        for name in ["", "A=B", "A\0"] {
            let problem = format!("{name:?} is not the name of a variable");
            check(
                |it| it.base_environ("A", "").base_environ(name, "a"),
                &problem,
            );
        }
        let problem = "the server's name contains control characters";
        check(|it| it.server_software("a\r\nb"), problem);
    }

    #[test]
    fn settings_of_0_that_have_a_meaning_are_kept() {
        check(
            |it| {
                it.threads(0)
                    .max_threads(0)
                    .max_connections(0)
                    .max_connections_per_address(0)
                    .max_requests_per_connection(0)
                    .max_waiting(0)
                    .max_stuck_threads(0)
                    .min_rate(0)
                    .spool_limit(0)
                    .limits(Limits::new().max_body_bytes(0))
            },
            "",
        );
        check(
            |it| {
                it.first_request_timeout(Duration::ZERO)
                    .keep_alive(Duration::ZERO)
                    .wait_timeout(Duration::ZERO)
                    .idle_thread_timeout(Duration::ZERO)
                    .shutdown_timeout(Duration::ZERO)
                    .script_name("")
                    .server_software("")
            },
            "",
        );
        #[cfg(feature = "fastcgi")]
        check(
            |it| it.fastcgi_limits(wsgi_fastcgi::Limits::new().max_interleaved(0)),
            "",
        );
    }
}
