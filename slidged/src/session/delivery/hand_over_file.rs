//! Files and stickers of the user, handed over to the plugin: fetched, examined, and on disk until
//! the plugin is done. What the network does not have becomes something that it has.

use crate::media::fetch::FetchError;
use crate::say;
use crate::services::DownloadedFile;
use crate::services::UploadError;
use crate::session::delivery::Delivery;
use crate::session::delivery::Done;
use crate::session::message::Kind;
use crate::session::message::UserMessage;
use crate::session::shared_file::SharedFile;
use crate::store::Entry;
use crate::store::StoreError;
use crate::xmpp::bob::Cid;
use crate::xmpp::encrypted_url::EncryptedUrl;
use jid::Jid;
use plugin_api::Blob;
use plugin_api::Chat;
use plugin_api::Condition;
use plugin_api::Error;
use plugin_api::MessageId;
use plugin_api::RemoteSession;
use plugin_api::UserFile;
use plugin_api::UserSticker;
use plugin_api::UserText;
use std::time::Duration;

/// Time in which the plugin has to pass on a file, besides the transfer itself.
const CALL: Duration = Duration::from_secs(60);
/// Slowest transfer that is waited for, in bytes a second: 1 Mbit/s.
const SLOWEST: u64 = 128 << 10;

impl Delivery {
    /// Hands over the content of a message to the plugin.
    pub(super) async fn say(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        message: &UserMessage,
    ) -> Result<Done, Error> {
        let id = match &message.kind {
            Kind::Files(files) => return self.say_files(remote, chat, message, files).await,
            Kind::Bits { cid } => self.say_bits(remote, chat, message, cid).await?,
            _ => remote.on_text(chat, message.text.clone()).await?,
        };
        Ok(Done { id, ..Done::default() })
    }

    /// Hands over files one after the other, up to one that fails: those behind it would be out of
    /// order.
    async fn say_files(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        message: &UserMessage,
        files: &[SharedFile],
    ) -> Result<Done, Error> {
        let mut done = Done::default();
        for (n, file) in files.iter().enumerate() {
            let text = beside(&message.text, n);
            let id = match self.say_file(remote, chat.clone(), (message, &text), file).await {
                Ok(id) => id,
                Err(error) if files.len() == 1 => return Err(error),
                Err(error) => return Err(self.not_all(&files[n..], error)),
            };
            let own = Some(MessageId::from(text.stanza_id)).filter(|own| !own.0.is_empty());
            let Some(named) = id.clone().or(own) else { continue };
            if files.len() > 1 {
                self.note_file(message, &named).await;
            }
            if n == 0 {
                done.id = id;
            } else {
                done.further.push(named);
            }
        }
        Ok(done)
    }

    /// Notes the id of one file of several before the next is sent, so that they can be told apart
    /// whatever becomes of the others.
    async fn note_file(&self, message: &UserMessage, id: &MessageId) {
        let writes = vec![self.said(message, id.as_str(), 0)];
        if let Err(error) = self.journal.submit(Entry { writes, ..Entry::default() }).await {
            if let StoreError::NoSuchUser = error {
                return tracing::debug!(%error, "the id of a file was not noted");
            }
            tracing::error!(%error, "the id of a file could not be noted");
        }
    }

    /// Makes the error for files of which the first failed and the others were not tried.
    fn not_all(&self, files: &[SharedFile], error: Error) -> Error {
        let mut names = files.iter().map(SharedFile::shown_name);
        let first = names.next().unwrap_or_default();
        let mut text = format!("{first}: {}", error.user_text());
        let others: Vec<_> = names.collect();
        if !others.is_empty() {
            let also = say!(self.language, "files-not-sent-either", names = others.join(", "));
            text = format!("{text} {also}");
        }
        error.with_text(text)
    }

    async fn say_file(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        (message, text): (&UserMessage, &UserText),
        file: &SharedFile,
    ) -> Result<Option<MessageId>, Error> {
        if self.takes_files() {
            let fetched = self.fetch(message, file).await;
            if fetched.as_ref().map_or(true, |at_hand| is_page(at_hand.content_type()))
                && let Some(body) = self.only_a_link(message, file).await
            {
                tracing::debug!(error = ?fetched.err(), "what was marked like a file is a link");
                return remote.on_text(chat, UserText { body, ..text.clone() }).await;
            }
            match fetched {
                Ok(at_hand) => {
                    let given = user_file(text, file, &at_hand);
                    let done = self.give(remote, &chat, (given, &at_hand), file.sticker).await;
                    if let Some(done) = done {
                        return done;
                    }
                }
                // Others can fetch it, although the gateway does not.
                Err(UploadError::Fetch(FetchError::TooLarge(_)) | UploadError::Huge(_))
                    if !EncryptedUrl::is_one(&file.url) => {}
                Err(error) => return Err(self.not_fetched(&error)),
            }
        }
        if EncryptedUrl::is_one(&file.url) {
            let text = say!(self.language, "no-files", network = &self.services.info.component_name);
            return Err(Error::new(Condition::FeatureNotImplemented, text));
        }
        let lines = [text.body.as_str(), file.url.as_str()];
        let body: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        remote.on_text(chat, UserText { body: body.join("\n"), ..text.clone() }).await
    }

