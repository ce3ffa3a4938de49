//! Small pictures of somebody, as XMPP clients like them: PNG, identified by their SHA-1 (XEP-0084
//! section 4.1).

use super::picture::{self, PictureError};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use image::{DynamicImage, ImageFormat};
use sha1::{Digest, Sha1};
use std::io::Cursor;

/// XEP-0084 section 8 asks for 96 or so; twice that is sharp on today's screens. Pixels.
const MAX_SIDE: u32 = 192;
/// A PNG of the right kind is kept as it is up to here: in Base64 it must fit into a stanza that
/// servers take. Bytes.
const MAX_KEPT: usize = 96 << 10;

/// An avatar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// The picture, PNG.
    pub png: Bytes,
    /// SHA-1 of the picture, hexadecimal in lower case.
    pub hash: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Avatar {
    /// Makes one of any picture: at most 192 pixels a side. Takes up to seconds: not for async
    /// threads.
    ///
    /// # Errors
    /// When the picture cannot be read.
    pub fn of(bytes: &[u8]) -> Result<Self, PictureError> {
        let mut picture = picture::decode(bytes)?;
        let small = picture.width().max(picture.height()) <= MAX_SIDE;
        let png = if small && bytes.len() <= MAX_KEPT && bytes.starts_with(b"\x89PNG") {
            Bytes::copy_from_slice(bytes)
        } else {
            if !small {
                picture = picture.thumbnail(MAX_SIDE, MAX_SIDE);
            }
            // Eight bits a channel: 192 × 192 × 4 bytes fit into a stanza even where nothing can be
            // compressed.
            let picture = DynamicImage::from(picture.to_rgba8());
            let mut png = Vec::new();
            picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png)?;
            png.into()
        };
        let hash = HEXLOWER.encode(&Sha1::digest(&png));
        Ok(Avatar { png, hash, width: picture.width(), height: picture.height() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::GenericImageView;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn a_small_png_stays_as_it_is() {
        let png = picture(64, 32, ImageFormat::Png);
        let avatar = Avatar::of(&png).unwrap();
        assert_eq!((&avatar.png[..], avatar.width, avatar.height), (&png[..], 64, 32));
        assert_eq!(avatar.hash, HEXLOWER.encode(&Sha1::digest(&png)));
    }

    #[test]
    fn other_pictures_become_a_small_png_of_the_same_shape() {
        for format in [ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Png] {
            let avatar = Avatar::of(&picture(800, 400, format)).unwrap();
            let seen = image::load_from_memory_with_format(&avatar.png, ImageFormat::Png).unwrap();
            assert_eq!((seen.dimensions(), avatar.width, avatar.height), ((192, 96), 192, 96));
        }
        let small = Avatar::of(&picture(10, 10, ImageFormat::Jpeg)).unwrap();
        assert_eq!((small.width, small.height), (10, 10), "nothing is blown up");
    }

    #[test]
    fn the_worst_picture_fits_into_a_stanza() {
        let mut seed = 1u32;
        let noise = image::RgbaImage::from_fn(500, 500, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgba(seed.to_be_bytes())
        });
        let mut bytes = Vec::new();
        noise.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        let avatar = Avatar::of(&bytes).unwrap();
        assert!(avatar.png.len() * 4 / 3 < 220_000, "{} bytes", avatar.png.len());
    }
}
