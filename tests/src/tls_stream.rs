//! A TLS connection whose halves can be used by two threads.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{Arc, Mutex},
};

use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};

/// The client's end of a TLS connection. Clones share the connection.
///
/// A thread can read while another writes. The end of the connection is an error of kind
/// `UnexpectedEof`, unless the peer announced it (`close_notify`, RFC 8446 section 6.1).
#[derive(Clone, Debug)]
pub struct TlsStream {
    socket: Arc<TcpStream>,
    tls: Arc<Mutex<ClientConnection>>,
    /// Decrypted bytes.
    received: VecDeque<u8>,
    /// Whether the peer has announced the end.
    is_ended: bool,
    /// Held while records are sent, to keep their order.
    sending: Arc<Mutex<()>>,
}

impl TlsStream {
    /// Connects to a server of this name. The handshake is complete when this returns.
    ///
    /// # Errors
    ///
    /// Those of the system, or the server is not the one that is meant.
    pub fn connect(
        mut socket: TcpStream,
        name: &'static str,
        client: Arc<ClientConfig>,
    ) -> io::Result<Self> {
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(client, name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(TlsStream {
            socket: Arc::new(socket),
            tls: Arc::new(Mutex::new(tls)),
            received: VecDeque::new(),
            is_ended: false,
            sending: Arc::default(),
        })
    }

    /// The connection below.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Says that no more bytes follow, and shuts the connection down in both directions.
    pub fn close(&self) {
        self.tls.lock().unwrap().send_close_notify();
        // The peer may have closed it already.
        let _ = self.send();
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Decrypts records that were received. None mean the end of the connection.
    fn decrypt(&mut self, mut records: &[u8]) -> io::Result<()> {
        let mut tls = self.tls.lock().unwrap();
        loop {
            tls.read_tls(&mut records)?;
            tls.process_new_packets().map_err(io::Error::other)?;
            let mut plain = Vec::new();
            let end = tls.reader().read_to_end(&mut plain);
            self.received.extend(plain);
            match end {
                Ok(_) => {
                    self.is_ended = true;
                    return Ok(());
                }
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if records.is_empty() => return Ok(()),
                Err(_) => {}
            }
        }
    }

    /// Sends the records that are ready.
    fn send(&self) -> io::Result<()> {
        let _order = self.sending.lock().unwrap();
        let mut records = Vec::new();
        let mut tls = self.tls.lock().unwrap();
        while tls.wants_write() {
            tls.write_tls(&mut records)?;
        }
        drop(tls);
        (&*self.socket).write_all(&records)
    }
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut records = vec![0; 64 * 1024];
        while self.received.is_empty() && !self.is_ended {
            // The lock is free meanwhile, so that another thread can write.
            let count = (&*self.socket).read(&mut records)?;
            self.decrypt(&records[..count])?;
        }
        self.received.read(buffer)
    }
}

impl Write for TlsStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.tls.lock().unwrap().writer().write(buffer)?;
        self.send()?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
