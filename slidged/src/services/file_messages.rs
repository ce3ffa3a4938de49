//! Pictures from the gateway itself: uploaded, and sent as a message.

use super::{
    address::Address,
    bob::Bob,
    files::{NOBODY, Published, Publisher, UploadError, plain_name},
    messenger::Messenger,
    uplink::Uplink,
};
use crate::language::Language;
use crate::media::facts::Facts;
use crate::media::qr;
use crate::media::source::Source;
use crate::model::ids::new_id;
use crate::say;
use crate::stanza::Speaker;
use crate::store::StoreError;
use crate::store::{Entry, Outgoing, Submitted};
use crate::xmpp::forms::{Field, FieldType};
use crate::xmpp::media_element::Media;
use bytes::Bytes;
use jid::BareJid;
use plugin_api::{Attachment, Condition, Error, Sent};

/// Name of the file with a QR code.
const QR_NAME: &str = "qr.png";
const PNG: &str = "image/png";

/// A QR code in a chat.
pub struct ShownCode {
    /// Ids of its messages.
    pub ids: Vec<String>,
    /// Address of its picture, if there was a way to upload it.
    pub url: Option<String>,
}

/// Parts that file messages are made of.
pub(super) struct Parts {
    pub(super) uplink: Uplink,
    pub(super) address: Address,
    pub(super) messenger: Messenger,
    pub(super) publisher: Publisher,
    pub(super) bob: Bob,
}

/// Sends files and QR codes as the gateway.
pub struct FileMessages(Parts);

impl FileMessages {
    pub(super) fn new(parts: Parts) -> Self {
        FileMessages(parts)
    }

    /// Brings a file to where the user can fetch it and sends it, then its caption.
    ///
    /// # Errors
    ///
    /// When there is nothing to send, or no way to.
    pub(crate) async fn attachment_to(&self, user: &BareJid, mut file: Attachment) -> Result<Sent, Error> {
        let published = self
            .0
            .publisher
            .publish(None, user, &mut file)
            .await
            .map_err(|error| Error::from(Condition::ServiceUnavailable).with_detail(error.to_string()))?;
        self.submit(user, &new_id(), &published).await.map_err(StoreError::for_plugin)?;
        if let Some(caption) = file.caption.as_deref().filter(|caption| !caption.is_empty()) {
            self.0.messenger.message_to(user.as_str(), caption).await.map_err(StoreError::for_plugin)?;
        }
        Ok(Sent { url: Some(published.url), ..Sent::default() })
    }

