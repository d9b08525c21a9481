//! The filter that compresses a response.

use std::{
    io::{self, ErrorKind, Write},
    sync::Arc,
};

use wsgi_application::{Filter, Head, Result, Scope};

use super::{
    coding::Coding, eligibility::Eligible, encoder::Encoder, settings::Settings, validators, vary,
    wishes::Wishes,
};

/// A filter that compresses a response, if its client and its head allow it.
pub(crate) struct Compress {
    settings: Arc<Settings>,
    wishes: Wishes,
    /// The tags of the representations that the client has, if one is weak.
    weak_tags: Option<Vec<u8>>,
    /// The compressor, once the head is settled. `None` if only a head is asked for.
    encoder: Option<Encoder>,
    /// The number of bytes still missing of the length that the application declared. The field
    /// is gone, so the gateway cannot count them.
    missing: Option<u64>,
}

impl Compress {
    pub(crate) fn new(settings: Arc<Settings>, wishes: Wishes, weak_tags: Option<Vec<u8>>) -> Self {
        Self {
            settings,
            wishes,
            weak_tags,
            encoder: None,
            missing: None,
        }
    }

    /// Gets a compressor for the best coding for which there is memory.
    fn open(&mut self, eligible: Eligible) -> Option<Coding> {
        let Settings { pool, levels, .. } = &*self.settings;
        if self.wishes.is_head {
            return self.wishes.codings().next();
        }
        let mut encoder = self
            .wishes
            .codings()
            .find_map(|coding| pool.take(coding, eligible.length, levels))?;
        encoder.begin(eligible.length);
        let coding = encoder.coding();
        (self.encoder, self.missing) = (Some(encoder), eligible.length);
        Some(coding)
    }

    /// The part of a chunk that the declared length allows. The gateway cuts the rest too.
    fn allowed<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let Some(missing) = &mut self.missing else {
            return chunk;
        };
        // It fits a `usize`, since it is at most the length of the chunk.
        let allowed = (*missing).min(chunk.len() as u64);
        *missing -= allowed;
        &chunk[..allowed as usize]
    }
}

impl Filter for Compress {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        vary::by_accept_encoding(&mut head.headers)?;
        if let (304, Some(tags)) = (head.status.code(), &self.weak_tags) {
            // It confirms the representation that the client has (RFC 9111, section 4.3.4).
            validators::weaken_listed_tag(&mut head.headers, tags)?;
        }
        if self.wishes.codings().next().is_none() {
            return Ok(Scope::Head);
        }
        let Some(eligible) = Eligible::check(head, &self.settings, &self.wishes) else {
            return Ok(Scope::Head);
        };
        let Some(coding) = self.open(eligible) else {
            return Ok(Scope::Head);
        };
        head.headers.append("Content-Encoding", coding.name())?;
        head.headers.remove("Content-Length");
        head.headers.remove("Accept-Ranges");
        validators::weaken_tag(&mut head.headers)?;
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let chunk = self.allowed(chunk);
        match &mut self.encoder {
            Some(encoder) if !chunk.is_empty() => encoder.write(chunk, out),
            _ => Ok(()),
        }
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match &mut self.encoder {
            Some(encoder) => encoder.flush(out),
            None => Ok(()),
        }
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(encoder) = &mut self.encoder else {
            return Ok(());
        };
        if let Some(missing @ 1..) = self.missing {
            let problem = format!("{missing} bytes are missing of the Content-Length");
            return Err(io::Error::new(ErrorKind::UnexpectedEof, problem));
        }
        encoder.end(out)
    }
}

impl Drop for Compress {
    fn drop(&mut self) {
        if let Some(encoder) = self.encoder.take() {
            let Settings { pool, levels, .. } = &*self.settings;
            pool.give_back(encoder, levels);
        }
    }
}
