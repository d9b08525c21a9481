//! The options for what a server tells its application and its clients.

use clap::Args;
use wsgi::server::Builder;

/// The options for environs.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Environs")]
pub(crate) struct Environs {
    /// Set the path at which a front server has mounted the site, such as /demo
    ///
    /// By default, the path comes from the front server's variables.
    #[arg(long, env = "WSGI_SCRIPT_NAME", value_name = "PATH", value_parser = script_name)]
    pub(crate) script_name: Option<String>,

    /// Add a variable to what the site is told about every request
    ///
    /// A variable of the request with the same name takes precedence. Repeat the option for several
    /// variables.
    #[arg(long, env = "WSGI_BASE_ENVIRON", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) base_environ: Vec<(String, String)>,

    /// Set the server's name in SERVER_SOFTWARE and in the field Server
    ///
    /// With an empty name, the field is left out.
    #[arg(long, env = "WSGI_SERVER_SOFTWARE", value_name = "NAME", value_parser = software)]
    pub(crate) server_software: Option<String>,
}

impl Environs {
    pub(super) fn apply(&self, mut builder: Builder) -> Builder {
        if let Some(script_name) = &self.script_name {
            builder = builder.script_name(script_name);
        }
        if let Some(software) = &self.server_software {
            builder = builder.server_software(software);
        }
        let variables = self.base_environ.iter();
        variables.fold(builder, |builder, (name, value)| {
            builder.base_environ(name, value)
        })
    }
}

fn script_name(value: &str) -> Result<String, &'static str> {
    let is_path = value.starts_with('/');
    is_path
        .then(|| value.to_owned())
        .ok_or("a path such as /demo")
}

fn variable(value: &str) -> Result<(String, String), &'static str> {
    match value.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE"),
    }
}

fn software(value: &str) -> Result<String, &'static str> {
    let has_control = value.chars().any(char::is_control);
    (!has_control)
        .then(|| value.to_owned())
        .ok_or("a name without control characters")
}
