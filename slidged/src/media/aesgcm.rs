//! AES-256-GCM (NIST SP 800-38D), deciphered a piece at a time and trusted only when the tag at the
//! end is right: a file of any size takes the memory of one piece.

use super::{
    source::{PIECE, Source, blocking},
    spool::{Spool, Spooled},
};
use aes::{
    Aes256,
    cipher::{BlockEncrypt as _, InnerIvInit as _, KeyInit as _, StreamCipher as _, StreamCipherCoreWrapper},
};
use ghash::{GHash, universal_hash::UniversalHash as _};
use std::io;

/// Bytes of the tag.
const TAG: u64 = 16;
/// Bytes of a block.
const BLOCK: usize = 16;

type Counter = StreamCipherCoreWrapper<ctr::CtrCore<Aes256, ctr::flavors::Ctr32BE>>;

/// Key and initialisation vector, of 12 bytes or, from old clients, 16.
#[derive(Clone)]
pub struct Secret {
    /// AES-256.
    pub key: [u8; 32],
    /// Once for each file.
    pub iv: Vec<u8>,
}

/// Reason why a file cannot be decrypted.
#[derive(Debug, thiserror::Error)]
pub enum DecipherError {
    /// Another key, or somebody changed it.
    #[error("the file is damaged, or its key is wrong")]
    Wrong,
    /// Our own disk failed.
    #[error("the file could not be stored: {0}")]
    Disk(#[from] io::Error),
}

/// Deciphers a file: the ciphertext, and the tag behind it (XEP-0454 section 3).
///
/// # Errors
/// When it is damaged or the key is wrong: nothing is left behind then.
pub async fn decipher(
    source: Source,
    secret: Secret,
    spool: Spool,
) -> Result<(Source, Spooled), DecipherError> {
    blocking(move || Ok(decipher_now(&source, &secret, &spool))).await?
}

fn decipher_now(source: &Source, secret: &Secret, spool: &Spool) -> Result<(Source, Spooled), DecipherError> {
    let size = source.size().checked_sub(TAG).ok_or(DecipherError::Wrong)?;
    let cipher = Aes256::new(&secret.key.into());
    let mut hash_key = ghash::Key::default();
    cipher.encrypt_block(&mut hash_key);
    let hash = GHash::new(&hash_key);
    let first = first_counter(&hash, &secret.iv).ok_or(DecipherError::Wrong)?;
    let mut expected = first.into();
    cipher.encrypt_block(&mut expected);
    let mut counter = first;
    // 32 bits, which wrap (section 6.2).
    let number = u32::from_be_bytes([first[12], first[13], first[14], first[15]]).wrapping_add(1);
    counter[12..].copy_from_slice(&number.to_be_bytes());
    let mut stream = Counter::from_core(ctr::CtrCore::inner_iv_init(cipher, &counter.into()));
    let (mut hash, mut writing) = (hash, spool.create()?);
    let mut at = 0;
    let mut tag = [0; TAG as usize];
    let mut seen = 0;
    while at < source.size() {
        let mut piece = source.piece(at)?.to_vec();
        // The last piece, or the last two, hold the tag.
        let text = usize::try_from(size.saturating_sub(at)).map_or(piece.len(), |left| left.min(piece.len()));
        at += piece.len() as u64;
        let rest = &piece[text..];
        tag[seen..seen + rest.len()].copy_from_slice(rest);
        seen += rest.len();
        piece.truncate(text);
        // Pieces are whole blocks but for the last.
        hash.update_padded(&piece);
        stream.try_apply_keystream(&mut piece).map_err(|_| DecipherError::Wrong)?;
        writing.write(&piece)?;
    }
    hash.update(&[lengths(0, size)]);
    let mut found = hash.finalize();
    for (byte, mask) in found.iter_mut().zip(expected.iter()) {
        *byte ^= mask;
    }
    if found.as_slice() != tag {
        return Err(DecipherError::Wrong);
    }
    Ok(writing.finish())
}

const _: () = assert!(PIECE.is_multiple_of(BLOCK), "a padded block within a file would be another file");

/// The counter that the tag is made with (section 7.1).
fn first_counter(hash: &GHash, iv: &[u8]) -> Option<[u8; BLOCK]> {
    match iv.len() {
        12 => {
            let mut counter = [0; BLOCK];
            counter[..12].copy_from_slice(iv);
            counter[15] = 1;
            Some(counter)
        }
        16 => {
            let mut hash = hash.clone();
            hash.update_padded(iv);
            hash.update(&[lengths(0, iv.len() as u64)]);
            Some(hash.finalize().into())
        }
        _ => None,
    }
}

/// Both lengths in bits.
fn lengths(associated: u64, text: u64) -> ghash::Block {
    let mut block = ghash::Block::default();
    block[..8].copy_from_slice(&(associated * 8).to_be_bytes());
    block[8..].copy_from_slice(&(text * 8).to_be_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::{
        AesGcm,
        aead::{
            Aead as _,
            consts::{U12, U16},
        },
    };

    const KEY: [u8; 32] = [7; 32];

    fn encrypted(iv: &[u8], text: &[u8]) -> Vec<u8> {
        match iv.len() {
            12 => AesGcm::<Aes256, U12>::new(&KEY.into()).encrypt(iv.into(), text).unwrap(),
            _ => AesGcm::<Aes256, U16>::new(&KEY.into()).encrypt(iv.into(), text).unwrap(),
        }
    }

    async fn open(iv: &[u8], bytes: Vec<u8>) -> Result<Vec<u8>, DecipherError> {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::open(directory.path().join("spool")).unwrap();
        let secret = Secret { key: KEY, iv: iv.to_owned() };
        let opened = decipher(Source::Memory(bytes.into()), secret, spool).await;
        let bytes = opened.map(|(_, spooled)| std::fs::read(spooled.path()).unwrap());
        assert_eq!(std::fs::read_dir(directory.path().join("spool")).unwrap().count(), 0);
        bytes
    }

    #[tokio::test]
    async fn what_somebody_else_encrypted_opens_whatever_its_size() {
        for iv in [&[3; 12][..], &[3; 16]] {
            // The tag in a piece of its own, and in two.
            for size in [0, 1, 15, 16, 17, PIECE - 16, PIECE - 8, PIECE, 2 * PIECE + 7] {
                let text: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
                assert!(
                    open(iv, encrypted(iv, &text)).await.unwrap() == text,
                    "{size} bytes, {} of iv",
                    iv.len()
                );
            }
        }
    }

    #[tokio::test]
    async fn what_was_changed_or_is_too_short_does_not_open() {
        let iv = [3; 12];
        let good = encrypted(&iv, b"a secret");
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            assert!(matches!(open(&iv, changed).await, Err(DecipherError::Wrong)), "{at}");
        }
        for bytes in [vec![], vec![0; 15], good[1..].to_vec(), good[..good.len() - 1].to_vec()] {
            assert!(matches!(open(&iv, bytes).await, Err(DecipherError::Wrong)));
        }
        assert!(matches!(open(&[4; 12], good.clone()).await, Err(DecipherError::Wrong)));
        assert!(matches!(open(&[3; 13], good).await, Err(DecipherError::Wrong)));
    }
}
