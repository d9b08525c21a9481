//! Embeds a folder, for the test `embedded`.

#![allow(clippy::print_stdout)] // to Cargo

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=tests/embedded/public");
    wsgi_files::embed("tests/embedded/public", "public.rs")
}
