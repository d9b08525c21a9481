//! Applications on `wsgi-server`, started as the peers are.

use std::io;

use options::Options;
use wsgi_application::Application;
use wsgi_server::Server;

/// Serves an application as this process' command line says.
///
/// # Errors
///
/// When the address cannot be listened on, or the server fails.
pub fn serve(application: impl Application + 'static) -> io::Result<()> {
    let options = Options::from_args();
    let server = Server::builder()
        .bind(&options.bind.to_string())?
        .threads(options.threads)
        .build(application)?;
    options::listening_on(server.local_addr());
    server.serve_forever()
}