    /// Hands over a sticker that is sent as bits of binary (XEP-0231; K49).
    async fn say_bits(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        message: &UserMessage,
        cid: &str,
    ) -> Result<Option<MessageId>, Error> {
        if self.takes_files()
            && let (Some(cid), Ok(from)) = (Cid::parse(cid), Jid::new(&message.from))
            && let Some(at_hand) = self.services.downloads.bits_of(&from, cid).await
        {
            let given = user_file(&message.text, &SharedFile::default(), &at_hand);
            if let Some(done) = self.give(remote, &chat, (given, &at_hand), true).await {
                return done;
            }
        }
        remote.on_text(chat, message.text.clone()).await
    }

    /// Calls the plugin. `None` when it takes neither files nor stickers.
    async fn give(
        &self,
        remote: &RemoteSession,
        chat: &Chat,
        (file, at_hand): (UserFile, &DownloadedFile),
        sticker: bool,
    ) -> Option<Result<Option<MessageId>, Error>> {
        let patient = remote.within(CALL + Duration::from_secs(at_hand.size() / SLOWEST));
        if sticker && !self.services.hooks.lacks("on_sticker") {
            let fallback = file.caption.clone();
            let sha256 = Some(Blob(at_hand.sha256().to_vec()));
            let given = UserSticker { file: UserFile { caption: None, ..file.clone() }, fallback, sha256 };
            match patient.on_sticker(chat.clone(), given).await {
                Err(error) if error == Error::unsupported("on_sticker") => {
                    self.services.hooks.note_lack("on_sticker");
                }
                done => return Some(done),
            }
        }
        let stanza = file.stanza_id.clone();
        let done = patient.on_file(chat.clone(), file).await;
        if done.as_ref().is_err_and(|error| *error == Error::unsupported("on_file")) {
            self.services.hooks.note_lack("on_file");
            return None;
        }
        tracing::debug!(bytes = at_hand.size(), stanza, "a file was handed over");
        Some(done)
    }

    fn takes_files(&self) -> bool {
        self.can.upload && !self.services.hooks.lacks("on_file")
    }

    async fn fetch(&self, message: &UserMessage, file: &SharedFile) -> Result<DownloadedFile, UploadError> {
        let from = Jid::new(&message.from).map_err(|_| UploadError::Nothing)?;
        // The semaphore is never closed.
        let _turn = self.files.acquire().await;
        self.services
            .downloads
            .fetch_shared((self.user, &from.to_bare()), &file.url, file.media_type.as_deref())
            .await
    }

    /// Returns the text with an address that only a mark of the client makes a file's. `None` if
    /// the user's files lie at that address, so that it is a file.
    async fn only_a_link(&self, message: &UserMessage, file: &SharedFile) -> Option<String> {
        let link = file.link.clone()?;
        let from = Jid::new(&message.from).ok()?;
        (!self.services.downloads.is_upload(&from.to_bare(), &file.url).await).then_some(link)
    }

    fn not_fetched(&self, error: &UploadError) -> Error {
        tracing::info!(%error, "a file of the user could not be fetched");
        let text = say!(self.language, "file-not-sent", why = error.user_text(self.language));
        let condition = match error {
            UploadError::Day => Condition::ResourceConstraint,
            _ => Condition::NotAcceptable,
        };
        Error::new(condition, text)
    }
}

/// Returns the text that goes with the file at that place: with the first, the words and the reply.
/// The others get ids of their own, so that a network that recognises repeats does not take them
/// for some.
fn beside(text: &UserText, place: usize) -> UserText {
    if place == 0 {
        return text.clone();
    }
    let stanza_id = match text.stanza_id.as_str() {
        "" => String::new(),
        id => format!("{id}#{}", place + 1),
    };
    UserText { stanza_id, thread: text.thread.clone(), when: text.when, ..UserText::default() }
}

/// Tells whether browsers show that as a page: clients mark any web address as they do a file's.
fn is_page(content_type: &str) -> bool {
    matches!(content_type, "text/html" | "application/xhtml+xml")
}

fn user_file(text: &UserText, file: &SharedFile, at_hand: &DownloadedFile) -> UserFile {
    UserFile {
        stanza_id: text.stanza_id.clone(),
        // The fragment is the key, and the file is decrypted already.
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
