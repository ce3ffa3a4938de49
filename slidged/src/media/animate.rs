//! Stickers that are films (WebM) as pictures that move (WebP), which clients show in place: by
//! ffmpeg, where the administrator names it. It reads what strangers made, so it gets neither files
//! nor a network, and little time and memory.

use super::source::Source;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use std::{io, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    sync::Semaphore,
};

/// Four times what the largest network allows, bytes.
const MAX_FILM: u64 = 1 << 20;
/// Larger ones are no use on a phone, and the film may be smaller. Bytes.
const MAX_PICTURE: usize = 1 << 20;
/// Time limit of a conversion. It takes half a second of an idle processor, and is the last to get
/// a busy one; the conversation waits for it, and for others' before.
const PATIENCE: Duration = Duration::from_secs(30);
/// The rate is bounded, and so are the time of the processor, the memory of each piece, the pixels
/// and the length. The decoder is named since it is the one that knows transparency, and the format
/// so that nothing is taken for a list of other files.
const OPTIONS: &str = "-v quiet -nostdin -timelimit 10 -max_alloc 67108864 -protocol_whitelist pipe \
    -f matroska -threads 1 -max_pixels 1048576 -c:v libvpx-vp9 -t 10 -i pipe:0 -an -sn -dn \
    -vf scale=w='min(256,iw)':h='min(256,ih)':force_original_aspect_ratio=decrease,fps=20 \
    -threads 1 -c:v libwebp_anim -quality 60 -loop 0 -f webp pipe:1";

/// Reason why a film is not converted.
#[derive(Debug, thiserror::Error)]
pub enum AnimateError {
    /// The file is no sticker that is converted.
    #[error("it is no film in WebM of a sticker's size")]
    NoSticker,
    /// The program cannot be run.
    #[error("ffmpeg cannot be run: {0}")]
    Run(#[from] io::Error),
    /// The conversion takes too long.
    #[error("ffmpeg takes too long")]
    TooLong,
    /// The conversion gave no picture, or one that is too large.
    #[error("ffmpeg gives no picture of a sticker's size")]
    NoPicture,
}

/// The program.
#[derive(Debug)]
pub struct Animator {
    ffmpeg: PathBuf,
    /// One at a time: each takes a whole processor.
    turn: Semaphore,
}

impl Animator {
    /// Sets the path of ffmpeg.
    #[must_use]
    pub fn new(ffmpeg: PathBuf) -> Self {
        Animator { ffmpeg, turn: Semaphore::new(1) }
    }

    /// A film as a picture.
    ///
    /// # Errors
    /// When it stays a film.
    pub async fn picture(&self, film: &Source) -> Result<Bytes, AnimateError> {
        if film.size() > MAX_FILM {
            return Err(AnimateError::NoSticker);
        }
        let film = film.stream().try_collect::<BytesMut>().await?.freeze();
        if infer::get(&film).is_none_or(|found| found.mime_type() != "video/webm") {
            return Err(AnimateError::NoSticker);
        }
        let convert = async {
            // Never closed.
            let _turn = self.turn.acquire().await;
            self.convert(&film).await
        };
        tokio::time::timeout(PATIENCE, convert).await.map_err(|_| AnimateError::TooLong)?
    }

    async fn convert(&self, film: &[u8]) -> Result<Bytes, AnimateError> {
        let mut command = Command::new("nice");
        command.args(["-n", "10"]).arg(&self.ffmpeg).args(OPTIONS.split_ascii_whitespace());
        // Nothing of ours is its business.
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // It stops reading at what it does not understand, and then gives no picture.
                let _ = stdin.write_all(film).await;
            }
            std::future::pending::<()>().await;
        };
        let mut picture = Vec::new();
        let read = async {
            if let Some(stdout) = stdout {
                stdout.take(MAX_PICTURE as u64 + 1).read_to_end(&mut picture).await?;
            }
            Ok::<_, io::Error>(())
        };
        // When the picture is there, or too large, the rest of the film does not matter.
        tokio::select! {
            () = write => {}
            read = read => read?,
        }
        if picture.len() > MAX_PICTURE || !child.wait().await?.success() || !infer::is(&picture, "webp") {
            return Err(AnimateError::NoPicture);
        }
        Ok(picture.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_film_never_reaches_the_program() {
        let animator = Animator::new("/nowhere".into());
        for other in [b"GIF89a".to_vec(), b"#EXTM3U\nhttp://127.0.0.1/".to_vec(), vec![0; 2 << 20]] {
            let refused = animator.picture(&Source::Memory(other.into())).await;
            assert!(matches!(refused, Err(AnimateError::NoSticker)), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_or_says_nothing_leaves_the_film() {
        let mut film = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm".to_vec();
        film.resize(500_000, 0);
        for program in ["/nowhere", "/bin/false", "/bin/true", "/bin/echo", "/usr/bin/yes"] {
            let failed = Animator::new(program.into()).picture(&Source::Memory(film.clone().into())).await;
            assert!(matches!(failed, Err(AnimateError::NoPicture)), "{program}: {failed:?}");
        }
    }
}
