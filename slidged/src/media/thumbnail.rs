//! Small pictures that go into a stanza, beside a link.

use super::picture::{self, PictureError};
use bytes::Bytes;
use image::{DynamicImage, ImageFormat};
use std::io::Cursor;

/// Maximum side of a thumbnail in pixels: the size that clients were built to show (XEP-0264).
const MAX_SIDE: u32 = 256;

/// Makes one, a JPEG of a few KiB. Computes: not for the daemon's thread.
///
/// # Errors
/// When the bytes are no picture that we read, or it is too large.
pub fn of(bytes: &[u8]) -> Result<Bytes, PictureError> {
    let mut picture = picture::decode(bytes)?;
    if picture.width().max(picture.height()) > MAX_SIDE {
        picture = picture.thumbnail(MAX_SIDE, MAX_SIDE);
    }
    let mut jpeg = Vec::new();
    // JPEG knows no transparency.
    DynamicImage::from(picture.to_rgb8()).write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg)?;
    Ok(jpeg.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_picture_becomes_a_small_jpeg() {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let mut bytes = Vec::new();
            DynamicImage::new_rgba8(1024, 512).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
            let facts = picture::facts(&of(&bytes).unwrap()).unwrap();
            assert_eq!((facts.content_type, facts.width, facts.height), ("image/jpeg", 256, 128));
        }
        assert!(of(b"no picture").is_err());
    }
}
