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

/// Why a file could not be brought to where the user's clients can fetch it.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Nobody takes files.
    #[error("{0} has no service for file uploads (XEP-0363)")]
    NoService(String),
    /// It is too large for the service.
    #[error("the file is larger than {0} takes: at most {1} bytes")]
    TooLarge(String, u64),
    /// The service does not want it, or does not answer.
    #[error("{0} gives no place for the file: {1}")]
    Refused(String, IqError),
    /// Its answer is no slot.
    #[error("{0} gives no place for the file, but something else")]
    NoSlot(String),
    /// The HTTP server does not take it.
    #[error(transparent)]
    Put(#[from] PutError),
    /// Our own media server does not take it.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// It cannot be fetched from where it is.
    #[error("the file cannot be fetched: {0}")]
    Fetch(#[from] FetchError),
    /// It is encrypted, and does not open.
    #[error(transparent)]
    Decipher(#[from] DecipherError),
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is larger than the gateway carries.
    #[error("the file has {0} bytes")]
    Huge(u64),
    /// The user has had enough files today.
    #[error("the user's daily quota is used up")]
    Day,
    /// There is none.
    #[error("an attachment without a file")]
    Nothing,
    /// The message with it could not be stored.
    #[error("the message with the file could not be stored: {0}")]
    Store(#[from] StoreError),
}

impl UploadError {
    /// For the user; the rest is for the log.
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
