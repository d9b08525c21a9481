//! The chapters, each with its text and its program.

use std::path::{Path, PathBuf};

use wsgi::{Application, middleware::Htpasswd};

pub(crate) struct Chapter {
    pub(crate) text: &'static str,
    pub(crate) program: &'static str,
    /// The program's application, as its `main` makes it.
    pub(crate) site: Box<dyn Application>,
}

macro_rules! chapters {
    ($($name:ident $file:literal $site:expr;)*) => {
        $(
            /// A program, and the application that its `main` serves.
            mod $name {
                include!(concat!("../../tutorial/", $file, ".rs"));

                pub(super) fn chapter() -> super::Chapter {
                    super::Chapter {
                        text: include_str!(concat!("../../tutorial/", $file, ".md")),
                        program: include_str!(concat!("../../tutorial/", $file, ".rs")),
                        site: Box::new($site),
                    }
                }
            }
        )*

        /// All chapters, in their order.
        pub(crate) fn chapters() -> Vec<Chapter> {
            vec![$($name::chapter()),*]
        }
    };
}

chapters! {
    hello "1-hello" hello;
    routes "2-routes" site(Board {
        notes: vec!["Tea & cake at four.".to_owned(), "Bring cups!".to_owned()],
    });
    forms "3-forms" site(Board::default());
    login "4-login" site(Board::new(super::users()));
    files "5-files" site(Board::new(super::users()), &super::folder().join("static")).unwrap();
}

/// The folder of the tutorial.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tutorial")
}

fn users() -> Htpasswd {
    Htpasswd::open(folder().join("users")).unwrap()
}

impl Chapter {
    /// The contents of the blocks of code in this language.
    pub(crate) fn blocks(&self, language: &str) -> Vec<&'static str> {
        let fence = format!("```{language}\n");
        let blocks = self.text.split(&*fence).skip(1);
        blocks
            .map(|rest| rest.split_once("```").expect("a block ends").0)
            .collect()
    }
}
