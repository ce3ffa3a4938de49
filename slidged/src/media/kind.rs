//! MIME type of a file by its content, with the declared type as fallback. Pure.

/// Number of bytes at the start of a file that the type is found from.
pub const HEAD: usize = 8 << 10;
/// Registered types are shorter (RFC 6838 section 4.2 allows 127 for each half), bytes.
const MAX_TYPE: usize = 128;
/// MIME type of a file of which nothing is known.
pub const UNKNOWN: &str = "application/octet-stream";

/// The MIME type of a file that begins so. `claimed` only counts where the content does not
/// contradict it.
#[must_use]
pub fn content_type(head: &[u8], claimed: Option<&str>) -> String {
    let claimed = claimed.map(|claimed| claimed.split(';').next().unwrap_or_default().trim());
    let claimed = claimed.filter(|claimed| is_type(claimed)).map(str::to_ascii_lowercase);
    match (infer::get(head).map(|found| found.mime_type()), claimed) {
        (None, None) => if is_text(head) { "text/plain" } else { UNKNOWN }.to_owned(),
        // Pictures have a head that is known, but for the one that is XML.
        (None, Some(claimed)) if claimed.starts_with("image/") && claimed != SVG => UNKNOWN.to_owned(),
        (None, Some(claimed)) => claimed,
        (Some(found), Some(claimed)) if refines(&claimed, found) => claimed,
        (Some(found), _) => found.to_owned(),
    }
}

/// File name extension for a file that begins so, if the content tells.
#[must_use]
pub fn extension(head: &[u8]) -> Option<&'static str> {
    infer::get(head).map(|found| found.extension())
}

const SVG: &str = "image/svg+xml";

/// MIME type that a browser may show in place: found by the content only, and only of what holds no
/// programs.
#[must_use]
pub fn safe_to_show(head: &[u8]) -> Option<&'static str> {
    let found = infer::get(head)?.mime_type();
    let (family, _) = found.split_once('/')?;
    let picture = matches!(found, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif");
    (picture || matches!(family, "audio" | "video")).then_some(found)
}

/// Tells whether the claimed type is a closer description of the same bytes: recordings in
/// containers that hold films as well, and documents that are archives or XML inside.
fn refines(claimed: &str, found: &str) -> bool {
    let (family, kind) = claimed.split_once('/').unwrap_or_default();
    let (found_family, found_kind) = found.split_once('/').unwrap_or_default();
    match found {
        "application/zip" | "application/gzip" => family == "application",
        "text/xml" => claimed == SVG || claimed.ends_with("xml"),
        _ => {
            matches!(family, "audio" | "video")
                && matches!(found_family, "audio" | "video")
                && kind == found_kind
        }
    }
}

fn is_type(text: &str) -> bool {
    // RFC 6838 section 4.2.
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.len() <= MAX_TYPE && text.split_once('/').is_some_and(|(family, kind)| part(family) && part(kind))
}

fn is_text(head: &[u8]) -> bool {
    // The head may end within a character.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    const HTML: &[u8] = b"<!DOCTYPE html><script>alert(1)</script>";

    #[test]
    fn the_content_wins_over_what_is_said() {
        for (head, claimed, type_) in [
            (PNG, None, "image/png"),
            (PNG, Some("text/html"), "image/png"),
            (HTML, Some("image/png"), "text/html"),
            (b"plain", Some("image/jpeg"), UNKNOWN),
            (
                b"PK\x03\x04 and more",
                Some("application/vnd.oasis.opendocument.text"),
                "application/vnd.oasis.opendocument.text",
            ),
            (b"PK\x03\x04 and more", Some("image/png"), "application/zip"),
            (MP4, Some("audio/mp4"), "audio/mp4"),
            (MP4, Some("audio/ogg"), "video/mp4"),
        ] {
            assert_eq!(content_type(head, claimed), type_, "{claimed:?}");
        }
    }

    #[test]
    fn what_is_said_counts_where_the_content_tells_nothing() {
        for (head, claimed, type_) in [
            (&b"a,b\n1,2\n"[..], Some("text/csv; charset=utf-8"), "text/csv"),
            (b"a,b\n1,2\n", Some("Text/CSV"), "text/csv"),
            (b"hello \xe2\x82", None, "text/plain"),
            (b"\x01\x02\x03\x04", None, UNKNOWN),
            (b"", None, UNKNOWN),
            (b"\x01\x02", Some("a/b\r\nX: y"), UNKNOWN),
            (b"\x01\x02", Some("/"), UNKNOWN),
            (b"\x01\x02", Some("audio/x-thing"), "audio/x-thing"),
        ] {
            assert_eq!(content_type(head, claimed), type_, "{claimed:?}");
        }
        let long = format!("a/{}", "b".repeat(MAX_TYPE));
        assert_eq!(content_type(b"\x01", Some(&long)), UNKNOWN);
    }

    #[test]
    fn only_pictures_and_recordings_are_shown_in_place() {
        assert_eq!((safe_to_show(PNG), extension(PNG)), (Some("image/png"), Some("png")));
        assert_eq!(safe_to_show(MP4), Some("video/mp4"));
        for head in [
            HTML,
            b"<?xml version='1.0'?><svg/>",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.7",
            b"text",
            b"",
        ] {
            assert_eq!(safe_to_show(head), None, "{head:?}");
        }
    }
}
