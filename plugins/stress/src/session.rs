//! Reactions to each text:
//!
//! | text | what happens |
//! |---|---|
//! | `panic` | before anything was awaited |
//! | `panic at once` | before there is a future |
//! | `panic later` | after something was awaited |
//! | `panic oddly` | with a payload whose drop panics in turn |
//! | `panic when cancelled` | never answers, and panics when given up |
//! | `panic in poll` | the interface's own glue panics (see [`crate::garbage`]) |
//! | `never` | never answers |
//! | `cancelled` | how many calls of this user that never answered were dropped |
//! | `block N` | blocks its thread for N milliseconds |
//! | `error` | an error of the operating system, with a text that no user may see |
//! | `flood N` | sends N texts without waiting for any |
//! | `log flood N` | logs N events |
//! | `background` | sends `tick N` for ever, one after the other |
//! | `background panic` | in a task that nobody waits for |
//! | `ask` | asks the user and returns the answer |
//! | `qr TEXT` | shows the user a QR code and says its address |
//! | `file TEXT` | sends the text as a file, from the gateway |
//! | `attach url URL` | the contact sends a file that is there |
//! | `attach path PATH` | the same of a file of the daemon's machine |
//! | `attach N SIZE` | the contact sends N files of so many bytes |
//! | `invite ROOM` | invites the user to that room, as the gateway |
//! | `groups A,B` | the friend is in these groups of the contact list |
//! | `phone` | the friend uses a telephone |
//! | `picture url URL`, `picture path PATH` | that is the friend's picture; says whether it was refused |
//! | `bomb` | the friend's picture claims to have four thousand million pixels |
//! | `tcp`, `child` | does I/O on the plugin's own runtime |
//! | `thread` | the name of the thread it runs on |
//! | `log` | logs a span and events |
//! | `Correction: …` | says it back; its id is `corrected` |
//! | `ids ID…` | sends a text of each of these ids |
//! | `disappear SECONDS` | sends a text that disappears |
//! | `late ID` | reacts to a message, corrects it and sends it, in this order |
//! | `garbage`, `garbage error`, `wrong type`, `nothing` | answers with what cannot be read |

use plugin_api::prelude::*;
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net, task,
};

pub(crate) struct StressSession {
    user: User,
    host: Host,
}

/// Number of calls of each user that never answer and were dropped.
static CANCELLED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

fn cancelled<R>(f: impl FnOnce(&mut BTreeMap<String, usize>) -> R) -> R {
    f(&mut CANCELLED.lock().unwrap_or_else(PoisonError::into_inner))
}

struct CountsDrop(String);

impl Drop for CountsDrop {
    fn drop(&mut self) {
        cancelled(|counts| *counts.entry(self.0.clone()).or_default() += 1);
    }
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("in a drop");
    }
}

impl StressSession {
    pub(crate) fn new(user: User, host: Host) -> Self {
        StressSession { user, host }
    }

    fn counts_drop(&self) -> CountsDrop {
        CountsDrop(self.user.jid.clone())
    }

