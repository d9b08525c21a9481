//! Taking the next pieces of a live body.

use wsgi_gateway::Piece;

use crate::{
    options::READ_SIZE,
    responses::{live_tail::Coding, tail::Tail},
};

/// The result of looking for the next pieces of a live body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refill {
    /// Bytes to send.
    Some,
    /// Nothing at present.
    Nothing,
    /// The end.
    End,
    /// An end that is too early.
    Broken,
}

/// Pieces of up to this many bytes are copied, so that several are sent together. Larger ones are
/// sent from where they are.
const COPIED: usize = 1024;

impl Tail {
    /// Takes what has come of a live body: small pieces into `out`, or a large one as the rest,
    /// after what is in `out`.
    pub(crate) fn refill(&mut self, out: &mut Vec<u8>) -> Refill {
        let Some(live) = &mut self.live else {
            return Refill::End;
        };
        while out.len() < READ_SIZE {
            let end = match live.body.next_piece() {
                Piece::Chunk(chunk) => {
                    live.body_bytes += chunk.len() as u64;
                    match chunk.bytes() {
                        Ok(bytes) if bytes.len() <= COPIED => {
                            live.write(out, bytes);
                            match live.body.may_wait() {
                                true => return Refill::Some,
                                false => continue,
                            }
                        }
                        _ => {}
                    }
                    match live.coding {
                        Coding::Plain => self.set_rest(chunk, None, b""),
                        Coding::Chunked => {
                            wsgi_http1::encode::chunk_size(out, chunk.len() as u64);
                            self.set_rest(chunk, None, b"\r\n");
                        }
                        Coding::Records { id, .. } => self.set_rest(chunk, Some(id), b""),
                    }
                    return Refill::Some;
                }
                Piece::Nothing => Refill::Nothing,
                Piece::End => Refill::End,
                _ => Refill::Broken,
            };
            // What came before has to be sent first.
            return if out.is_empty() { end } else { Refill::Some };
        }
        Refill::Some
    }
}
