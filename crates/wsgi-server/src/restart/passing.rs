//! Listening sockets as a message to another process: unix(7), SCM_RIGHTS.
//!
//! The message is its length as four bytes, and eight texts about each socket, each with a final
//! NUL: the protocol, the name, the host as it was given, the path, whether a further process has
//! the socket, the networks whose peers may connect, and whether it needs TLS and the PROXY
//! protocol. An empty text stands for none and no. The keys of tickets follow, after their length
//! as four bytes, which is 0 without keys.

use std::{
    ffi::OsString,
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::{OsStrExt, OsStringExt},
    },
    process,
    sync::Arc,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use crate::{
    listeners::{
        allowed_peers::AllowedPeers,
        listener::{Listener, Socket},
        needs::Needs,
        socket_file::SocketFile,
    },
    protocol::Protocol,
    restart::timely::Timely,
};

/// The number of sockets that one message can carry: SCM_MAX_FD of Linux is 253.
const MAX_SOCKETS: usize = 128;

/// The number of bytes about them.
const MAX_BYTES: usize = 64 * 1024;

/// Keeps the sockets from programs that are started at the same moment. Other systems have no such
/// flag.
#[cfg(target_os = "linux")]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::empty();

/// Sends listening sockets and keys of tickets to the process at the other end.
pub(super) fn send(
    mut channel: &Timely<'_>,
    listeners: &[Listener],
    keys: &[u8],
) -> io::Result<()> {
    if listeners.len() > MAX_SOCKETS {
        let problem = format!("more than {MAX_SOCKETS} sockets cannot be passed on");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let mut texts = Vec::new();
    for listener in listeners {
        describe(listener, &mut texts)?;
    }
    let length = u32::try_from(texts.len()).map_err(io::Error::other)?;
    let sockets: Vec<BorrowedFd<'_>> = listeners.iter().map(descriptor).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_SOCKETS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !sockets.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&sockets));
    }
    let length = length.to_le_bytes();
    let first = [IoSlice::new(&length)];
    let socket = channel.socket();
    let sent = channel.sending(|| {
        let sent = sendmsg(socket, &first, &mut control, SendFlags::empty());
        Ok(sent?)
    })?;
    channel.write_all(&length[sent..])?;
    channel.write_all(&texts)?;
    let length = u32::try_from(keys.len()).map_err(io::Error::other)?;
    channel.write_all(&length.to_le_bytes())?;
    channel.write_all(keys)
}

/// Receives the keys of tickets that follow the sockets. They are empty if there are none.
pub(super) fn receive_keys(mut channel: &Timely<'_>) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    channel.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_BYTES {
        return Err(malformed());
    }
    let mut keys = vec![0; length];
    channel.read_exact(&mut keys)?;
    Ok(keys)
}

/// Receives the listening sockets that the process at the other end has sent.
pub(super) fn receive(mut channel: &Timely<'_>) -> io::Result<Vec<Listener>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_SOCKETS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut length = [0; 4];
    let socket = channel.socket();
    let received = channel.receiving(|| {
        let mut first = [IoSliceMut::new(&mut length)];
        Ok(recvmsg(socket, &mut first, &mut control, CLOSED_ON_EXEC)?)
    })?;
    let mut sockets: Vec<OwnedFd> = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            sockets.extend(passed);
        }
    }
    #[cfg(not(target_os = "linux"))]
    for socket in &sockets {
        rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::CLOEXEC)?;
    }
    channel.read_exact(&mut length[received.bytes..])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_BYTES {
        return Err(malformed());
    }
    let mut texts = vec![0; length];
    channel.read_exact(&mut texts)?;
    let mut texts = texts.split(|&byte| byte == 0);
    let mut text = || texts.next().ok_or_else(malformed);
    let listeners = sockets.into_iter().map(|socket| {
        let protocol = protocol(text()?)?;
        let (name, host, path, shared, allowed) = (text()?, text()?, text()?, text()?, text()?);
        let (tls, proxies) = (text()?, text()?);
        let file = (!path.is_empty()).then(|| OsString::from_vec(path.to_vec()));
        let file = file.map(|path| SocketFile::of_another_process(path.into()));
        Ok(Listener {
            protocol,
            name: filled(name),
            host: filled(host),
            file: file.map(Arc::new),
            allowed: AllowedPeers::from_text(allowed).ok_or_else(malformed)?,
            needs: Needs {
                tls: !tls.is_empty(),
                proxies: !proxies.is_empty(),
            },
            // Of the processes that it is passed on to, the last one accepts the clients who wait.
            maker: shared.is_empty().then(process::id),
            ..Listener::try_from(socket)?
        })
    });
    let listeners = listeners.collect::<io::Result<_>>()?;
    // What follows the last NUL is empty. Linux leaves out the sockets that it has no room for.
    if text()?.is_empty() && texts.next().is_none() {
        return Ok(listeners);
    }
    Err(io::Error::other(
        "not all sockets have arrived: too few file descriptors are allowed (see `ulimit -n`)",
    ))
}

