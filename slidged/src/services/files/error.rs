//! Errors of bringing a file to where it is wanted.

use crate::language::Language;
use crate::media::aesgcm::DecipherError;
use crate::media::fetch::FetchError;
use crate::media::shelf::ShelfError;
use crate::media::upload::PutError;
use crate::say;
use crate::store::StoreError;
use crate::xmpp::Condition;
use crate::xmpp::link::events::IqError;

/// Reason why a file could not be brought to where the user's clients can fetch it.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Domain without an upload service.
    #[error("{0} has no service for file uploads (XEP-0363)")]
    NoService(String),
    /// File that is too large for the service; the most that it takes, in bytes.
    #[error("the file is larger than {0} takes: at most {1} bytes")]
    TooLarge(String, u64),
    /// Service that refuses, or does not answer.
    #[error("{0} gives no place for the file: {1}")]
    Refused(String, IqError),
    /// Service whose answer is no slot.
    #[error("{0} gives no place for the file, but something else")]
    NoSlot(String),
    /// HTTP server that does not take the file.
    #[error(transparent)]
    Put(#[from] PutError),
    /// Media server of our own that does not take the file.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// File that cannot be fetched from where it is.
    #[error("the file cannot be fetched: {0}")]
    Fetch(#[from] FetchError),
    /// Encrypted file that cannot be decrypted.
    #[error(transparent)]
    Decipher(#[from] DecipherError),
    /// File that cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// File that is larger than the gateway carries, with its size in bytes.
    #[error("the file has {0} bytes")]
    Huge(u64),
    /// Daily quota of the user that is used up.
    #[error("the user's daily quota is used up")]
    Day,
    /// Attachment without a file.
    #[error("an attachment without a file")]
    Nothing,
    /// Message with the file that could not be stored.
    #[error("the message with the file could not be stored: {0}")]
    Store(#[from] StoreError),
}

impl UploadError {
    /// Returns the text for the user; the log has the details.
    #[must_use]
    pub fn user_text(&self, language: Language) -> String {
        match self {
            UploadError::NoService(domain) => say!(language, "upload-no-service", domain = domain),
            UploadError::TooLarge(_, most) => say!(language, "upload-too-large", most = *most),
            UploadError::Huge(_) | UploadError::Fetch(FetchError::TooLarge(_)) => {
                say!(language, "file-too-large")
            }
            UploadError::Day => say!(language, "file-day"),
            UploadError::Decipher(DecipherError::Wrong) => say!(language, "file-not-opened"),
            UploadError::Fetch(_) | UploadError::Read(_) | UploadError::Nothing => {
                say!(language, "file-not-fetched")
            }
            UploadError::Shelf(ShelfError::Quota) => say!(language, "file-quota"),
            UploadError::Refused(_, IqError::Stanza(error))
                if error.condition == Condition::ResourceConstraint =>
            {
                say!(language, "upload-quota")
            }
            _ => say!(language, "upload-refused"),
        }
    }
}
