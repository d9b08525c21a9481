//! The path of a request's target.

/// The path of a target. `*` and `host:port` count as one (RFC 9112 section 3.2).
pub(crate) fn path_of(target: &[u8]) -> &[u8] {
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let target = &target[..end.unwrap_or(target.len())];
    if target.starts_with(b"/") {
        return target;
    }
    let Some(scheme) = target.windows(3).position(|bytes| bytes == b"://") else {
        return target;
    };
    let host = &target[scheme + 3..];
    match host.iter().position(|&byte| byte == b'/') {
        Some(slash) => &host[slash..],
        None => b"/",
    }
}
