//! The only place where everything is wired: store, plugin, link, outbox, gateway.

use crate::{
    command::control,
    config::{self, Config, secret::SecretError},
    gateway::{Files, Findings, Gateway, Parts, Settings, plugin_folder},
    host,
    media::serve,
    ops::{check, log::Levels, notify},
    outbox::{self, Pump, PumpConfig, Wire},
    store::{Durability, Keyring, OutboxLimits, Store, StoreConfig, StoreError},
    vitals::{News, Vitals},
    xmpp::link::{Endpoint, Link, LinkConfig, LinkEvent, LinkState, LinkTask},
};
use bytes::Bytes;
use jid::BareJid;
use plugin_api::{
    GatewayRequest, Start,
    host::{LoadError, Plugin},
};
use secrecy::ExposeSecret;
use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// For the sessions to end and what they said last to reach the disk: less than systemd's and an administrator's patience.
const STOP: Duration = Duration::from_secs(6);
/// For the last stanzas to reach the XMPP server; what is durable is in the outbox.
const FLUSH: Duration = Duration::from_secs(2);

/// Why the daemon ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plugin's file.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The plugin itself.
    #[error("the plugin does not start: {0}")]
    Plugin(String),
    /// The link has ended by itself.
    #[error("the connection to the XMPP server is not kept up any more, which is a defect of slidged")]
    Link,
    /// A task of ours that must not end has.
    #[error("{0} has ended, which is a defect of slidged")]
    Ended(&'static str),
    /// The media server cannot listen.
    #[error("the media server cannot listen on {address} ([media] listen): {error}")]
    Media {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The XMPP server is not there, or does not let us in.
    #[error("no connection to the XMPP server within {0} seconds: the warnings say why")]
    NotConnected(u64),
    /// Something of ours in the state directory.
    #[error("{path}: {error}")]
    Directory {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

impl DaemonError {
    /// Whether the administrator has to change something, so that trying again does not help.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::Load(_))
    }
}

/// Runs the gateway until `shutdown` is cancelled.
///
/// # Errors
///
/// It could not start, or something it cannot do without failed.
pub async fn run(config: Config, levels: Levels, shutdown: CancellationToken) -> Result<(), DaemonError> {
    serve(config, levels, shutdown, |_| {}).await
}

/// Runs a gateway without users for a moment, with a state that is thrown away, to see how it gets on with the XMPP server.
///
/// # Errors
///
/// It does not start, or does not get connected.
pub async fn examine(
    mut config: Config,
    levels: Levels,
    user: Option<BareJid>,
    limit: Duration,
) -> Result<Findings, DaemonError> {
    let throw_away = tempfile::tempdir().map_err(|error| directory(&std::env::temp_dir(), error))?;
    config.state = config::State { directory: throw_away.path().to_owned(), key_file: None };
    config.database = config::Database {
        url: config::DatabaseUrl::sqlite(&throw_away.path().join("gateway.sqlite")),
        url_file: None,
        durability: config::Durability::Normal,
    };
    config.media.directory = None;
    let (shutdown, (tell, told)) = (CancellationToken::new(), oneshot::channel());
    let done = shutdown.clone();
    let opened = move |gateway: &Arc<Gateway>| {
        let gateway = gateway.clone();
        tokio::spawn(async move {
            // Whoever waits for it may have given up.
            let _ = tell.send(gateway.examine(user.as_ref()).await);
            done.cancel();
        });
    };
    let serving = serve(config, levels, shutdown.clone(), opened);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => ended?,
        () = tokio::time::sleep(limit) => {
            shutdown.cancel();
            serving.await?;
        }
    }
    told.await.map_err(|_| DaemonError::NotConnected(limit.as_secs()))
}

/// Runs the gateway; `opened` is called when it is connected for the first time.
async fn serve(
    config: Config,
    levels: Levels,
    shutdown: CancellationToken,
    opened: impl FnOnce(&Arc<Gateway>),
) -> Result<(), DaemonError> {
    let wire = link_config(&config)?;
    let opening = store_config(&config)?;
    let store = Store::open(opening).await?;
    let (plugin, info) = load(&config.plugin.path)?;
    let budget = host::Budget::default();
    let (mailbox, mut operations) = host::mailbox(GatewayRequest::decode, &budget);
    let remote = plugin
        .start(&start(&config)?, mailbox)
        .await
        .map_err(|error| DaemonError::Plugin(error.to_string()))?;

    let files = Files::open(&config.media, &config.state.directory)
        .map_err(|error| directory(&config.state.directory, error))?;
    let _media = media(&config, &files).await?;
    let domain = config.component.jid.to_string();
    let (link, mut events, task) = Link::spawn(wire);
    let mut pump = PumpConfig::new(domain.clone());
    pump.delay_threshold = config.delivery.delay_threshold.into();
    let pump = Pump::spawn(store.outbox(), Server(link.clone()), pump);
    let gateway = Gateway::new(Parts {
        jid: config.component.jid.clone(),
        info,
        plugin: remote.within(config.session.call_timeout.into()),
        link: link.clone(),
        store: store.clone(),
        policy: config.registration.clone(),
        levels: Some(levels),
        budget,
        files,
        settings: Settings::new(&config.session, &config.delivery, &config.limits),
    });

    let control = control::listen(&config.state.directory)
        .map_err(|error| directory(&control::path(&config.state.directory), error))?;
    gateway.read_bans().await?;
    gateway.put_on_face().await;
    let users = gateway.start_sessions().await?;
    let control = AbortOnDropHandle::new(tokio::spawn(control::serve(gateway.clone(), control)));

    let clock = AbortOnDropHandle::new(tokio::spawn(gateway.clone().pass_time()));
    let mut vitals = Vitals::new(store.journal().clone(), pump, clock);
    let mut watchdog = notify::Watchdog::new();
    let (ready, mut told) = mpsc::channel(8);
    let mut opened = Some(opened);
    let failed = loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break None,
            () = watchdog.beat() => {}
            news = vitals.news() => match news {
                News::Ended(error) => {
                    tracing::error!(%error, "the gateway cannot go on");
                    break Some(error);
                }
                News::Database => {
                    notify::status(&vitals.status(&gateway));
                    let told = gateway.clone();
                    tokio::spawn(async move { told.database_changed().await });
                }
            },
            Some(epoch) = told.recv() => {
                tracing::debug!(epoch, "the server has told its privileges");
                let told = gateway.clone();
                tokio::spawn(async move { told.link_up(epoch).await });
                if let Some(opened) = opened.take() {
                    opened(&gateway);
                    gateway.open();
                    tracing::info!(%domain, users, "ready");
                    notify::ready(&format!("{domain}: {users} users"));
                } else {
                    notify::status(&vitals.status(&gateway));
                }
            }
            Some(operation) = operations.recv() => guarded(|| gateway.operation(operation)),
            event = events.recv() => match event {
                Some(LinkEvent::Stanza(stanza)) => guarded(|| gateway.route(*stanza)),
                Some(LinkEvent::Up { epoch }) => {
                    gateway.connected(epoch);
                    let (link, ready, outbox) = (link.clone(), ready.clone(), store.outbox());
                    // What the server tells on its own account (privileges) has come when it answers.
                    tokio::spawn(async move {
                        outbox.feed().is_online(epoch).await;
                        if link.barrier(epoch).await.is_ok() {
                            let _ = ready.send(epoch).await;
                        }
                    });
                }
                Some(LinkEvent::Down { why }) => {
                    notify::status(&format!("{domain}: {why}"));
                }
                None => break Some(DaemonError::Link),
            },
        }
    };
    notify::stopping();
    drop(control);
    {
        let mut ending = pin!(stop(&gateway, vitals, task, &store));
        loop {
            tokio::select! {
                biased;
                () = &mut ending => break,
                // What still comes is refused, so that its sender knows.
                Some(event) = events.recv() => if let LinkEvent::Stanza(stanza) = event {
                    guarded(|| gateway.route(*stanza));
                },
                Some(operation) = operations.recv() => guarded(|| gateway.operation(operation)),
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Our own media server, if there is to be one, and what tidies up behind it; until they are dropped.
async fn media(config: &Config, files: &Files) -> Result<Vec<AbortOnDropHandle<()>>, DaemonError> {
    let (Some(address), Some(shelf)) = (config.media.listen, files.shelf()) else { return Ok(Vec::new()) };
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| DaemonError::Media { address, error })?;
    let served = shelf.clone();
    let serving = async move {
        if let Err(error) = serve::serve(served, listener).await {
            tracing::error!(%error, "files are not served any more");
        }
    };
    tracing::info!(%address, "files are served");
    let tidying = Files::expire(shelf.clone());
    Ok(vec![AbortOnDropHandle::new(tokio::spawn(serving)), AbortOnDropHandle::new(tokio::spawn(tidying))])
}

/// A stanza or an operation at which we panic is lost, and nothing else is (R5). The panic is in the log already.
fn guarded(act: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(act)).is_err() {
        tracing::error!("a defect of slidged: what came was dropped");
    }
}

/// Everything in its order, and none of it for ever.
async fn stop(gateway: &Arc<Gateway>, vitals: Vitals, link: LinkTask, store: &Store) {
    if tokio::time::timeout(STOP, gateway.stop()).await.is_err() {
        tracing::warn!("some sessions did not end in time");
    }
    gateway.last_word().await;
    if tokio::time::timeout(FLUSH, store.outbox().flushed()).await.is_err() {
        tracing::info!("what the server has not taken is sent at the next start");
    }
    tokio::time::timeout(FLUSH, store.outbox().feed().emptied()).await.ok();
    vitals.stop().await;
    link.stop().await;
    if let Err(error) = store.close().await {
        tracing::error!(%error, "the database did not close cleanly");
    }
}

fn store_config(config: &Config) -> Result<StoreConfig, DaemonError> {
    config.state.prepare()?;
    let key = config.state.key()?;
    let url = config.database.resolve()?;
    let mut store = StoreConfig::new(url.expose(), Keyring::new(key.expose_secret()));
    store.durability = match config.database.durability {
        config::Durability::Normal => Durability::Normal,
        config::Durability::Full => Durability::Full,
    };
    store.outbox = OutboxLimits {
        messages: config.delivery.outbox_messages.into(),
        bytes: config.delivery.outbox_bytes.as_u64(),
        age: config.delivery.outbox_age.into(),
    };
    store.retention = config.delivery.retention.into();
    Ok(store)
}

fn load(path: &Path) -> Result<(Plugin, plugin_api::Info), DaemonError> {
    let plugin = Plugin::load(path)?;
    let info = plugin.info().map_err(|error| DaemonError::Plugin(error.to_string()))?;
    tracing::info!(
        plugin = plugin.name(),
        version = plugin.version(),
        network = info.component_name,
        "plugin loaded"
    );
    Ok((plugin, info))
}

fn start(config: &Config) -> Result<Start, DaemonError> {
    let data_dir = plugin_folder(&config.state.directory);
    std::fs::create_dir_all(&data_dir).map_err(|error| directory(&data_dir, error))?;
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(Start {
        name: config.component.jid.to_string(),
        jid: config.component.jid.to_string(),
        threads: config.plugin.threads,
        data_dir: data_dir.display().to_string(),
        options: config
            .plugin
            .options
            .table()
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
    })
}

fn directory(path: &Path, error: std::io::Error) -> DaemonError {
    DaemonError::Directory { path: path.display().to_string(), error }
}

fn link_config(config: &Config) -> Result<LinkConfig, DaemonError> {
    Ok(LinkConfig::new(
        config.component.jid.to_string(),
        config.component.secret()?,
        endpoint(&config.component.server),
    ))
}

fn endpoint(server: &config::Endpoint) -> Endpoint {
    match server {
        config::Endpoint::Tcp { host, port } => Endpoint::Tcp { host: host.clone(), port: *port },
        config::Endpoint::Unix(path) => Endpoint::Unix(path.clone()),
    }
}

/// The link, as the outbox wants it.
struct Server(Link);

impl Wire for Server {
    async fn up(&self, after: u64) -> Option<u64> {
        let mut state = self.0.state();
        let later = |state: &LinkState| matches!(state, LinkState::Up(epoch) if *epoch > after);
        match &*state.wait_for(later).await.ok()? {
            LinkState::Up(epoch) => Some(*epoch),
            LinkState::Down(_) => None,
        }
    }

    async fn write(&self, epoch: u64, bytes: Bytes) -> Result<(), outbox::Gone> {
        self.0.write(epoch, bytes).await.map_err(|_| outbox::Gone)
    }

    async fn barrier(&self, epoch: u64) -> Result<(), outbox::Gone> {
        self.0.barrier(epoch).await.map_err(|_| outbox::Gone)
    }
}

/// Looks whether the gateway could run, without side effects.
pub async fn check(config: &Config) -> Vec<check::Finding> {
    let mut findings = check::files(config);
    findings.push(check::database(config).await);
    // Really loaded: whether it fits is only known then. None of its threads start.
    let plugin = load(&config.plugin.path)
        .map(|(plugin, info)| format!("{} {} for {}", plugin.name(), plugin.version(), info.component_name));
    findings.push(check::Finding::new("plugin", plugin));
    findings
}
