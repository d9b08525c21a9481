//! A program whose workers wait before they start.

use std::fs;

use crate::Copy;

/// Lets each worker of a program wait until the gate is open.
pub(crate) struct Gate<'c> {
    copy: &'c Copy,
}

impl<'c> Gate<'c> {
    /// Puts a script in the place of the program, which waits as a worker, and then becomes the
    /// program under the name of the script.
    pub(crate) fn new(copy: &'c Copy) -> Self {
        let gate = copy.folder.path().join("gate");
        let script = format!(
            "#!/bin/bash\n\
             while [ -n \"$WSGI_PREDECESSOR\" ] && [ ! -e '{}' ]; do sleep 0.01; done\n\
             exec -a \"$0\" '{}' \"$@\"\n",
            gate.display(),
            env!("CARGO_BIN_EXE_wsgi"),
        );
        copy.replace(&script);
        Self { copy }
    }

    pub(crate) fn open(&self) {
        fs::write(self.copy.folder.path().join("gate"), "").expect("a file");
    }
}
