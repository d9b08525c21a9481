//! The part of a request's body that an application did not read.

use crate::{
    requests::streamed_body::Stream,
    responses::{
        form::Form,
        http1_head,
        response::{BodyStart, Response},
    },
};

impl Response<'_> {
    /// Notes that the application has returned, and so reads no more of this body. A head that is
    /// still in the memory can say yet that the connection ends because of what is left.
    #[cold] // as most bodies are gathered
    pub(crate) fn leave_body(&mut self, stream: &Stream) {
        if !stream.response_is_made() {
            return;
        }
        if let (true, BodyStart::InMemory(index)) = (self.keep_alive, &mut self.body_start)
            && let Form::Http1 { is_http10, .. } = self.form
        {
            *index = http1_head::say_last(self.out, *index, is_http10);
        }
        self.keep_alive = false;
    }
}
