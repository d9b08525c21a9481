//! The files of the folder that the variable `FOLDER` names, by actix-files 0.7 on actix-web 4.

use std::io;

use actix_files::Files;
use actix_web::{App, HttpServer, rt};
use options::{Options, folder};

/// Shorter files are read at once, without a thread for what blocks.
const READ_AT_ONCE: u64 = 1024 * 1024;

fn main() -> io::Result<()> {
    let options = Options::from_args();
    let folder = folder()?;
    rt::System::new().block_on(async {
        let app = move || {
            let files = Files::new("/", &folder)
                .show_files_listing()
                .try_compressed()
                .read_mode_threshold(READ_AT_ONCE);
            App::new().service(files)
        };
        let server = HttpServer::new(app)
            .workers(options.threads)
            .max_connections(usize::MAX)
            .disable_signals()
            .bind(options.bind)?;
        server
            .addrs()
            .iter()
            .copied()
            .for_each(options::listening_on);
        server.run().await
    })
}