/// Writes the texts about a socket.
fn describe(listener: &Listener, out: &mut Vec<u8>) -> io::Result<()> {
    let protocol = listener.protocol.map(word).unwrap_or_default();
    let name = listener.name().unwrap_or_default();
    let host = listener.host.as_deref().unwrap_or_default();
    let path = listener.file.as_ref().map(|file| file.path());
    let path = path.map(|path| path.as_os_str().as_bytes());
    let allowed = listener.allowed.to_string();
    let has_proxies = listener.proxies.is_some();
    let texts = [
        protocol.as_bytes(),
        name.as_bytes(),
        host.as_bytes(),
        path.unwrap_or_default(),
        if listener.is_shared() { b"shared" } else { b"" },
        allowed.as_bytes(),
        if listener.is_secure() || listener.needs.tls {
            b"tls"
        } else {
            b""
        },
        if has_proxies || listener.needs.proxies {
            b"proxies"
        } else {
            b""
        },
    ];
    for text in texts {
        if text.contains(&0) {
            let problem = "the name or host of a socket contains NUL";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        out.extend_from_slice(text);
        out.push(0);
    }
    if out.len() > MAX_BYTES {
        let problem = "the names of the sockets are too long to be passed on";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(())
}

fn descriptor(listener: &Listener) -> BorrowedFd<'_> {
    match &listener.socket {
        Socket::Tcp(listener) => listener.as_fd(),
        Socket::Unix(listener) => listener.as_fd(),
    }
}

const fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        #[cfg(feature = "fastcgi")]
        Protocol::FastCgi => "fastcgi",
        #[cfg(feature = "scgi")]
        Protocol::Scgi => "scgi",
        #[cfg(feature = "uwsgi")]
        Protocol::Uwsgi => "uwsgi",
    }
}

fn protocol(text: &[u8]) -> io::Result<Option<Protocol>> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut all = Protocol::ALL.iter();
    if let Some(found) = all.find(|protocol| word(**protocol).as_bytes() == text) {
        return Ok(Some(*found));
    }
    let others = ["fastcgi", "scgi", "uwsgi"].into_iter();
    let mut unspoken = others.filter(|word| word.as_bytes() == text);
    Err(unspoken.next().map_or_else(malformed, |word| {
        let problem =
            format!("a socket speaks {word}, but this program lacks the feature `{word}`");
        io::Error::new(io::ErrorKind::Unsupported, problem)
    }))
}

fn filled(text: &[u8]) -> Option<String> {
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

fn malformed() -> io::Error {
    let problem = "the message about the sockets is malformed";
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixStream, time::Duration};

    use super::*;

    fn timely(socket: &UnixStream) -> Timely<'_> {
        Timely::new(socket, Duration::from_secs(600))
    }

    #[test]
    fn sockets_arrive_with_all_that_is_known_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let sent = [
            Listener::bind("localhost:0").unwrap().named("http"),
            Listener::bind_unix(&path, 0o600)
                .unwrap()
                .protocol(*Protocol::ALL.last().unwrap()),
            Listener::bind("127.0.0.1:0")
                .unwrap()
                .allow("10.0.0.0/8".parse().unwrap())
                .allow("::1".parse().unwrap()),
            Listener {
                maker: None,
                ..Listener::bind("127.0.0.1:0").unwrap()
            },
        ];
        let (one, other) = UnixStream::pair().unwrap();
        send(&timely(&one), &sent, b"keys").unwrap();
        let received = receive(&timely(&other)).unwrap();
        assert_eq!(receive_keys(&timely(&other)).unwrap(), b"keys");
        let facts = |listeners: &[Listener]| {
            let facts = listeners.iter().map(|listener| {
                let address = listener.local_addr().unwrap();
                let (name, host) = (listener.name.clone(), listener.host.clone());
                let (protocol, allowed) = (listener.protocol, listener.allowed.to_string());
                (address, name, host, protocol, listener.is_shared(), allowed)
            });
            facts.collect::<Vec<_>>()
        };
        assert_eq!(facts(&received), facts(&sent));
        for listener in &received {
            let flags = rustix::io::fcntl_getfd(descriptor(listener)).unwrap();
            assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
        }
        drop(received);
        assert!(path.exists(), "the file stays with the first process");
        drop(sent);
        assert!(!path.exists());
    }

    #[test]
    fn no_sockets_are_a_message_too() {
        let (one, other) = UnixStream::pair().unwrap();
        send(&timely(&one), &[], b"").unwrap();
        assert!(receive(&timely(&other)).unwrap().is_empty());
        assert!(receive_keys(&timely(&other)).unwrap().is_empty());
    }

    #[cfg(all(target_os = "linux", feature = "signals"))]
    #[test]
    fn signals_do_not_end_the_wait_for_sockets() {
        let (one, other) = UnixStream::pair().unwrap();
        let sent = [Listener::bind("127.0.0.1:0").unwrap()];
        let received = crate::retry::tests::interrupted(
            || receive(&timely(&other)),
            || send(&timely(&one), &sent, b"").unwrap(),
        );
        assert_eq!(received.unwrap().len(), 1);
    }

    #[cfg(all(target_os = "linux", feature = "signals"))]
    #[test]
    fn the_wait_for_sockets_ends_in_time_however_many_signals_come() {
        let (mut one, other) = UnixStream::pair().unwrap();
        let timely = Timely::new(&other, Duration::from_millis(10));
        let received = crate::retry::tests::interrupted_often(
            || receive(&timely),
            || one.write_all(&[0; 9]).unwrap(),
        );
        assert_eq!(received.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn malformed_messages_are_refused() {
        for message in [&[0xff; 8][..], &[1, 0], &[]] {
            let (mut one, other) = UnixStream::pair().unwrap();
            one.write_all(message).unwrap();
            drop(one);
            receive(&timely(&other)).expect_err("an error");
            let (mut one, other) = UnixStream::pair().unwrap();
            one.write_all(message).unwrap();
            drop(one);
            receive_keys(&timely(&other)).expect_err("an error");
        }
    }

    #[test]
    fn texts_that_cannot_be_told_apart_are_refused() {
        let (one, _other) = UnixStream::pair().unwrap();
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        for name in ["a\0b".to_owned(), "a".repeat(MAX_BYTES)] {
            let listener = listener.try_clone().unwrap().named(name);
            let error = send(&timely(&one), &[listener], b"").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
    }
}
