//! Facts about a file: hash, MIME type, and the dimensions of a picture.

use super::{
    kind,
    picture::{self, PictureError},
    source::{PIECE, Source, blocking},
};
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use std::{io, sync::LazyLock};
use tokio::sync::Semaphore;

/// Largest file that is decoded as a picture for its thumbnail, in bytes; cameras write less.
const MAX_PICTURE: u64 = 24 << 20;
/// The side of the picture that a thumbnail is made of; the hash takes no more.
const THUMB_SIDE: u32 = 100;
/// One picture is decoded at a time: each may take up to 192 MiB for a moment.
static DECODING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));

/// Facts about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// MIME type, by its content as far as that tells.
    pub content_type: String,
    /// File name extension, if the content tells.
    pub extension: Option<&'static str>,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: Vec<u8>,
    /// Width and height of a picture.
    pub pixels: Option<(u32, u32)>,
    /// A picture in some 25 bytes (ThumbHash).
    pub thumbhash: Option<Vec<u8>>,
}

impl Facts {
    /// Reads a file once, for its hash; and looks what it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn of(source: &Source, claimed: Option<&str>) -> io::Result<Self> {
        let (source, claimed) = (source.clone(), claimed.map(str::to_owned));
        blocking(move || Facts::read(&source, claimed.as_deref())).await
    }

    /// Reads the facts. Blocks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(source: &Source, claimed: Option<&str>) -> io::Result<Self> {
        let first = source.piece(0)?;
        let mut hash = Sha256::new_with_prefix(&first);
        let mut at = first.len() as u64;
        while at < source.size() {
            let piece = source.piece(at)?;
            hash.update(&piece);
            at += piece.len() as u64;
        }
        let head = &first[..first.len().min(kind::HEAD)];
        // What says how large a picture is stands at its beginning, behind no more than an embedded
        // preview.
        let pixels = picture::facts(&first).map(|facts| (facts.width, facts.height));
        Ok(Facts {
            content_type: kind::content_type(head, claimed),
            extension: kind::extension(head),
            size: source.size(),
            sha256: hash.finalize().to_vec(),
            pixels,
            thumbhash: None,
        })
    }

    /// Adds the thumbnail of a picture, which has to be decoded for it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn with_thumbnail(self, source: &Source) -> io::Result<Self> {
        if self.pixels.is_none() || self.size > MAX_PICTURE {
            return Ok(self);
        }
        let source = source.clone();
        // Never closed.
        let _permit = DECODING.acquire().await.map_err(io::Error::other)?;
        blocking(move || {
            Ok(match picture::decode(&whole(&source)?) {
                Ok(picture) => Facts { thumbhash: Some(thumbhash(&picture)), ..self },
                // Clients shall not make room for it either.
                Err(PictureError::TooLarge(..)) => Facts { pixels: None, ..self },
                Err(PictureError::Unreadable(_)) => self,
            })
        })
        .await
    }
}

fn whole(source: &Source) -> io::Result<Bytes> {
    if let Source::Memory(bytes) = source {
        return Ok(bytes.clone());
    }
    let size = usize::try_from(source.size()).map_err(io::Error::other)?;
    let mut bytes = BytesMut::with_capacity(size + PIECE);
    while bytes.len() < size {
        bytes.extend_from_slice(&source.piece(bytes.len() as u64)?);
    }
    Ok(bytes.freeze())
}

fn thumbhash(picture: &image::DynamicImage) -> Vec<u8> {
    let small = picture.thumbnail(THUMB_SIDE, THUMB_SIDE).to_rgba8();
    let (width, height) = (small.width() as usize, small.height() as usize);
    thumbhash::rgba_to_thumb_hash(width, height, small.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
    use std::io::Cursor;

    #[tokio::test]
    async fn a_picture_is_described_and_so_is_anything_else() {
        let mut png = Vec::new();
        let picture = RgbImage::from_fn(300, 200, |x, _| Rgb([if x < 150 { 255 } else { 0 }, 0, 0]));
        DynamicImage::from(picture).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        let source = Source::Memory(png.clone().into());
        let facts =
            Facts::of(&source, Some("text/plain")).await.unwrap().with_thumbnail(&source).await.unwrap();
        assert_eq!((facts.content_type.as_str(), facts.size), ("image/png", png.len() as u64));
        assert_eq!(facts.pixels, Some((300, 200)));
        let (width, height, _) = thumbhash::thumb_hash_to_rgba(&facts.thumbhash.unwrap()).unwrap();
        assert!(width > height, "{width} × {height}");

        let facts = Facts::of(&Source::Memory(Bytes::from_static(b"abc")), None).await.unwrap();
        assert_eq!((facts.content_type.as_str(), facts.pixels, facts.thumbhash), ("text/plain", None, None));
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(HEXLOWER.encode(&facts.sha256), hash);
    }

    #[tokio::test]
    async fn a_bomb_is_a_file_like_any_other() {
        let mut gif = Vec::new();
        DynamicImage::new_rgb8(3, 2).write_to(&mut Cursor::new(&mut gif), ImageFormat::Gif).unwrap();
        gif[6..10].copy_from_slice(&[0xFF; 4]);
        let source = Source::Memory(gif.into());
        let facts = Facts::of(&source, None).await.unwrap().with_thumbnail(&source).await.unwrap();
        assert_eq!((facts.content_type.as_str(), facts.pixels, facts.thumbhash), ("image/gif", None, None));
    }
}
