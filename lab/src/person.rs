//! A person on the other network: a small client of `superduperd`, written from its PROTOCOL.md
//! alone.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http;
use crate::inbox::Inbox;
use crate::wait::PATIENCE;

type Asked = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A user of the example network with one device. Dropping it closes the connection.
#[derive(Debug)]
pub struct Person {
    id: String,
    inbox: Arc<Inbox<Value>>,
    asked: Asked,
    numbers: AtomicU64,
    lines: Arc<tokio::sync::Mutex<OwnedWriteHalf>>,
    reader: JoinHandle<()>,
    /// Answer of the server to the login.
    welcome: Value,
}

impl Person {
    /// Makes the account if it is new, and logs in from a device of this name.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connect(server: SocketAddr, id: &str, name: &str, device: &str) -> Self {
        let tcp = TcpStream::connect(server)
            .await
            .unwrap_or_else(|e| panic!("cannot connect to superduperd at {server}: {e}"));
        let (read, write) = tcp.into_split();
        let inbox = Arc::new(Inbox::new(format!("{id} on the other network")));
        let (asked, lines) = (Asked::default(), Arc::new(tokio::sync::Mutex::new(write)));
        let reader =
            tokio::spawn(read_lines(BufReader::new(read), inbox.clone(), asked.clone(), lines.clone()));
        let numbers = AtomicU64::new(1);
        let mut person = Person { id: id.into(), inbox, asked, numbers, lines, reader, welcome: Value::Null };
        // An account that exists already is fine; a wrong password shows at the login.
        drop(
            person
                .try_ask(
                    "create_account",
                    json!({ "user": id, "password": Self::password(id), "name": name }),
                )
                .await,
        );
        let login = json!({ "user": id, "password": Self::password(id), "device": device });
        person.welcome = person.ask("login", login).await;
        person
    }

    /// The password of every [`Person`].
    #[must_use]
    pub fn password(id: &str) -> String {
        format!("{id}'s password")
    }

    /// Returns the person's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Asks the server.
    ///
    /// # Errors
    /// The server's error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn try_ask(&self, what: &str, mut fields: Value) -> Result<Value, Value> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (asker, answer) = oneshot::channel();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(number, asker);
        fields["do"] = what.into();
        fields["req"] = number.into();
        write_line(&self.lines, &fields).await;
        let Ok(Ok(mut answer)) = timeout(PATIENCE, answer).await else {
            panic!("superduperd did not answer {fields}")
        };
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Asks the server for what it must grant.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ask(&self, what: &str, fields: Value) -> Value {
        self.try_ask(what, fields)
            .await
            .unwrap_or_else(|e| panic!("superduperd refused {what} to {}: {e}", self.id))
    }

    /// Makes two people friends.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn befriend(&self, other: &Person) {
        self.ask("befriend", json!({ "user": other.id })).await;
        other.ask("befriend", json!({ "user": self.id })).await;
    }

    /// Sends a text and gives its id.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn say(&self, to: &str, text: &str) -> String {
        let sent = self.ask("send", json!({ "chat": { "user": to }, "text": text })).await;
        sent["id"].as_str().map_or_else(|| sent["id"].to_string(), str::to_owned)
    }

    /// Uploads a file, and gives what the server says of it.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn upload(&self, name: &str, content_type: &str, bytes: &[u8]) -> Value {
        let welcome = |key: &str| self.welcome[key].as_str().unwrap_or_default();
        let url = format!("http://{}/files/{name}", welcome("http"));
        let token = format!("Bearer {}", welcome("token"));
        let headers = [("Authorization", token.as_str()), ("Content-Type", content_type)];
        let answer = http::request("PUT", &url, &headers, bytes).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).expect("a description of the file")
    }

    /// Fetches a file that a message tells of.
    ///
    /// # Panics
    /// When the server does not have it.
    pub async fn download(&self, file: &Value) -> Vec<u8> {
        let (http, path) = (self.welcome["http"].as_str(), file["path"].as_str());
        let url = format!("http://{}{}", http.unwrap_or_default(), path.unwrap_or_default());
        let answer = http::fetch(&url).await;
        assert_eq!(answer.status, 200, "{url}");
        answer.body
    }

    /// Sends files, with a text beside them, and gives the message's id.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn share(&self, to: &str, files: &[&Value], text: &str) -> String {
        let message = json!({ "chat": { "user": to }, "files": files, "text": text });
        self.ask("send", message).await["id"].as_str().expect("an id").to_owned()
    }

    /// Sets the availability: `available`, `away`, `extended_away`, `busy` or `offline`.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn set_presence(&self, show: &str, text: &str) {
        self.ask("set_presence", json!({ "show": show, "text": text })).await;
    }

    /// Starts or stops typing: `typing`, `paused`, `active`…
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn types(&self, to: &str, activity: &str) {
        self.ask("typing", json!({ "chat": { "user": to }, "activity": activity })).await;
    }

    /// Changes the picture, or takes it away.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn set_picture(&self, picture: Option<&[u8]>) {
        let mut file = String::new();
        if let Some(bytes) = picture {
            let told = self.upload("me", "image/gif", bytes).await;
            file = told["id"].as_str().expect("an id").to_owned();
        }
        self.ask("set_profile", json!({ "avatar": file })).await;
    }

    /// Waits for an event that fits, and takes it.
    ///
    /// # Panics
    /// When none comes in time, with a list of what came instead.
    pub async fn expect(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.inbox.expect(what, fits).await
    }

    /// Waits for a message with this text.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn hear(&self, from: &str, text: &str) -> Value {
        let what = format!("{text:?} from {from}");
        let fits = |e: &Value| {
            e["event"] == "message" && e["message"]["from"] == from && e["message"]["text"] == text
        };
        self.expect(&what, fits).await
    }

    /// Waits for any message, however long it takes.
    pub async fn listen(&self) -> Value {
        self.inbox.listen(|e| e["event"] == "message").await
    }

    /// Takes all events so far that fit.
    #[must_use]
    pub fn take(&self, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        self.inbox.take(fits)
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read_lines(
    from: BufReader<tokio::net::tcp::OwnedReadHalf>,
    inbox: Arc<Inbox<Value>>,
    asked: Asked,
    to: Arc<tokio::sync::Mutex<OwnedWriteHalf>>,
) {
    let mut lines = from.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
        if let Some(number) = line["ans"].as_u64() {
            let asker = asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
            if let Some(asker) = asker {
                drop(asker.send(line));
            }
            continue;
        }
        if let Some(seq) = line["seq"].as_u64() {
            write_line(&to, &json!({ "do": "ack", "upto": seq })).await;
        }
        inbox.put(line);
    }
}

/// A server that is gone shows where an answer is missing.
async fn write_line(to: &tokio::sync::Mutex<OwnedWriteHalf>, line: &Value) {
    drop(to.lock().await.write_all(format!("{line}\n").as_bytes()).await);
}
