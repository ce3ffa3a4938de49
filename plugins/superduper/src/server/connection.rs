//! Connection of one client: its login and its requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::devices;
use super::faults::OnRequest;
use super::hub::{self, Hub, clock, random};
use super::qr::Approved;
use super::world::{Actor, Change, End, Line, Link, NewAccount, Outcome, Pending, Secret, digest};
use super::writer;
use crate::protocol::lines;
use crate::protocol::login::{CreateAccount, Login, QrCode, QrLogin, SetSecrets};
use crate::protocol::wire::{self, FromClient, json};
use crate::protocol::{DeviceId, Effect, Event, Fault, FaultKind, Kind, Millis, Refusal, Request, limits};

/// Time that a connection may take to log in. Accounts may be created and QR codes shown before, so
/// a person may be typing.
const LOGIN: Duration = Duration::from_secs(300);

/// Serves a connection until it ends.
pub(super) async fn serve(hub: Arc<Hub>, socket: TcpStream) {
    // The lines are small, and somebody waits for them. If it fails, they are only slower.
    let _ = socket.set_nodelay(true);
    let (read, write) = socket.into_split();
    let (out, pending) = mpsc::channel(limits::OUT_QUEUE);
    let (end, ended) = watch::channel(None);
    let mut writing = tokio::spawn(writer::run(hub.clone(), write, pending, ended));
    let number = hub.number();
    let mut connection = Connection { hub, number, out, end, by: None, qr: None };
    tokio::select! {
        biased;
        _ = &mut writing => {}
        () = connection.read(BufReader::with_capacity(16 * 1024, read)) => {}
    }
    if let Some(by) = connection.by.take() {
        connection.hub.detach(&by, number);
    }
    // The client has sent its last line. What it asked before is still answered; then the end of
    // the channel ends the writer.
    drop(connection);
    if !writing.is_finished() {
        let _ = writing.await;
    }
}

struct Connection {
    hub: Arc<Hub>,
    number: u64,
    out: mpsc::Sender<Pending>,
    end: watch::Sender<Option<End>>,
    by: Option<Actor>,
    qr: Option<Showing>,
}

/// QR code that this connection shows.
struct Showing {
    device: DeviceId,
    approved: oneshot::Receiver<Approved>,
    until: Instant,
}

/// End of the connection, as an error.
struct Over;

impl Connection {
    async fn read(&mut self, mut source: BufReader<tokio::net::tcp::OwnedReadHalf>) {
        let deadline = Instant::now() + LOGIN;
        let mut line = Vec::new();
        loop {
            let refresh = self.qr.as_ref().map(|showing| showing.until);
            let over = tokio::select! {
                read = lines::read(&mut source, &mut line, limits::LINE_IN) => match read {
                    Ok(true) => {
                        let over = self.line(&line).await;
                        line.clear();
                        over
                    }
                    Ok(false) => Err(Over),
                    Err(error) => {
                        if error.kind() == std::io::ErrorKind::InvalidData {
                            self.bye("too_large").await;
                        }
                        Err(Over)
                    }
                },
                approved = approval(&mut self.qr) => self.approved(approved).await,
                () = sleep_until(refresh.unwrap_or(deadline)), if refresh.is_some() => self.refresh().await,
                () = sleep_until(deadline), if self.by.is_none() => {
                    self.bye("expired").await;
                    Err(Over)
                }
            };
            if over.is_err() {
                return;
            }
        }
    }

    /// Ends the connection in order, and waits until it is closed.
    async fn bye(&self, reason: &'static str) {
        self.end.send_replace(Some(End::Bye(reason)));
        self.end.closed().await;
    }

