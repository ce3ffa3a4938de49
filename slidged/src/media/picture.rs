//! Pictures that somebody else made: what they are, by their content, and decoding that no picture
//! can make expensive.

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::io::Cursor;

/// More than cameras make; beyond, decoding costs more memory than a picture is worth. Pixels.
const MAX_PIXELS: u64 = 40_000_000;
/// Memory for decoding: the pixels themselves with four bytes each, and room for the decoder.
/// Bytes.
const MAX_MEMORY: u64 = 192 << 20;

/// Format and dimensions of a picture, read from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// MIME type.
    pub content_type: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Reason why a picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Damaged, or of a kind that we do not read.
    #[error("not a picture in PNG, JPEG, GIF or WebP: {0}")]
    Unreadable(#[from] ImageError),
    /// Too many pixels.
    #[error("a picture of {0} × {1} pixels is too large")]
    TooLarge(u32, u32),
}

/// Reads what a picture is, without decoding it.
#[must_use]
pub fn facts(bytes: &[u8]) -> Option<Facts> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let content_type = reader.format()?.to_mime_type();
    let (width, height) = reader.into_dimensions().ok()?;
    Some(Facts { content_type, width, height })
}

/// Decodes a picture; of a moving one, the first frame. Takes up to seconds: not for async threads.
///
/// # Errors
/// [`PictureError`] when it cannot be read, or has more than 40 million pixels.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(ImageError::IoError)?;
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge(width, height));
    }
    Ok(DynamicImage::from_decoder(decoder)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ImageFormat;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(3, 2).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn the_content_tells_what_it_is() {
        for (format, content_type) in [
            (ImageFormat::Png, "image/png"),
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Gif, "image/gif"),
            (ImageFormat::WebP, "image/webp"),
        ] {
            let bytes = picture(format);
            assert_eq!(facts(&bytes), Some(Facts { content_type, width: 3, height: 2 }));
            assert_eq!(decode(&bytes).unwrap().width(), 3);
        }
    }

    #[test]
    fn what_is_no_picture_is_none() {
        let png = picture(ImageFormat::Png);
        for bytes in
            [&b""[..], b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", &png[..20]]
        {
            assert_eq!(facts(bytes), None);
            assert!(decode(bytes).is_err());
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let mut bomb = picture(ImageFormat::Png);
        // IHDR: width and height.
        bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
        // A damaged checksum is an error as well; what matters is that nothing of that size is
        // allocated.
        assert!(decode(&bomb).is_err());
        let mut gif = picture(ImageFormat::Gif);
        // The logical screen.
        gif[6..10].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(matches!(decode(&gif), Err(PictureError::TooLarge(0xFFFF, 0xFFFF))));
    }
}
