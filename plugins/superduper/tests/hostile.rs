//! Bad input: an answer or a goodbye for whoever sent it, and nobody else is affected.

mod common;

use common::{Device, network};
use superduper::protocol::login::Ping;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends bytes and returns the first line of the answer.
async fn say(server: &superduper::server::Server, bytes: &[u8]) -> String {
    let mut socket = BufReader::new(TcpStream::connect(server.listening()).await.unwrap());
    // The server may close before it has read everything.
    let _ = socket.write_all(bytes).await;
    let mut line = String::new();
    let _ = timeout(common::SOON, socket.read_line(&mut line)).await.expect("no answer");
    line
}

#[tokio::test]
async fn nonsense_is_answered_and_the_connection_goes_on() {
    let server = network().await;
    for nonsense in [
        &b"\n \r\nhello\n"[..],
        b"[]\n",
        b"{}\n",
        b"{\"do\":\"fly\"}\n",
        b"{\"do\":\"send\",\"chat\":7}\n",
        b"\xff\xfe\n",
    ] {
        let answer = say(&server, nonsense).await;
        assert!(answer.starts_with(r#"{"ans":0,"error":{"kind":"bad_request""#), "{answer}");
    }
    let answer =
        say(&server, br#"{"req":7,"do":"fly"}"#.iter().chain(b"\n").copied().collect::<Vec<_>>().as_slice())
            .await;
    assert!(answer.starts_with(r#"{"ans":7,"error""#), "{answer}");
    let deep = [&b"{\"req\":1,\"do\":\"ping\",\"x\":"[..], &b"[".repeat(100_000), b"\n"].concat();
    assert!(say(&server, &deep).await.contains("bad_request"));
    assert_eq!(say(&server, b"{\"req\":1,\"do\":\"ping\",\"x\":1}\r\n").await, "{\"ans\":1,\"ok\":{}}\n");
}

#[tokio::test]
async fn an_endless_line_ends_the_connection_and_nobody_elses() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let answer = say(&server, &vec![b'x'; 2 * 1024 * 1024]).await;
    // A closed socket with unread bytes may be reset before the goodbye is read.
    assert!(answer.is_empty() || answer.contains("too_large"), "{answer}");
    ada.ask(Ping {}).await;
}
