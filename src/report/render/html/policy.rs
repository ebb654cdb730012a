//! What the page may do, and the style sheet and the script that it may have.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The style sheet, with that of the picture.
pub(super) static STYLE: &str = concat!(
    "\n",
    include_str!("page.css"),
    include_str!("../svg.css"),
    "@media (prefers-color-scheme: dark) {\n@media not print {\n",
    include_str!("page_dark.css"),
    include_str!("../svg_dark.css"),
    "}\n}\n",
    include_str!("page_print.css"),
);

/// Filters the steps, and opens everything before it is printed; the page is complete without it.
pub(super) static SCRIPT: &str = concat!("\n", include_str!("page.js"));

/// Nothing is loaded from anywhere; of styles and scripts only these two run.
pub(super) fn content_security_policy() -> String {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            base64(&Sha256::digest(STYLE)),
            base64(&Sha256::digest(SCRIPT))
        )
    });
    POLICY.clone()
}

/// The standard alphabet of RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| three.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = bits >> (18 - 6 * at) & 63;
            let sign =
                ALPHABET.get(index as usize).copied().filter(|_| at <= three.len()).map_or('=', char::from);
            text.push(sign);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // The vectors of RFC 4648.
        let vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, expected) in vectors.iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..length]), *expected);
        }
    }
}