    async fn act(&self, chat: Chat, body: String) -> Result<Option<String>> {
        let (what, number) = match body.rsplit_once(' ') {
            Some((what, number)) => match number.parse::<u64>() {
                Ok(number) => (what, number),
                Err(_) => (body.as_str(), 0),
            },
            None => (body.as_str(), 0),
        };
        let friend = self.host.contact(chat.id);
        if let Some(text) = body.strip_prefix("qr ") {
            let url = self.host.send_qr(text.to_owned()).await?;
            friend
                .send_text(Text::new(format!("shown at {}", url.as_deref().unwrap_or("no address"))))
                .await?;
            return Ok(None);
        }
        if let Some(text) = body.strip_prefix("file ") {
            let (data, caption) = (Some(Blob(text.into())), Some("a caption".to_owned()));
            let (name, content_type) = (Some("text.txt".to_owned()), Some("text/plain".to_owned()));
            let file = Attachment { data, caption, name, content_type, ..Attachment::default() };
            self.host.send_gateway_file(file).await?;
            return Ok(None);
        }
        if let Some(what) = body.strip_prefix("attach ") {
            return attach(&friend, what).await.map(|()| None);
        }
        if let Some(room) = body.strip_prefix("invite ") {
            self.host.send_gateway_invite(room.into(), Some("as asked".to_owned()), None).await?;
            return Ok(None);
        }
        if body.starts_with("Correction: ") {
            friend.send_text(Text::new(body)).await?;
            return Ok(Some("corrected".to_owned()));
        }
        if let Some(ids) = body.strip_prefix("ids ") {
            for id in ids.split(' ') {
                friend.send_text(Text::new(format!("this is {id}")).id(id)).await?;
            }
            return Ok(None);
        }
        if let Some(seconds) = body.strip_prefix("disappear ") {
            let expires_in = seconds.parse().ok();
            friend.send_text(Text { expires_in, ..Text::new("gone in a moment") }).await?;
            return Ok(None);
        }
        if let Some(id) = body.strip_prefix("late ") {
            let reacted = friend.react(id, vec!["👍".to_owned()]);
            let corrected = friend.correct(id, Text::new("late, corrected"));
            friend.send_text(Text::new("late").id(id)).await?;
            reacted.await?;
            corrected.await?;
            return Ok(Some(id.to_owned()));
        }
        if let Some((kind, place)) = body.strip_prefix("picture ").and_then(|rest| rest.split_once(' ')) {
            let place = Some(place.to_owned());
            let (url, path) = if kind == "url" { (place, None) } else { (None, place) };
            let refused = friend.set_avatar(Avatar { url, path, ..Avatar::none() }).await.is_err();
            friend.send_text(Text::new(format!("refused: {refused}"))).await?;
            return Ok(None);
        }
        if let Some(groups) = body.strip_prefix("groups ") {
            let groups = Some(groups.split(',').map(str::to_owned).collect());
            friend.update(ContactInfo { groups, ..ContactInfo::default() }).await?;
            return Ok(None);
        }
        match what {
            "phone" => {
                let info = ContactInfo { client_type: Some(ClientType::Phone), ..ContactInfo::default() };
                friend.update(info).await?;
                friend.online().await?;
            }
            "bomb" => {
                let bomb = b"GIF89a\xff\xff\xff\xff\x80\0\0\xff\0\0\0\0\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;";
                let avatar = Avatar { data: Some(Blob(bomb.to_vec())), ..Avatar::none() };
                let refused = friend.set_avatar(avatar).await.is_err();
                friend.send_text(Text::new(format!("refused: {refused}"))).await?;
            }
            "panic" => panic!("as asked"),
            "panic later" => {
                task::yield_now().await;
                panic!("after an await, as asked")
            }
            "panic oddly" => std::panic::panic_any(PanicsOnDrop),
            "panic when cancelled" => {
                // The bomb is dropped first.
                let (_counts, _bomb) = (self.counts_drop(), PanicsOnDrop);
                pending::<()>().await;
            }
            "never" => {
                let _counts = self.counts_drop();
                pending::<()>().await;
            }
            "cancelled" => {
                return Ok(Some(
                    cancelled(|counts| counts.get(&self.user.jid).copied().unwrap_or(0)).to_string(),
                ));
            }
            "block" => std::thread::sleep(Duration::from_millis(number)),
            "error" => return Err(std::io::Error::other("secret token 1234 refused by 10.0.0.7").into()),
            "flood" => {
                for n in 0..number {
                    friend.send_text(Text::new(n.to_string()));
                }
            }
            "log flood" => {
                for n in 0..number {
                    tracing::info!(n, "flood");
                }
            }
            "background" => {
                let counts = self.counts_drop();
                self.host.spawn(async move {
                    let _counts = counts;
                    for n in 0_u64.. {
                        let sent = friend.send_text(Text::new(format!("tick {n}"))).await;
                        if sent.is_err() {
                            break;
                        }
                    }
                });
            }
            "background panic" => self.host.spawn(async { panic!("in the background, as asked") }),
            "ask" => return self.host.ask("?").await.map(Some),
            "tcp" => {
                let listener = net::TcpListener::bind("127.0.0.1:0").await?;
                let mut client = net::TcpStream::connect(listener.local_addr()?).await?;
                let (mut server, _) = listener.accept().await?;
                server.write_all(b"pong").await?;
                let mut buffer = [0; 4];
                client.read_exact(&mut buffer).await?;
                return Ok(Some(String::from_utf8(buffer.into())?));
            }
            "child" => {
                let output = tokio::process::Command::new("echo").arg("hi").output().await?;
                return Ok(Some(String::from_utf8(output.stdout)?));
            }
            "thread" => return Ok(std::thread::current().name().map(str::to_owned)),
            "log" => {
                let span = tracing::debug_span!("outer", answer = 42, later = tracing::field::Empty);
                span.record("later", "recorded");
                span.in_scope(|| {
                    tracing::trace!("hidden");
                    tracing::debug!(ok = true, ratio = 0.5, "hello {}", "log");
                });
            }
            _ => {
                friend.send_text(Text::new(body)).await?;
            }
        }
        Ok(None)
    }
}

