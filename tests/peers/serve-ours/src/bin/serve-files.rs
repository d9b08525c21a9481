//! The files of the folder that the variable `FOLDER` names, on `wsgi-server`.

use std::io;

use options::folder;
use wsgi_files::{Coding, Files};

fn main() -> io::Result<()> {
    let files = Files::folder(folder()?)?
        .listing(true)
        .precompressed([Coding::Brotli, Coding::Gzip]);
    serve_ours::serve(files)
}
