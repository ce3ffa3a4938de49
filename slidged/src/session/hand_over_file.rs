//! A file or a sticker of the user, given to the plugin: fetched, looked at, and on disk for as long as the plugin is at it. What the
//! network does not have becomes something that it has.

use super::{
    delivery::{Delivery, Kind, UserMessage},
    shared::SharedFile,
};
use crate::{
    gateway::{FileAtHand, UploadError},
    media::fetch::FetchError,
    say,
    xmpp::{bob::Cid, encrypted_url::EncryptedUrl},
};
use jid::Jid;
use plugin_api::{Blob, Chat, Condition, Error, MessageId, RemoteSession, UserFile, UserSticker, UserText};
use std::time::Duration;

/// For the plugin to pass a file on, beside what the slowest line that we wait for needs.
const CALL: Duration = Duration::from_secs(60);
/// 1 Mbit/s. Bytes a second.
const SLOWEST: u64 = 128 << 10;

impl Delivery {
    /// Gives what a message says to the plugin.
    pub(super) async fn say(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        message: &UserMessage,
    ) -> Result<Option<MessageId>, Error> {
        match &message.kind {
            Kind::File(file) => self.say_file(remote, chat, message, file).await,
            Kind::Bits { cid } => self.say_bits(remote, chat, message, cid).await,
            _ => remote.on_text(chat, message.text.clone()).await,
        }
    }

    async fn say_file(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        message: &UserMessage,
        file: &SharedFile,
    ) -> Result<Option<MessageId>, Error> {
        if self.takes_files() {
            match self.fetch(message, file).await {
                Ok(at_hand) => {
                    let given = user_file(message, file, &at_hand);
                    let done = self.give(remote, &chat, message, (given, &at_hand), file.sticker).await;
                    if let Some(done) = done {
                        return done;
                    }
                }
                // Others can fetch it, though we do not.
                Err(UploadError::Fetch(FetchError::TooLarge(_)) | UploadError::Huge(_))
                    if !EncryptedUrl::is_one(&file.url) => {}
                Err(error) => return Err(self.not_fetched(&error)),
            }
        }
        if EncryptedUrl::is_one(&file.url) {
            let text = say!(self.language, "no-files", network = &self.gateway.info.component_name);
            return Err(Error::new(Condition::FeatureNotImplemented, text));
        }
        let lines = [message.text.body.as_str(), file.url.as_str()];
        let body: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        remote.on_text(chat, UserText { body: body.join("\n"), ..message.text.clone() }).await
    }

    /// A sticker among bits of binary (K49).
    async fn say_bits(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        message: &UserMessage,
        cid: &str,
    ) -> Result<Option<MessageId>, Error> {
        if self.takes_files()
            && let (Some(cid), Ok(from)) = (Cid::parse(cid), Jid::new(&message.from))
            && let Some(at_hand) = self.gateway.bits_of(&from, cid).await
        {
            let given = user_file(message, &SharedFile::default(), &at_hand);
            if let Some(done) = self.give(remote, &chat, message, (given, &at_hand), true).await {
                return done;
            }
        }
        remote.on_text(chat, message.text.clone()).await
    }

    /// Calls the plugin. `None`: it takes neither files nor stickers.
    async fn give(
        &self,
        remote: &RemoteSession,
        chat: &Chat,
        message: &UserMessage,
        (file, at_hand): (UserFile, &FileAtHand),
        sticker: bool,
    ) -> Option<Result<Option<MessageId>, Error>> {
        let patient = remote.within(CALL + Duration::from_secs(at_hand.size() / SLOWEST));
        if sticker && !self.gateway.lacks("on_sticker") {
            let fallback = file.caption.clone();
            let sha256 = Some(Blob(at_hand.sha256().to_vec()));
            let given = UserSticker { file: UserFile { caption: None, ..file.clone() }, fallback, sha256 };
            match patient.on_sticker(chat.clone(), given).await {
                Err(error) if error == Error::unsupported("on_sticker") => {
                    self.gateway.note_lack("on_sticker");
                }
                done => return Some(done),
            }
        }
        let done = patient.on_file(chat.clone(), file).await;
        if done.as_ref().is_err_and(|error| *error == Error::unsupported("on_file")) {
            self.gateway.note_lack("on_file");
            return None;
        }
        tracing::debug!(bytes = at_hand.size(), stanza = message.text.stanza_id, "a file was handed over");
        Some(done)
    }

    fn takes_files(&self) -> bool {
        self.can.upload && !self.gateway.lacks("on_file")
    }

    async fn fetch(&self, message: &UserMessage, file: &SharedFile) -> Result<FileAtHand, UploadError> {
        let from = Jid::new(&message.from).map_err(|_| UploadError::Nothing)?;
        // Never closed.
        let _turn = self.files.acquire().await;
        self.gateway.fetch_shared(&from.to_bare(), &file.url, file.media_type.as_deref()).await
    }

    fn not_fetched(&self, error: &UploadError) -> Error {
        tracing::info!(%error, "a file of the user could not be fetched");
        let text = say!(self.language, "file-not-sent", why = error.user_text(self.language));
        Error::new(Condition::NotAcceptable, text)
    }
}

fn user_file(message: &UserMessage, file: &SharedFile, at_hand: &FileAtHand) -> UserFile {
    let text = &message.text;
    UserFile {
        stanza_id: text.stanza_id.clone(),
        // Whoever reads it needs no key.
        url: file.url.split('#').next().unwrap_or_default().to_owned(),
        path: Some(at_hand.path().display().to_string()),
        name: file.name.clone().or_else(|| at_hand.name.clone()),
        content_type: Some(at_hand.content_type().to_owned()),
        size: Some(at_hand.size()),
        reply: text.reply.clone(),
        thread: text.thread.clone(),
        caption: Some(text.body.clone()).filter(|caption| !caption.is_empty()),
    }
}