    /// Uploads a file and sends the user a message with it, from the gateway. Returns its address,
    /// once the message is durable.
    ///
    /// # Errors
    ///
    /// When the file could not be uploaded, or the message could not be stored.
    pub async fn file_to(
        &self,
        user: &BareJid,
        name: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<String, UploadError> {
        let file = self.uploaded(user, name, content_type, bytes).await?;
        self.submit(user, &new_id(), &file).await?;
        Ok(file.url)
    }

    async fn uploaded(
        &self,
        user: &BareJid,
        name: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<Published, UploadError> {
        let source = Source::Memory(bytes);
        let facts = Facts::of(&source, Some(content_type)).await?;
        let name = plain_name(name);
        let url = self.0.publisher.bring(NOBODY, user, &name, &facts, &source).await?;
        Ok(Published { url, name, facts, counted: None })
    }

    /// Submits a message of that id with a file, from the gateway.
    fn submit(&self, user: &BareJid, id: &str, file: &Published) -> Submitted {
        let shape = file.shape(id);
        let speaker = Speaker {
            from: self.0.address.domain().to_owned(),
            to: user.to_string(),
            as_user: None,
            room: None,
        };
        let stanzas = vec![Outgoing::durable(shape.stanza(&speaker))];
        self.0.uplink.journal_to(user.as_str()).submit(Entry { stanzas, ..Entry::default() })
    }

    /// Makes the fields of a form that show a QR code: the picture (XEP-0221); its address, if it
    /// has one, for clients that show no pictures in forms; and its text, for users on the very
    /// device that should scan it.
    #[must_use]
    pub fn code_fields(&self, text: &str, language: Language) -> Vec<Field> {
        let fixed = |var: &str, id: &str| Field::new(var, FieldType::Fixed).label(language.text(id, &[]));
        let mut picture = fixed("qr_img", "qr-picture");
        picture.media = qr::png(text).ok().and_then(|png| self.0.bob.media(PNG, png.into(), None));
        let url = picture.media.as_ref().and_then(Media::url).map(str::to_owned);
        let address = url.map(|url| fixed("qr_url", "qr-address").value(url));
        let words = fixed("qr_text", "qr-text").value(text);
        [picture.media.is_some().then_some(picture), address, Some(words)].into_iter().flatten().collect()
    }

    /// Uploads the picture of a QR code, unless that is done already; from then on forms show its
    /// address as well.
    ///
    /// # Errors
    ///
    /// When the text does not fit into a code, or nobody takes the picture.
    pub async fn upload_code(&self, user: &BareJid, text: &str) -> Result<(), Error> {
        let png = png_of(text).await?;
        if self.0.bob.media(PNG, png.clone(), None).is_some_and(|media| media.url().is_some()) {
            return Ok(());
        }
        let file = self.uploaded(user, QR_NAME, PNG, png.clone()).await;
        let file = file.map_err(|error| Error::internal(error.to_string()))?;
        drop(self.0.bob.media(PNG, png, Some(&file.url)));
        Ok(())
    }

    /// Shows the user a QR code by chat: as a picture where one can be uploaded, else drawn in
    /// characters. Its text follows, for users on the very device that should scan it; returns the
    /// picture's address.
    ///
    /// # Errors
    ///
    /// When the text does not fit into a code, or the store failed.
    pub async fn qr_to(&self, user: &BareJid, text: &str) -> Result<ShownCode, Error> {
        let png = png_of(text).await?;
        let mut ids = Vec::new();
        let said = |ids: &mut Vec<String>, text: &str| {
            let entry = self.0.messenger.said_as(ids, user.as_str(), text);
            self.0.uplink.journal_to(user.as_str()).submit(entry)
        };
        let url = match self.uploaded(user, QR_NAME, PNG, png.clone()).await {
            Ok(file) => {
                let id = new_id();
                self.submit(user, &id, &file).await.map_err(StoreError::for_plugin)?;
                ids.push(id);
                drop(self.0.bob.media(PNG, png, Some(&file.url)));
                Some(file.url)
            }
            Err(UploadError::Store(error)) => return Err(error.for_plugin()),
            Err(error) => {
                tracing::warn!(%user, %error, "a QR code is drawn in characters, since it cannot be uploaded");
                // Preformatted (XEP-0393 section 5.1.3), so that clients do not break its lines.
                let drawn = format!("```\n{}\n```", qr::text(text).map_err(unfit)?);
                said(&mut ids, &drawn).await.map_err(StoreError::for_plugin)?;
                None
            }
        };
        said(&mut ids, text).await.map_err(StoreError::for_plugin)?;
        Ok(ShownCode { ids, url })
    }

    /// Takes a QR code out of the chat that is worth nothing any more. It is not corrected: Dino
    /// shows no other picture in the place of one.
    pub(crate) fn take_back_code(&self, user: &BareJid, language: Language, ids: &[String]) {
        self.0.messenger.take_back(user, ids, &say!(language, "qr-over"));
    }
}

/// The picture of a QR code.
///
/// # Errors
///
/// When the text does not fit into one.
async fn png_of(text: &str) -> Result<Bytes, Error> {
    let text = text.to_owned();
    // A long text takes some milliseconds.
    Ok(tokio::task::spawn_blocking(move || qr::png(&text)).await?.map_err(unfit)?.into())
}

fn unfit(error: qr::QrError) -> Error {
    Error::new(Condition::BadRequest, error.to_string())
}
