//! Any text in the fields.

use proptest::prelude::*;

use super::*;

proptest! {
    /// A client sends any text, and the proxy adds its element to it.
    #[test]
    fn no_text_of_a_client_hides_what_the_proxy_adds(
        text in "[ -~\\t\u{80}-\u{ff}]{0,60}|[\"\\\\,;=fo r_]{0,20}",
    ) {
        let text = text.trim();
        let expected = [("REMOTE_ADDR", "192.0.2.7"), ("HTTPS", "on")];
        let field = format!("Forwarded: {text}, for=\"192.0.2.7:80\";proto=https");
        check_forwarded(&field, &expected);
        let fields = format!(
            "X-Forwarded-For: {text}, 192.0.2.7\nX-Forwarded-Proto: {text}, https\n\
             X-Forwarded-Host: {text}, a"
        );
        check_x(&fields, &expected);
        check_x(&fields, &[("HTTP_HOST", "a"), ("SERVER_PORT", "443")]);
    }

    /// Whatever a trusted proxy sends, the variables stay valid and agree.
    #[test]
    fn variables_are_valid_whatever_is_forwarded(
        forwarded in "[ -~\\t\u{80}-\u{ff}]{0,60}|(for|proto|host|=|\"|\\[|\\]|:|,|;|1\\.1\\.1\\.1){0,20}",
        value in "[ -~\u{80}-\u{ff}]{0,20}|(/|a|%2f|%2e|\\.){0,9}",
    ) {
        let (forwarded, value) = (forwarded.trim(), value.trim());
        let fields = format!(
            "Forwarded: {forwarded}\nX-Forwarded-For: {forwarded}\nX-Forwarded-Proto: {value}\n\
             X-Forwarded-Host: {value}\nX-Forwarded-Port: {value}\nX-Forwarded-Prefix: {value}"
        );
        for by in [ForwardedBy::XForwarded, ForwardedBy::Forwarded] {
            let response = from("10.0.0.1", &fields).call(&trusting(tell, by));
            prop_assert_eq!(response.status(), &Status::OK);
            let address = line(response.text(), "REMOTE_ADDR");
            prop_assert!(address.parse::<std::net::IpAddr>().is_ok(), "{}", address);
            prop_assert!(line(response.text(), "SERVER_PORT").parse::<u16>().is_ok());
            let script_name = line(response.text(), "SCRIPT_NAME");
            prop_assert!(!script_name.starts_with("//") && !script_name.ends_with('/'));
        }
    }
}
