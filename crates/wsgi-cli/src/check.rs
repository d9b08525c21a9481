//! A check of a command's configuration, which changes nothing.

mod place;

use std::io;

use wsgi::{Server, cookies::Key, server::Protocol, sessions::StoreError};

use crate::{
    address::Address,
    command::{Command, SessionServer, SiteOptions, Visitors},
    data_dir::data_path,
    failure::{cannot, cannot_read_key},
    logs::Place,
    serving::check_list,
    sockets::{Sockets, default_address},
    static_files,
    store_address::StoreAddress,
    tls::{Setup, Tickets},
    webroot,
};

/// Checks what a command would read, open and write. Returns lines that say what it would do.
///
/// # Errors
///
/// The first thing that it could not use.
pub(crate) fn check(command: &Command) -> io::Result<Vec<String>> {
    match command {
        Command::Demo(options) => {
            let mut lines = check_site(&options.site, "the demo site")?;
            lines.push(match options.site.processes {
                None => check_visitors_of_one_process(&options.visitors)?,
                Some(_) => check_visitors(&options.visitors)?,
            });
            lines.extend(check_blog(&options.visitors)?);
            Ok(lines)
        }
        Command::Static(options) => {
            static_files::site(options)?;
            let what = format!("the files of {}", options.folder.display());
            check_site(&options.site, &what)
        }
        Command::Cgi(options) => {
            let mut lines = vec![check_visitors(&options.visitors)?];
            lines.extend(check_blog(&options.visitors)?);
            Ok(lines)
        }
        Command::SessionServer(options) => check_session_server(options),
        Command::Completions { .. } | Command::Man { .. } => Ok(Vec::new()),
    }
}

fn check_site(options: &SiteOptions, what: &str) -> io::Result<Vec<String>> {
    webroot::check(options)?;
    check_list(options, Sockets::check(options)?)?;
    let tickets = Tickets::new(&options.tls)?;
    let tls = Setup::new(&options.tls, options.bind.as_ref(), &tickets)?;
    let _ = options.serving.apply(Server::builder())?;
    let bind = options.bind.clone().unwrap_or_else(default_address);
    let further = [options.tls.redirect_http(), options.metrics.as_ref()];
    for address in [Some(&bind)].into_iter().chain(further).flatten() {
        place::check_address(address)?;
    }
    let by = match options.protocol.unwrap_or_default() {
        Protocol::FastCgi => "FastCGI",
        Protocol::Scgi => "SCGI",
        Protocol::Uwsgi => "uwsgi",
        _ if tls.is_some() => "https",
        _ => "http",
    };
    check_proxies(options)?;
    let unless = match options.bind {
        Some(_) => "",
        None => ", unless it inherits a socket",
    };
    let line = match options.proxies.admit_any(&bind) {
        true => format!("would serve {what} on {bind} by {by}{unless}"),
        false => format!(
            "would serve {what} by {by} if it inherits a socket, and fail without one: {}",
            no_proxy(&bind)
        ),
    };
    let mut lines = vec![line];
    if let Some(address) = options.tls.redirect_http() {
        lines.push(format!("redirects to https: {address}"));
    }
    if let Some(count) = options.processes {
        lines.push(format!("processes: {count}"));
    }
    if let Some(Place::File(path)) = &options.logs.access_log {
        place::check_file("the access log", path)?;
        lines.push(format!("access log: {}", path.display()));
    }
    if let Some(address) = &options.metrics {
        lines.push(format!("numbers: {address}"));
    }
    lines.extend(tls.iter().flat_map(Setup::notes).cloned());
    Ok(lines)
}

/// Refuses addresses of the options at which the PROXY protocol would refuse everybody.
fn check_proxies(options: &SiteOptions) -> io::Result<()> {
    let addresses = [options.bind.as_ref(), options.tls.redirect_http()];
    let mut addresses = addresses.into_iter().flatten();
    match addresses.find(|address| !options.proxies.admit_any(address)) {
        Some(address) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            no_proxy(address),
        )),
        None => Ok(()),
    }
}

/// The problem of an address with the PROXY protocol, as the server says it.
fn no_proxy(address: &Address) -> String {
    format!("{address} expects the PROXY protocol, but trusts no proxy there")
}

/// Checks the places of sessions and of the key, for a server that is alone. If nobody names them
/// and they cannot be created, it would keep sessions in memory.
fn check_visitors_of_one_process(options: &Visitors) -> io::Result<String> {
    match check_default_places(options) {
        Ok(()) => check_visitors(options),
        Err(problem) => Ok(format!("sessions: in memory: {problem}")),
    }
}

/// Checks the places of sessions and of the key.
fn check_visitors(options: &Visitors) -> io::Result<String> {
    check_default_places(options)?;
    let store = match &options.session_store {
        Some(store) => store.clone(),
        None => StoreAddress::File(data_path("sessions.redb")?),
    };
    check_key(options, &store)?;
    let line = format!("sessions: {store}");
    if let StoreAddress::File(path) = &store {
        // A file at the default place will be created, and its folder, too.
        if options.session_store.is_some() || path.exists() {
            place::check_file("the file of sessions", path)?;
        }
        return Ok(line);
    }
    let problem = store
        .problem()
        .map_err(|error| cannot(&format!("open the session store {store}"), &error))?;
    Ok(match problem {
        Some(StoreError::Unavailable(cause)) => {
            format!("{line}, which cannot be reached now: {cause}")
        }
        Some(problem) => format!("{line}, which cannot be reached now: {problem}"),
        None => line,
    })
}

fn check_key(options: &Visitors, store: &StoreAddress) -> io::Result<()> {
    let path = match &options.cookie_key {
        None if *store == StoreAddress::Memory => return Ok(()),
        None => data_path("cookie.key")?,
        Some(named) => named.clone(),
    };
    if path.exists() {
        Key::from_file(&path).map_err(|error| cannot_read_key(&path, &error))?;
    } else if options.cookie_key.is_some() {
        place::check_file("the cookie key", &path)?;
    }
    Ok(())
}

/// Checks that what is missing in the user's data directory, and will be needed, can be created.
fn check_default_places(options: &Visitors) -> io::Result<()> {
    let is_in_memory = options.session_store == Some(StoreAddress::Memory);
    let needed = [
        ("sessions.redb", options.session_store.is_none()),
        ("cookie.key", options.cookie_key.is_none() && !is_in_memory),
    ];
    for (name, _) in needed.iter().filter(|(_, is_needed)| *is_needed) {
        let path = data_path(name)?;
        if let (false, Some(folder)) = (path.exists(), path.parent()) {
            place::check_folder(name, folder)?;
        }
    }
    Ok(())
}

fn check_blog(options: &Visitors) -> io::Result<Option<String>> {
    let Some(folder) = &options.blog else {
        return Ok(None);
    };
    place::check_folder("the blog", folder)?;
    Ok(Some(format!("blog: {}", folder.display())))
}

fn check_session_server(options: &SessionServer) -> io::Result<Vec<String>> {
    let (socket, database) = options.places()?;
    place::check_address(&Address::Unix(socket.to_owned()))?;
    place::check_file("the database", database)?;
    if let Some(path) = &options.pid_file {
        place::check_file("the file for the process id", path)?;
    }
    let (socket, database) = (socket.display(), database.display());
    let line = format!("would serve the sessions of {database} on {socket}");
    Ok(vec![line])
}
