//! Pictures of people and groups: fetched for the daemon when they are new, and the user's own
//! uploaded to the network.

use plugin_api::{AvatarId, Blob, UserAvatar};
use tokio::io::AsyncReadExt;

use super::account::Account;
use super::connection::ConnectionState;
use super::errors::explain;
use crate::client::{Error, files};
use crate::protocol::{File, Kind, Refusal, Welcome};

/// Largest picture in bytes: larger than any of a person. It is held in memory.
const MAX_BYTES: u64 = 4 << 20;

/// Downloads a picture.
///
/// # Errors
/// Any [`Error`].
pub(super) async fn download(http: &str, file: &File) -> Result<Blob, Error> {
    if file.size > MAX_BYTES {
        return Err(Refusal::new(Kind::TooLarge, "a picture of a person is not that large").into());
    }
    let mut bytes = Vec::new();
    files::download(http, &file.path).await?.take(MAX_BYTES).read_to_end(&mut bytes).await?;
    Ok(Blob(bytes))
}

/// Uploads the user's picture, and returns its id on the network.
///
/// # Errors
/// Any [`Error`].
pub(super) async fn upload(welcome: &Welcome, avatar: &UserAvatar) -> Result<String, Error> {
    let UserAvatar { data: Blob(bytes), content_type, .. } = avatar;
    let file = files::upload(welcome, "avatar", content_type, bytes.len() as u64, &bytes[..]).await?;
    Ok(file.id)
}

/// Fetches a picture if it is still the one of this id. Otherwise it has changed again, which an
/// event reports.
pub(super) async fn fetch(
    account: &Account,
    file: Option<File>,
    id: &AvatarId,
) -> plugin_api::Result<Option<Blob>> {
    let Some(file) = file.filter(|file| file.sha256 == id.as_str()) else { return Ok(None) };
    let http = account.connection().http();
    download(&http, &file).await.map(Some).map_err(explain)
}

/// Uploads a picture, and returns its id on the network; without one, the empty id, which removes
/// it.
pub(super) async fn bring(account: &Account, avatar: Option<UserAvatar>) -> plugin_api::Result<String> {
    match (avatar, account.connection()) {
        (None, _) => Ok(String::new()),
        (Some(avatar), ConnectionState::Up(welcome)) => upload(&welcome, &avatar).await.map_err(explain),
        (Some(_), ConnectionState::Down) => Err(plugin_api::Error::network("not connected")),
    }
}
