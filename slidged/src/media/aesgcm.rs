//! AES-256-GCM (NIST SP 800-38D), deciphered a piece at a time and trusted only when the tag at the end is right: a file of any size
//! takes the memory of one piece.

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

/// Why a file cannot be deciphered.
#[derive(Debug, thiserror::Error)]
pub enum DecipherError {
    /// Another key, or somebody changed it.
    #[error("the file is damaged, or its key is wrong")]
    Wrong,
    /// Our own disk.
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
