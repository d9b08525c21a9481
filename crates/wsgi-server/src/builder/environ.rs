//! The builder's settings of the environs.

use std::sync::Arc;

use wsgi_application::Environ;
use wsgi_environ::Base;

use super::Builder;
use crate::listeners::server_name::ServerName;

impl Builder {
    /// Sets the path at which a front server has mounted the application, such as `/app`, or the
    /// empty string for the root. It becomes `SCRIPT_NAME`. `PATH_INFO` is the rest of the path in
    /// `REQUEST_URI`, decoded. Both replace what the front server sends.
    ///
    /// What front servers send depends on their configuration and is often of no use: nginx's
    /// usual `fastcgi_params` put the whole path into `SCRIPT_NAME`. Without this setting the
    /// server uses it as it is. A request for another path, or without a `REQUEST_URI`, is not
    /// changed. If its path cannot be decoded, it is answered 400. See [`Environ::derive_path`].
    pub fn script_name(mut self, script_name: impl Into<String>) -> Self {
        self.script_name = Some(script_name.into());
        self
    }

    /// Adds a variable to every environ, like wsgiref's `base_environ`. Variables of the request
    /// and the connection take precedence. A name is not empty and has no `=`.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Application, Error, Status, application};
    /// use wsgi_environ::Errors;
    /// use wsgi_server::Server;
    ///
    /// let app = application(|environ, _start_response| {
    ///     let value = |name| environ.get(name).unwrap().to_string();
    ///     Err(Error::from(format!("{} {}", value("SITE"), value("TIME"))))
    /// });
    /// let sorry = application(|environ, start_response| {
    ///     start_response.start(Status::SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")])?;
    ///     Ok(format!("Sorry, {}.", environ.get("USER").unwrap()).into())
    /// });
    /// let (errors, log) = Errors::buffer();
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .base_environ("SITE", "blog")
    ///     .prepare_environ(|environ| environ.set("TIME", "four"))
    ///     .handle_with(|application, environ, start_response| {
    ///         environ.set("USER", "Ada");
    ///         application.call(environ, start_response)
    ///     })
    ///     .error_output(sorry)
    ///     .log_exception(|environ, error| environ.errors().print(format_args!("failed: {error}")))
    ///     .max_backtrace_lines(Some(0))
    ///     .errors(errors)
    ///     .script_name("/app")
    ///     .server_software("hello/1.0")
    ///     .build(app)?;
    ///
    /// let mut client = TcpStream::connect(server.local_addr())?;
    /// client.write_all(b"GET /app/ HTTP/1.0\r\n\r\n")?;
    /// server.handle_request()?;
    /// let response = io::read_to_string(client)?;
    /// assert!(response.contains("Server: hello/1.0\r\n") && response.ends_with("Sorry, Ada."));
    /// assert_eq!(log.to_string(), "failed: blog four\n");
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn base_environ(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Sets a function that changes every environ before the application sees it, like wsgiref's
    /// `get_environ`.
    pub fn prepare_environ(
        mut self,
        prepare: impl Fn(&mut Environ) + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }

    /// Sets the server's name in `SERVER_SOFTWARE` and the `Server` field; by default the name and
    /// version of this crate. With an empty name, the field is left out.
    pub fn server_software(mut self, software: impl Into<String>) -> Self {
        self.software = software.into();
        self
    }

    /// The variables and settings that all environs of a listener's requests have.
    pub(super) fn base(&self, server: &ServerName) -> Base {
        let base = Base::new()
            .errors(self.errors.clone())
            .multithread(true)
            .variable("GATEWAY_INTERFACE", "CGI/1.1")
            .variable("SERVER_NAME", &server.name)
            .variable("SERVER_PORT", server.port.to_string())
            .variable("SERVER_SOFTWARE", &self.software);
        let variables = self.variables.iter();
        variables.fold(base, |base, (name, value)| base.variable(name, value))
    }
}
