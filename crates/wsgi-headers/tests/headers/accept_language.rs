//! The choice of a language (RFC 9110, section 12.5.4; RFC 4647, section 3).

use proptest::prelude::*;
use wsgi_headers::AcceptLanguage;

#[track_caller]
fn check(field: &str, offered: &[&str], expected: Option<&str>) {
    let preferred = AcceptLanguage::new(field).preferred(offered.iter().copied());
    assert_eq!(preferred, expected, "{field}: {offered:?}");
}

#[test]
fn a_greater_weight_wins_then_the_order_of_the_client() {
    check("fr, de, en", &["en", "de"], Some("de"));
    check("fr;q=0.3, de;q=0.4, en;q=0.5", &["de", "en"], Some("en"));
    check("da, en-gb;q=0.8, en;q=0.7", &["en", "en-GB"], Some("en-GB"));
    check("de;q=1.000, en", &["en", "de"], Some("de"));
    check("DE, en;q=0.9", &["en", "de"], Some("de"));
    check("it", &["de", "en"], None);
    check("", &["de"], None);
}

#[test]
fn any_language_matches_a_star_and_one_that_is_named_is_better() {
    check("*", &["en", "de"], Some("en"));
    check("*, de", &["en", "de"], Some("de"));
    check("de;q=0.5, *;q=0.8", &["de", "fr"], Some("fr"));
    check("de;q=0.5, *;q=0.1", &["fr", "de"], Some("de"));
    let default = AcceptLanguage::default();
    assert_eq!(default.preferred(["en", "de"]), Some("en"));
    assert_eq!(default.preferred([]), None);
}

#[test]
fn a_language_serves_for_its_variants_and_a_variant_for_its_language() {
    check("en", &["en-GB", "de"], Some("en-GB"));
    check("en", &["en-GB", "en"], Some("en"));
    check("de-CH", &["en", "de"], Some("de"));
    check("de-CH-1996", &["de", "de-CH"], Some("de-CH"));
    check("zh-Hant-TW", &["zh-Hans", "zh-Hant"], Some("zh-Hant"));
    // Other variants of the same language do not.
    check("en-GB", &["en-US"], None);
    // Only whole subtags count.
    check("de", &["den"], None);
    check("den", &["de"], None);
    check("de-", &["de"], Some("de"));
    check("d", &["de"], None);
}

#[test]
fn an_underscore_is_a_hyphen() {
    check("pt-BR, pt;q=0.9", &["pt_PT", "pt_BR"], Some("pt_BR"));
    check("de-CH", &["de", "de_CH"], Some("de_CH"));
    check("en_US, de;q=0.5", &["de", "en"], Some("en"));
    check("zh_Hant_TW", &["zh-Hans", "zh-Hant"], Some("zh-Hant"));
    check("de", &["de_CH"], Some("de_CH"));
}

#[test]
fn the_member_with_the_most_in_common_counts() {
    check("en, en-GB;q=0.1, de;q=0.5", &["en-GB", "de"], Some("de"));
    check("en;q=0.1, en-GB, de;q=0.5", &["de", "en-GB"], Some("en-GB"));
    check("de-CH, de;q=0.2, en;q=0.5", &["de", "en"], Some("en"));
    check(
        "zh;q=0.2, zh-Hant-TW, en;q=0.5",
        &["en", "zh-Hant"],
        Some("zh-Hant"),
    );
    check("zh-TW;q=0.3, zh-CN, en;q=0.5", &["en", "zh"], Some("zh"));
}

#[test]
fn a_refused_language_is_not_preferred() {
    check("*, de;q=0", &["de", "en"], Some("en"));
    check("en, *;q=0", &["de", "en"], Some("en"));
    check("en, en-US;q=0", &["en-US", "en-GB"], Some("en-GB"));
    check("de;q=0, de-CH", &["de"], None);
    // A refused variant does not refuse the language.
    check("de-AT;q=0, *;q=0.5", &["de"], Some("de"));
    check("de-AT;q=0", &["de"], None);
}

#[test]
fn a_malformed_member_is_ignored() {
    check("de;q=high, en;q=0.1", &["de", "en"], Some("en"));
    check("de;q=2, , en;q=0.1,", &["de", "en"], Some("en"));
    check("de en, ;q=1, en US", &["de", "en", ""], None);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(prop::sample::select(b"dea-*;q=01.,, \"\xff".to_vec()), 0..40),
        offered in "[dea-]{0,5}",
    ) {
        let chosen = AcceptLanguage::new(&bytes).preferred(["de", &*offered]);
        prop_assert!(chosen.is_none_or(|chosen| ["de", &*offered].contains(&chosen)));
    }
}
