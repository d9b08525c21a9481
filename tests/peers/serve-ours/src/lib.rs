//! Applications on `wsgi-server`, with the command line of the peers.

use std::io;

use options::Options;
use wsgi_application::Application;
use wsgi_server::Server;

/// Serves an application with this process's command line.
///
/// # Errors
///
/// The address cannot be listened on, or the server fails.
pub fn serve(application: impl Application + 'static) -> io::Result<()> {
    let options = Options::from_args();
    let server = Server::builder()
        .bind(&options.bind.to_string())?
        .threads(options.threads)
        .build(application)?;
    options::listening_on(server.local_addr());
    server.serve_forever()
}
