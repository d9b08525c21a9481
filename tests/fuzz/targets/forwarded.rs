//! The fields of proxies leave a valid environ, and a client's part of them changes nothing.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::guess_scheme;
use wsgi_headers::is_field_value;
use wsgi_middleware::{ForwardedBy, TrustedProxies};
use wsgi_testing::Request;

const NAMES: [&str; 6] = [
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
];

/// Answers with the variables that proxies change, and checks them.
fn tell(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let variable = |name| {
        environ
            .get(name)
            .expect(name)
            .to_string_lossy()
            .into_owned()
    };
    let [address, host, port] = ["REMOTE_ADDR", "HTTP_HOST", "SERVER_PORT"].map(variable);
    let address: IpAddr = address.parse().expect("an address");
    assert_eq!(address, address.to_canonical());
    port.parse::<u16>().expect("a port");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    assert!(!host.is_empty() && host.bytes().all(is_plain), "{host}");
    let script_name = environ.script_name();
    let script_name = script_name.as_bytes();
    assert!(!script_name.starts_with(b"//") && !script_name.ends_with(b"/"));
    assert!(!script_name.iter().any(u8::is_ascii_control));
    let scheme = environ.url_scheme();
    assert_eq!(scheme, guess_scheme(environ));
    start_response.start(Status::OK, ())?;
    Ok(format!("{scheme} {address} {host} {port}").into())
}

fn ask(by: ForwardedBy, peer: &str, fields: &[(&str, Vec<u8>)]) -> String {
    let app = TrustedProxies::new(tell)
        .trust("10.0.0.0/8".parse().expect("a network"))
        .trust_host(true)
        .trust_prefix(true);
    let request = Request::get("http://inner/").variable("REMOTE_ADDR", peer);
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.variable(name, value)
    });
    request.call(&app.forwarded_by(by)).text().to_owned()
}

fuzz_target!(|bytes: &[u8]| {
    let values = bytes.split(|&byte| byte == b'\n');
    let fields: Vec<_> = NAMES.into_iter().zip(values.map(<[u8]>::to_vec)).collect();
    for by in [ForwardedBy::XForwarded, ForwardedBy::Forwarded] {
        ask(by, "10.0.0.1", &fields);
        assert_eq!(ask(by, "192.0.2.8", &fields), "http 192.0.2.8 inner 80");
    }

    let after = |element: &str| [bytes, b", ", element.as_bytes()].concat();
    if is_field_value(bytes) {
        let fields = [
            (
                "HTTP_FORWARDED",
                after("for=\"[2001:db8::7]:80\";proto=https;host=a"),
            ),
            ("HTTP_X_FORWARDED_FOR", after("[2001:db8::7]:80")),
            ("HTTP_X_FORWARDED_PROTO", after("https")),
            ("HTTP_X_FORWARDED_HOST", after("a")),
        ];
        for by in [ForwardedBy::XForwarded, ForwardedBy::Forwarded] {
            assert_eq!(ask(by, "10.0.0.1", &fields), "https 2001:db8::7 a 443");
        }
    }
});
