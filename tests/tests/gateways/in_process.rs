//! The applications, called by the test.

use std::{io::Cursor, sync::Mutex};

use wsgi::{environ::Input, testing};
use wsgi_tests::{Gateway, Notes, Payload, Request, Response, Run, run, site};

#[test]
fn every_case_holds_in_process() {
    run(&InProcess {
        site: Box::new(site()),
        log: Mutex::default(),
    });
}

struct InProcess {
    site: Box<dyn wsgi::Application>,
    log: Mutex<String>,
}

impl Run for InProcess {
    fn gateway(&self) -> Gateway {
        Gateway::CALL
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let mut call = testing::Request::new(&request.method, &request.target)
            .variable("SERVER_PROTOCOL", request.version)
            .header("Host", "suite.example");
        for (name, value) in &request.fields {
            call = call.header(name, value);
        }
        call = match &request.payload {
            Payload::Nothing => call,
            Payload::Whole(body) => call.body(body.to_vec()),
            Payload::Chunks(chunks) => {
                call.input(Input::from_reader(Cursor::new(chunks.concat()), None))
            }
        };
        if let Some(note) = request.tells {
            notes.write(note, ""); // the client sees the whole response at once
        }
        if let Some(bytes) = request.leaves_after {
            call = call.disconnect_after(bytes as u64);
        }
        let response = call.call(&self.site);
        self.log.lock().unwrap().push_str(response.errors());
        let fields = response.headers().iter();
        Ok(Response {
            code: response.status().code(),
            reason: response.status().reason().as_bytes().into(),
            fields: fields
                .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: response.body().to_vec(),
            is_complete: response.is_complete(),
            interim: Vec::new(),
        })
    }

    fn logs(&self) -> [String; 2] {
        [self.log.lock().unwrap().clone(), String::new()]
    }
}