/// Has the contact send files; not waited for, as by a network that goes on.
async fn attach(friend: &Contact, what: &str) -> Result<()> {
    let (first, rest) = what.split_once(' ').unwrap_or((what, ""));
    let file = match first {
        "url" => Attachment { url: Some(rest.to_owned()), ..Attachment::default() },
        "path" => Attachment { path: Some(rest.to_owned()), ..Attachment::default() },
        number => {
            for _ in 0..number.parse::<u32>()? {
                let data = Some(Blob(vec![0; rest.parse()?]));
                friend.send_file(Attachment { data, ..Attachment::default() }, Text::default()).await?;
            }
            return Ok(());
        }
    };
    friend.send_file(file, Text::default());
    Ok(())
}

impl Session for StressSession {
    async fn login(&self) -> Result<Option<String>> {
        match self.user.data.get("login").map(String::as_str) {
            Some("credentials") => Err(Error::credentials("Wrong password.")),
            Some("network") => Err(Error::network("connection refused")),
            Some("rate-limit") => Err(Error::rate_limit(Some(Duration::from_secs(30)))),
            Some("error") => Err(Error::internal("in login, as asked")),
            Some("panic") => panic!("in login"),
            Some("never") => pending().await,
            _ => Ok(Some("at your service".to_owned())),
        }
    }

    async fn logout(&self) -> Result<()> {
        Ok(())
    }

    // Not an `async fn`, so that something can panic before there is a future.
    fn on_text(
        &self,
        chat: Chat,
        message: UserText,
    ) -> impl Future<Output = Result<Option<MessageId>>> + Send {
        assert_ne!(message.body, "panic at once", "as asked");
        async move { Ok(self.act(chat, message.body).await?.map(MessageId)) }
    }

    async fn on_react(
        &self,
        chat: Chat,
        id: MessageId,
        emojis: Vec<String>,
        _: Option<ThreadId>,
    ) -> Result<()> {
        let text =
            format!("{id}: {}", if emojis.is_empty() { "nothing".to_owned() } else { emojis.join(" ") });
        self.host.contact(chat.id).send_text(Text::new(text)).await?;
        Ok(())
    }

    async fn on_displayed(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        self.host.contact(chat.id).send_text(Text::new(format!("{id} is read"))).await?;
        Ok(())
    }

    /// Only one contact has restrictions: it can do less than others.
    async fn update_contact_info(&self, contact: ContactId) -> Result<ContactInfo> {
        if contact.as_str() != "plain" {
            return Err(Error::unsupported("update_contact_info"));
        }
        let features = Some(Features { chat_states: true, ..Features::default() });
        Ok(ContactInfo { features, ..ContactInfo::friend("plain", "Plain") })
    }

    async fn available_emojis(&self, _: Chat, _: Option<MessageId>) -> Result<Option<Vec<String>>> {
        Ok(Some(vec!["👍".to_owned(), "❤\u{fe0f}".to_owned()]))
    }

    /// Finds one friend, who is called as was asked; nobody, if nothing was.
    async fn on_search(&self, form: Form) -> Result<Option<SearchResult>> {
        let asked = |var: &str| form.get(var).cloned().unwrap_or_default();
        let [first, last, email] = ["first", "last", "email"].map(asked);
        let name = format!("{first} {last}").trim().to_owned();
        if name.is_empty() && email.is_empty() {
            return Ok(None);
        }
        let columns = vec![
            Field::addresses("jid", "Address"),
            Field::text("name", "Name"),
            Field::text("email", "Mail"),
        ];
        Ok(Some(Table::new("Friends", columns).row(["friend".to_owned(), name, email])))
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        Ok(vec![ContactInfo::friend("friend", "A friend")])
    }
}

impl Drop for StressSession {
    fn drop(&mut self) {
        // There is a runtime even here.
        task::spawn(async {});
        match self.user.data.get("drop").map(String::as_str) {
            Some("panic") => panic!("in Session::drop"),
            Some("block") => std::thread::sleep(Duration::from_secs(1)),
            _ => {}
        }
    }
}
