//! The place of what a report prints.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// The terminal, or bytes that are printed later.
#[derive(Debug)]
pub(crate) enum Output {
    Terminal,
    Kept(Vec<u8>),
}

impl Output {
    /// Prints a line. A terminal that is gone is noticed at the next output of a command.
    pub(crate) fn line(&mut self, line: impl Display) {
        match self {
            Self::Terminal => println!("{line}"),
            Self::Kept(bytes) => bytes.extend_from_slice(format!("{line}\n").as_bytes()),
        }
    }

    /// Prints a piece of a command's output.
    pub(crate) fn piece(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Terminal => {
                let mut stdout = io::stdout();
                stdout.write_all(piece)?;
                stdout.flush()
            }
            Self::Kept(bytes) => {
                bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Prints the title of a step as it begins. If its output is kept, the terminal still tells
    /// what runs.
    pub(crate) fn title(&mut self, title: impl Display) {
        if self.is_kept() {
            println!("beside: {title}");
        }
        self.line(format_args!("\n{title}"));
    }

    pub(crate) fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_lines_and_pieces_in_order() {
        let mut output = Output::Kept(Vec::new());
        output.line("one");
        output.piece(b"two").unwrap();
        assert!(matches!(output, Output::Kept(bytes) if bytes == b"one\ntwo"));
    }
}