    async fn line(&mut self, line: &[u8]) -> Result<(), Over> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        match serde_json::from_slice::<FromClient>(line) {
            Ok(FromClient { req, request }) => self.request(req, request).await,
            Err(error) => {
                let number = serde_json::from_slice::<serde_json::Value>(line)
                    .ok()
                    .and_then(|value| value["req"].as_u64());
                self.answer(Some(number.unwrap_or(0)), Err(Refusal::new(Kind::BadRequest, error.to_string())))
                    .await
            }
        }
    }

    /// Carries out a request and answers it, with the injected faults.
    async fn request(&mut self, number: Option<u64>, request: Request) -> Result<(), Over> {
        match self.fault(&request) {
            Some(OnRequest::Drop) => return self.cut(),
            Some(OnRequest::Refuse(refusal)) => return self.answer(number, Err(refusal)).await,
            Some(OnRequest::LoseAnswer) => {
                let _ = self.carry_out(None, request).await?;
                return self.cut();
            }
            Some(OnRequest::Stall(ms)) => {
                self.push(Pending::Stall(ms)).await?;
                sleep(Duration::from_millis(ms)).await;
            }
            Some(OnRequest::Delay(ms)) => self.push(Pending::Stall(ms)).await?,
            None => {}
        }
        match self.carry_out(number, request).await? {
            Some(outcome) => self.answer(number, outcome).await,
            None => Ok(()),
        }
    }

    /// Returns the injected fault of a request, if there is one.
    fn fault(&self, request: &Request) -> Option<OnRequest> {
        let user = match (request, &self.by) {
            // Rules do not apply to the requests that make and remove rules.
            (Request::Fault(_) | Request::ClearFaults(_), _) => return None,
            (Request::Login(login), None) => Some(login.user.clone()),
            (Request::LoginToken(login), None) => self.bearer(&login.token).map(|by| by.user),
            (_, by) => by.as_ref().map(|by| by.user.clone()),
        };
        let mut faults = self.hub.faults();
        if faults.is_empty() { None } else { faults.on_request(user.as_deref(), request.name()) }
    }

    /// Carries out a request. `None` when its answer has been sent already, or there is none.
    async fn carry_out(&mut self, number: Option<u64>, request: Request) -> Result<Option<Outcome>, Over> {
        if let Some(by) = &self.by
            && request.effect() != Effect::Connection
        {
            return Ok(Some(self.hub.carry_out(by, request)));
        }
        Ok(Some(match (request, self.by.clone()) {
            (Request::Ping(_), _) => done(),
            (Request::CreateAccount(ask), _) => self.create_account(&ask),
            (Request::Fault(rule), _) => self.inject(rule),
            (Request::ClearFaults(_), _) => {
                self.allow_faults().map(|()| self.hub.faults().clear()).and_then(|()| done())
            }
            (Request::Login(ask), None) => match self.login(&ask) {
                Ok((by, token)) => return self.enter(number, by, token, ask.window).await,
                Err(refusal) => Err(refusal),
            },
            (Request::LoginToken(ask), None) => match self.bearer(&ask.token) {
                Some(by) => return self.enter(number, by, ask.token, ask.window).await,
                None => Err(Refusal::new(Kind::NotLoggedIn, "this token is not valid (any more)")),
            },
            (Request::QrLogin(ask), None) => self.show_qr(&ask),
            (Request::Login(_) | Request::LoginToken(_) | Request::QrLogin(_), Some(_)) => {
                Err(Refusal::new(Kind::Conflict, "this connection is logged in already"))
            }
            (_, None) => Err(Refusal::new(Kind::NotLoggedIn, "log in first")),
            (Request::ApproveQr(ask), Some(by)) => self.approve_qr(&by, &ask.code),
            (Request::SetSecrets(ask), Some(by)) => self.set_secrets(&by, &ask),
            (Request::ForgetDevice(ask), Some(by)) => devices::forget(&self.hub, by, ask.device),
            (Request::LinkDevice(ask), Some(by)) => devices::link(&self.hub, by, ask.device),
            (Request::Ack(ask), Some(by)) => self
                .hub
                .change(&Change::Ack { user: by.user, device: by.device, upto: ask.upto })
                .and_then(|_| done()),
            (Request::Logout(_), Some(by)) => {
                // Forgetting the device closes the connection, so the answer goes out first.
                self.answer(number, done()).await?;
                let _ = self.hub.change(&Change::Forget { user: by.user, device: by.device });
                return Ok(None);
            }
            (_, Some(_)) => Err(Refusal::new(Kind::BadRequest, "this is not a request for now")),
        }))
    }

    fn create_account(&self, ask: &CreateAccount) -> Outcome {
        if self.hub.options.closed {
            return Err(Refusal::new(Kind::Forbidden, "nobody may create accounts here"));
        }
        let code = ask.code.as_deref().map(secret).transpose()?;
        let password = secret(&ask.password)?;
        let (user, name) = (ask.user.clone(), ask.name.clone());
        self.hub.change(&Change::Account(NewAccount { user, name, password, code }))
    }

    /// Checks a password and gives the device a token.
    fn login(&self, ask: &Login) -> Result<(Actor, String), Refusal> {
        self.hub.attempts().check(&ask.user, clock())?;
        let checked = self.hub.read(|world| match world.account(&ask.user) {
            Some(account) => account.check(&ask.password, ask.code.as_deref()),
            None => Err(Refusal::new(Kind::BadCredentials, "unknown user or wrong password")),
        });
        match checked {
            Ok(()) => self.hub.attempts().succeeded(&ask.user),
            Err(refusal) => {
                if refusal.kind != Kind::CodeRequired {
                    self.hub.attempts().failed(&ask.user, clock());
                }
                return Err(refusal);
            }
        }
        let by = Actor { user: ask.user.clone(), device: ask.device.clone() };
        let token = self.hub.open_device(&by)?;
        Ok((by, token))
    }

    /// Turns this connection into that of a device.
    async fn enter(
        &mut self,
        number: Option<u64>,
        by: Actor,
        token: String,
        window: Option<u32>,
    ) -> Result<Option<Outcome>, Over> {
        let link = Link {
            number: self.number,
            bell: Arc::new(Notify::new()),
            out: self.out.clone(),
            end: self.end.clone(),
        };
        let seats = self.out.reserve_many(2).await.map_err(|_| Over)?;
        self.hub.attach(&by, token, window, link, |welcome| hub::welcome(number, welcome), seats);
        self.by = Some(by);
        self.qr = None;
        Ok(None)
    }

    fn set_secrets(&self, by: &Actor, ask: &SetSecrets) -> Outcome {
        self.hub.attempts().check(&by.user, clock())?;
        // The second factor is not asked for again: this device has passed it.
        let right = self.hub.read(|world| {
            match world.account(&by.user).map(|account| account.check(&ask.old, None)) {
                Some(Err(refusal)) => refusal.kind == Kind::CodeRequired,
                Some(Ok(())) => true,
                None => false,
            }
        });
        if !right {
            self.hub.attempts().failed(&by.user, clock());
            return Err(Refusal::new(Kind::BadCredentials, "wrong password"));
        }
        let password = ask.password.as_deref().map(secret).transpose()?;
        let code = match ask.code.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(code) => Some(Some(secret(code)?)),
        };
        self.hub.change(&Change::Secrets { by: by.clone(), password, code })
    }

    fn bearer(&self, token: &str) -> Option<Actor> {
        self.hub.read(|world| world.bearer(&digest(token)).cloned())
    }

    fn show_qr(&mut self, ask: &QrLogin) -> Outcome {
        let code = self.next_code(&ask.device)?;
        Ok(json(&QrCode { code, refresh: self.refresh_millis() }))
    }

    fn next_code(&mut self, device: &str) -> Result<String, Refusal> {
        let code = format!("superduper:{}", random()?);
        let approved = self.hub.waiting().show(&code, device)?;
        let until = Instant::now() + self.hub.options.qr_refresh;
        self.qr = Some(Showing { device: device.to_owned(), approved, until });
        Ok(code)
    }

    fn refresh_millis(&self) -> Millis {
        self.hub.options.qr_refresh.as_millis().try_into().unwrap_or(Millis::MAX)
    }

    /// Replaces the code that is shown.
    async fn refresh(&mut self) -> Result<(), Over> {
        let Some(showing) = self.qr.take() else { return Ok(()) };
        match self.next_code(&showing.device) {
            Ok(code) => {
                self.push(Pending::Live(Line::of(&Event::QrCode { code, refresh: self.refresh_millis() }), 0))
                    .await
            }
            Err(_) => self.cut(),
        }
    }

    /// Tells the client that its code was approved, or shows a new code if that was given up.
    async fn approved(&mut self, approved: Option<Approved>) -> Result<(), Over> {
        match approved {
            Some(Approved { user, token }) => {
                self.qr = None;
                self.push(Pending::Live(Line::of(&Event::QrConfirmed { user, token }), 0)).await
            }
            None => self.refresh().await,
        }
    }

    fn approve_qr(&self, by: &Actor, code: &str) -> Outcome {
        let (device, approval) = self.hub.waiting().take(code)?;
        let new = Actor { user: by.user.clone(), device };
        let token = self.hub.open_device(&new)?;
        match approval.send(Approved { user: new.user, token }) {
            Ok(()) => done(),
            Err(_) => Err(Refusal::new(Kind::NotFound, "the other device is gone")),
        }
    }

    fn allow_faults(&self) -> Result<(), Refusal> {
        if self.hub.options.faults {
            return Ok(());
        }
        Err(Refusal::new(Kind::Forbidden, "this server was started without --faults"))
    }

    fn inject(&self, rule: Fault) -> Outcome {
        self.allow_faults()?;
        if rule.event.is_none()
            && rule.request.is_none()
            && matches!(rule.fault, FaultKind::Drop | FaultKind::Stall)
        {
            for link in self.hub.read(|world| world.links(rule.user.as_deref())) {
                if rule.fault == FaultKind::Drop {
                    link.end.send_replace(Some(End::Cut));
                } else {
                    // A full queue is stalled already.
                    let _ = link.out.try_send(Pending::Stall(rule.ms));
                }
            }
        } else {
            self.hub.faults().add(rule)?;
        }
        done()
    }

    async fn answer(&self, number: Option<u64>, outcome: Outcome) -> Result<(), Over> {
        match number {
            Some(number) => self.push(Pending::Line(wire::answer(number, &outcome))).await,
            None => Ok(()),
        }
    }

    /// Queues something to write, and waits for room: the requests of a client that does not read
    /// its answers are not read either.
    async fn push(&self, pending: Pending) -> Result<(), Over> {
        self.out.send(pending).await.map_err(|_| Over)
    }

    fn cut(&self) -> Result<(), Over> {
        self.end.send_replace(Some(End::Cut));
        Err(Over)
    }
}

/// Waits for the approval of the code that is shown, if there is one; `None` when it was given up.
/// Cancel safe.
async fn approval(showing: &mut Option<Showing>) -> Option<Approved> {
    match showing {
        Some(showing) => (&mut showing.approved).await.ok(),
        None => std::future::pending().await,
    }
}

fn secret(secret: &str) -> Result<Secret, Refusal> {
    if secret.is_empty() || secret.len() > limits::NAME {
        return Err(Refusal::new(Kind::BadRequest, "a password or code has 1 to 1024 bytes"));
    }
    Ok(Secret::new(secret, &random()?))
}

fn done() -> Outcome {
    Ok("{}".into())
}
