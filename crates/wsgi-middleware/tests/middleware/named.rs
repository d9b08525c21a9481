//! Applications that can be told apart.

use wsgi_application::{Application, Body, Status, application};

/// The name of the application that answered, as an extension of the environ.
pub(crate) struct Answered(pub(crate) &'static str);

pub(crate) fn named(name: &'static str) -> impl Application {
    application(move |environ, start_response| {
        environ.insert_extension(Answered(name));
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    })
}
