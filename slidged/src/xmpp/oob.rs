//! XEP-0066: Out of Band Data, in messages: the address of a file.

use super::{ns, stanza::Stanza};

/// Servers take no longer ones, bytes.
const MAX_URL: usize = 4 << 10;

/// The address that a message is about.
#[must_use]
pub fn url(message: &Stanza) -> Option<String> {
    let url = message.child("x", ns::OOB)?.get_child("url", ns::OOB)?.text();
    // Some clients leave names of files as they are.
    let url = url.trim().replace(' ', "%20");
    is_file(&url).then_some(url)
}

/// Tells whether an address can be a file's: on the web, in the clear or encrypted (XEP-0454).
#[must_use]
pub fn is_file(url: &str) -> bool {
    let scheme =
        |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["https://", "http://", "aesgcm://"].into_iter().any(scheme)
        && url.len() <= MAX_URL
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn an_address_of_the_web_is_read_and_nothing_else() {
        let read = |url: &str| {
            let payload = format!("<x xmlns='jabber:x:oob'><url>{url}</url><desc>A file</desc></x>");
            let payloads = vec![payload.parse().unwrap()];
            super::url(&Stanza { payloads, ..Stanza::new(Kind::Message) })
        };
        for url in ["https://a/b.png", "HTTP://a/b?c", "aesgcm://a/b#00"] {
            assert_eq!(read(&format!("\n {url} ")).as_deref(), Some(url));
        }
        assert_eq!(read("https://a/b ä.png").as_deref(), Some("https://a/b%20ä.png"));
        let long = format!("https://a/{}", "x".repeat(MAX_URL));
        for url in ["", "a/b", "file:///etc/passwd", "xmpp:a@b", "https://a/b\tc", "é", long.as_str()] {
            assert_eq!(read(url), None, "{url}");
        }
    }
}
