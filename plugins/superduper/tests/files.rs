//! Files over HTTP, and what is made of them.

mod common;

use common::{Device, network, user};
use superduper::client::{Error, files};
use superduper::protocol::message::Send;
use superduper::protocol::person::SetProfile;
use superduper::protocol::{Content, Event, File, Kind, Sticker};
use superduper::server::{Options, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn upload(device: &Device, name: &str, bytes: &[u8]) -> File {
    files::upload(&device.welcome, name, "image/png", bytes.len() as u64, bytes).await.unwrap()
}

async fn download(device: &Device, file: &File) -> Vec<u8> {
    let mut bytes = Vec::new();
    files::download(&device.welcome.http, &file.path).await.unwrap().read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// Files in memory and in a folder behave the same.
async fn check(options: Options) {
    let server = Server::start(options).await.unwrap();
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let picture = upload(&ada, "../a cat 🐈.png", &bytes).await;
    assert_eq!((picture.name.as_str(), picture.size), ("../a cat 🐈.png", 300_000));
    let content =
        Content { files: vec![File { id: picture.id.clone(), ..File::default() }], ..Content::default() };
    ada.ask(Send { chat: user("bob"), content, nonce: None }).await;
    let message = bob
        .until(|event| if let Event::Message { message, .. } = event { Some(message) } else { None })
        .await;
    assert_eq!(message.content.files, std::slice::from_ref(&picture), "the server fills in what it knows");
    assert_eq!(download(&bob, &picture).await, bytes);

    let sticker = Sticker { file: picture.clone(), emoji: "🐈".into(), pack: "cats".into() };
    let content = Content { sticker: Some(sticker.clone()), ..Content::default() };
    ada.ask(Send { chat: user("bob"), content, nonce: None }).await;
    let message = bob
        .until(|event| if let Event::Message { message, .. } = event { Some(message) } else { None })
        .await;
    assert_eq!(message.content.sticker, Some(sticker));
    let profile = ada.ask(SetProfile { avatar: Some(picture.id.clone()), ..SetProfile::default() }).await;
    assert_eq!(profile.avatar, Some(picture.clone()));
    let profile = ada.ask(SetProfile { avatar: Some(String::new()), ..SetProfile::default() }).await;
    assert_eq!(profile.avatar, None);
    assert_eq!(
        ada.refused(SetProfile { avatar: Some("x".into()), ..SetProfile::default() }).await,
        Kind::NotFound
    );

    let mut socket = TcpStream::connect(server.http()).await.unwrap();
    let path = &picture.path;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nRange: bytes=256-259\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 206 "));
    assert!(answer.ends_with(b"\r\n\r\n\x00\x01\x02\x03"));
}

#[tokio::test]
async fn files_in_memory_are_uploaded_sent_and_read() {
    check(Options::default()).await;
}

#[tokio::test]
async fn files_in_a_folder_are_uploaded_sent_and_read() {
    let folder = tempfile::tempdir().unwrap();
    check(Options { state: Some(folder.path().to_owned()), ..Options::default() }).await;
    let names = std::fs::read_dir(folder.path().join("files")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 1);
    assert!(names[0].len() == 32 && names[0].bytes().all(|byte| byte.is_ascii_hexdigit()), "{names:?}");
}

#[tokio::test]
async fn strangers_upload_nothing_and_nobody_too_much() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut wrong = ada.welcome.clone();
    wrong.token = "x".into();
    let refused = files::upload(&wrong, "x", "text/plain", 1, &b"x"[..]).await;
    assert!(matches!(refused, Err(Error::Refused(refusal)) if refusal.kind == Kind::NotLoggedIn));
    let refused = files::upload(&ada.welcome, "x", "text/plain", 1 << 40, tokio::io::repeat(0)).await;
    assert!(matches!(refused, Err(Error::Refused(refusal)) if refusal.kind == Kind::TooLarge));
    assert!(matches!(
        files::download(&ada.welcome.http, "/files/00000000000000000000000000000000/x").await,
        Err(Error::Refused(refusal)) if refusal.kind == Kind::NotFound
    ));
}
