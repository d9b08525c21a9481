//! Embeds the files of the demo.

fn main() -> std::io::Result<()> {
    wsgi_files::embed("src/demo/files", "files.rs")
}
