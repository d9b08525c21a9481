//! The chapters, each with its text and its program.

use std::path::{Path, PathBuf};

use wsgi::{Application, middleware::Htpasswd};

pub(crate) struct Chapter {
    pub(crate) text: &'static str,
    pub(crate) program: &'static str,
    /// The program's application, as its `main` makes it. It may write into the folder.
    pub(crate) site: fn(&Path) -> Box<dyn Application>,
}

macro_rules! chapters {
    ($($name:ident $file:literal |$folder:pat_param| $site:expr $(, with $more:item)?;)*) => {
        $(
            /// A program, and the application that its `main` serves.
            pub(crate) mod $name {
                include!(concat!("../../tutorial/", $file, ".rs"));

                pub(super) fn chapter() -> super::Chapter {
                    super::Chapter {
                        text: include_str!(concat!("../../tutorial/", $file, ".md")),
                        program: include_str!(concat!("../../tutorial/", $file, ".rs")),
                        site: |$folder| Box::new($site),
                    }
                }

                $($more)?
            }
        )*

        /// All chapters, in their order.
        pub(crate) fn chapters() -> Vec<Chapter> {
            vec![$($name::chapter()),*]
        }
    };
}

chapters! {
    hello "1-hello" |_| hello;
    routes "2-routes" |_| site(Board {
        notes: vec!["Tea & cake at four.".to_owned(), "Bring cups!".to_owned()],
    });
    forms "3-forms" |_| site(Board::default());
    login "4-login" |_| site(Board::new(super::users()));
    files "5-files" |_| site(Board::new(super::users()), &super::folder().join("static")).unwrap();
    testing "6-tests" |_| site(Board::new(super::users()), &super::folder().join("static")).unwrap();
    logs "7-logs" |_| {
        let log = LogWriter::builder().closure(|_| {}).unwrap();
        logged(pages(Board::new(super::users())), log)
    };
    deployment "8-deployment" |_| pages(
        Board::new(super::users()),
        Sessions::new(wsgi::sessions::MemoryStore::new()),
    ), with pub(crate) fn serve_alone(https: Listener, http: Listener, tls: &Tls) -> Server {
        alone(Adaptor::new().get("/", |_| "secret\n"), https, http, tls).unwrap()
    };
    blog "9-blog" |folder| site(Blog::open(&folder.join("entries")).unwrap());
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
