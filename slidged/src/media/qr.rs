//! QR codes (ISO/IEC 18004): as a picture, and as text where pictures cannot be shown. Pure.

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use qrcode::{Color, QrCode, render::unicode::Dense1x2};

/// The margin that the standard wants around a code, modules.
const QUIET: usize = 4;
/// A narrower code is hard to scan from another screen, pixels.
const MIN_WIDTH: usize = 300;
/// Less blurs when a client shrinks the picture to its window, pixels.
const MIN_MODULE: usize = 4;
/// Longer texts are not scanned from a screen any more: 121 modules across, bytes. The networks
/// that we know of use up to 300.
pub const MAX_TEXT: usize = 1024;

/// Reason why there is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// The text is longer than [`MAX_TEXT`].
    #[error("a QR code holds at most {MAX_TEXT} bytes, not {0}")]
    TooLong(usize),
    /// The text is empty.
    #[error("there is no text for the QR code")]
    Empty,
}

/// The code as a PNG: 8-bit grey, with its margin, at least 300 pixels wide.
///
/// # Errors
/// [`QrError`] when the text is empty or too long.
pub fn png(text: &str) -> Result<Vec<u8>, QrError> {
    let code = code(text)?;
    let modules = code.width();
    let scale = MIN_WIDTH.div_ceil(modules + 2 * QUIET).max(MIN_MODULE);
    let width = (modules + 2 * QUIET) * scale;
    let mut pixels = vec![u8::MAX; width * width];
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (left, top) = ((at % modules + QUIET) * scale, (at / modules + QUIET) * scale);
            for row in top..top + scale {
                pixels[row * width + left..][..scale].fill(0);
            }
        }
    }
    let mut png = Vec::new();
    let side = u32::try_from(width).unwrap_or(u32::MAX);
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter)
        .write_image(&pixels, side, side, ExtendedColorType::L8)
        .expect("a square of pixels is written to memory");
    Ok(png)
}

/// The code in half-block characters, two rows of modules a line, dark on light: for a fixed-width
/// font.
///
/// # Errors
/// [`QrError`] when the text is empty or too long.
pub fn text(text: &str) -> Result<String, QrError> {
    Ok(code(text)?.render::<Dense1x2>().build())
}

fn code(text: &str) -> Result<QrCode, QrError> {
    match text.len() {
        0 => Err(QrError::Empty),
        // Medium error correction: what fits is four times as much.
        1..=MAX_TEXT => QrCode::new(text).map_err(|_| QrError::TooLong(text.len())),
        long => Err(QrError::TooLong(long)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the picture as a scanner does: its margin checked, one colour for each module.
    fn scan(png: &[u8]) -> (usize, Vec<Color>) {
        let picture = image::load_from_memory(png).unwrap().to_luma8();
        assert_eq!(picture.width(), picture.height());
        let dark = |x: u32, y: u32| picture.get_pixel(x, y).0[0] < 128;
        let margin = (0..picture.width()).find(|&at| dark(at, at)).unwrap();
        assert!((0..picture.width()).all(|x| (0..margin).all(|y| !dark(x, y) && !dark(y, x))));
        // The finder pattern is seven modules wide, and the margin four.
        let finder = (margin..).take_while(|&x| dark(x, margin)).count() as u32;
        let scale = finder / 7;
        assert_eq!((finder, margin), (scale * 7, scale * 4));
        let modules = picture.width() / scale - 8;
        let at = |n: u32| (n + 4) * scale + scale / 2;
        let colors = (0..modules * modules)
            .map(|n| if dark(at(n % modules), at(n / modules)) { Color::Dark } else { Color::Light });
        (picture.width() as usize, colors.collect())
    }

    #[test]
    fn the_picture_shows_every_module_and_is_large_enough() {
        for text in ["x", "https://example.org/pair?code=1234", "ü€🂡", &"long".repeat(MAX_TEXT / 4)] {
            let (width, colors) = scan(&png(text).unwrap());
            assert_eq!(colors, QrCode::new(text).unwrap().to_colors(), "{text}");
            assert!((MIN_WIDTH..=600).contains(&width), "{width} pixels for {text}");
        }
    }

    /// The scenarios of the lab compare what a client fetches with this file; `zbarimg` or a phone
    /// reads it.
    #[test]
    fn the_picture_is_the_one_that_was_scanned() {
        assert_eq!(png("hello from the other network").unwrap(), include_bytes!("qr.png"));
    }

    #[test]
    fn the_text_form_has_two_rows_a_line() {
        let drawn = text("x").unwrap();
        let lines: Vec<_> = drawn.lines().collect();
        assert_eq!(lines.len(), (21usize + 8).div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == 21 + 8));
        assert!(lines[2].starts_with("    █▀▀▀▀▀█"), "{drawn}");
    }

    #[test]
    fn what_cannot_be_scanned_is_refused() {
        assert_eq!(png(""), Err(QrError::Empty));
        assert_eq!(png(&"x".repeat(MAX_TEXT + 1)), Err(QrError::TooLong(MAX_TEXT + 1)));
        assert!(text(&"x".repeat(1 << 20)).unwrap_err().to_string().contains("at most 1024 bytes"));
    }
}
