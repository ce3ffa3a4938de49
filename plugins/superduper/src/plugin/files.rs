//! Files and stickers, in both directions. Those of the network are fetched by the daemon; those of
//! the user come from the daemon's disk.

use plugin_api::prelude::*;
use plugin_api::{Disposition, UserFile, UserSticker};

use super::account::Account;
use super::chat::{nonce, on_network};
use super::connection::ConnectionState;
use super::errors::explain;
use crate::client;
use crate::protocol::message::Send;
use crate::protocol::{Content, File, Sticker};

/// Splits a message into its files and its other content. `http` is the `host:port` of files.
pub(super) fn split(content: &Content, http: &str) -> (Vec<Attachment>, Content) {
    let mut files: Vec<_> = content.files.iter().map(|file| attachment(file, http)).collect();
    if let Some(sticker) = &content.sticker {
        files.push(Attachment { is_sticker: true, ..attachment(&sticker.file, http) });
    }
    (files, Content { files: Vec::new(), sticker: None, ..content.clone() })
}

fn attachment(file: &File, http: &str) -> Attachment {
    let shown = ["image/", "video/", "audio/"].iter().any(|family| file.media_type.starts_with(family));
    Attachment {
        id: Some(file.id.as_str().into()),
        url: Some(format!("http://{http}{}", file.path)),
        name: Some(file.name.clone()),
        content_type: Some(file.media_type.clone()),
        size: Some(file.size),
        sha256: data_encoding::HEXLOWER.decode(file.sha256.as_bytes()).ok().map(Blob),
        disposition: if shown { Disposition::Inline } else { Disposition::Attachment },
        ..Attachment::default()
    }
}

pub(super) async fn send_file(account: &Account, chat: &Chat, file: UserFile) -> Result<Option<MessageId>> {
    let uploaded = upload(account, &file).await?;
    let content = Content {
        voice: uploaded.media_type.starts_with("audio/"),
        files: vec![uploaded],
        text: file.caption.clone().unwrap_or_default(),
        ..about(&file)
    };
    send_content(account, chat, content, &file).await
}

pub(super) async fn send_sticker(
    account: &Account,
    chat: &Chat,
    sticker: UserSticker,
) -> Result<Option<MessageId>> {
    let picture = upload(account, &sticker.file).await?;
    let emoji = sticker.fallback.unwrap_or_default();
    let content = Content {
        sticker: Some(Sticker { file: picture, emoji, pack: String::new() }),
        ..about(&sticker.file)
    };
    send_content(account, chat, content, &sticker.file).await
}

async fn upload(account: &Account, file: &UserFile) -> Result<File> {
    let Some(path) = &file.path else {
        return Err(Error::new(Condition::NotAcceptable, "The gateway did not hand over the file."));
    };
    let ConnectionState::Up(welcome) = account.connection() else {
        return Err(Error::network("not connected").with_text("Superduper cannot be reached at the moment."));
    };
    let source = tokio::fs::File::open(path).await?;
    let size = source.metadata().await?.len();
    let name = file.name.as_deref().unwrap_or("file");
    let media_type = file.content_type.as_deref().unwrap_or("application/octet-stream");
    client::files::upload(&welcome, name, media_type, size, source).await.map_err(explain)
}

async fn send_content(
    account: &Account,
    chat: &Chat,
    content: Content,
    file: &UserFile,
) -> Result<Option<MessageId>> {
    let chat = on_network(chat)?;
    let nonce = nonce(&chat, &file.stanza_id, &file.url);
    let sent = account.request_patiently(Send { chat, content, nonce }).await.map_err(explain)?;
    Ok(Some(sent.id.into()))
}

fn about(file: &UserFile) -> Content {
    Content {
        reply_to: file.reply.as_ref().map(|reply| reply.id.0.clone()),
        thread: file.thread.as_ref().map(|thread| thread.0.clone()),
        ..Content::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_words_are_told_apart() {
        let file = |id: &str, media_type: &str| File {
            id: id.into(),
            path: format!("/files/{id}/x"),
            media_type: media_type.into(),
            sha256: "00ff".into(),
            ..File::default()
        };
        let content = Content {
            text: "look".into(),
            files: vec![file("1", "image/png"), file("2", "text/plain")],
            sticker: Some(Sticker { file: file("3", "image/webp"), ..Sticker::default() }),
            ..Content::default()
        };
        let (files, rest) = split(&content, "h:1");
        assert_eq!(rest, Content::text("look"));
        let urls: Vec<_> = files.iter().filter_map(|file| file.url.as_deref()).collect();
        assert_eq!(urls, ["http://h:1/files/1/x", "http://h:1/files/2/x", "http://h:1/files/3/x"]);
        assert_eq!(files.iter().map(|file| file.is_sticker).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(files[0].disposition, Disposition::Inline);
        assert_eq!(files[1].disposition, Disposition::Attachment);
        assert_eq!(files[0].sha256, Some(Blob(vec![0, 255])));
    }
}
