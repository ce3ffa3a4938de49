//! The only place where everything is wired: store, plugin, link, outbox, component.

mod error;
mod examine;

use crate::command::control;
use crate::component::Component;
use crate::config;
use crate::config::plugin_folder;
use crate::config::root::Config;
use crate::host;
use crate::media::serve;
use crate::ops::log::Levels;
use crate::ops::notify;
use crate::outbox::Gone;
use crate::outbox::Pump;
use crate::outbox::PumpConfig;
use crate::outbox::Transport;
use crate::services::Files;
use crate::services::Parts;
use crate::services::Settings;
use crate::store::Durability;
use crate::store::Entry;
use crate::store::Health;
use crate::store::Keyring;
use crate::store::OutboxLimits;
use crate::store::Scope;
use crate::store::Store;
use crate::store::StoreConfig;
use crate::store::Write;
use crate::vitals::News;
use crate::vitals::Vitals;
use crate::xmpp::link::AfterConflict;
use crate::xmpp::link::Endpoint;
use crate::xmpp::link::Link;
use crate::xmpp::link::LinkConfig;
use crate::xmpp::link::LinkTask;
use crate::xmpp::link::events::LinkEvent;
use crate::xmpp::link::events::LinkState;
use bytes::Bytes;
use plugin_api::GatewayRequest;
use plugin_api::Start;
use plugin_api::host::Plugin;
use secrecy::ExposeSecret;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use error::DaemonError;
pub use examine::{check, examine};

/// Time for the sessions to end and what they said last to reach the disk: less than systemd's and
/// an administrator's patience.
const STOP: Duration = Duration::from_secs(6);
/// Time for the last stanzas to reach the XMPP server; what is durable is in the outbox.
const FLUSH: Duration = Duration::from_secs(2);
/// Time for the last stanzas, and for errors of messages to reach a server that is away: they are
/// in memory only. With all other limits it stays below the unit's `TimeoutStopSec`.
const LAST_ERRORS: Duration = Duration::from_secs(4);

/// Runs the gateway until `shutdown` is cancelled.
///
/// # Errors
///
/// It could not start, or something it cannot do without failed.
pub async fn run(config: Config, levels: Levels, shutdown: CancellationToken) -> Result<(), DaemonError> {
    serve(config, levels, shutdown, Unwatched).await
}

/// Observer of a start.
trait Onlooker {
    /// The daemon tries to connect.
    fn connecting(&mut self, link: &Link);
    /// The daemon is connected for the first time.
    fn opened(&mut self, component: &Arc<Component>);
}

/// An observer that does nothing.
struct Unwatched;

impl Onlooker for Unwatched {
    fn connecting(&mut self, _: &Link) {}
    fn opened(&mut self, _: &Arc<Component>) {}
}

async fn serve(
    config: Config,
    levels: Levels,
    shutdown: CancellationToken,
    mut onlooker: impl Onlooker,
) -> Result<(), DaemonError> {
    let mut wire = link_config(&config)?;
    let (plugin, info) = load(&config.plugin)?;
    let opening = store_config(&config)?;
    let store = Store::open(opening).await?;
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
    wire.after_conflict = after_conflict(store.clone());
    let (link, mut events, task) = Link::spawn(wire);
    onlooker.connecting(&link);
    let mut pump = PumpConfig::new(domain.clone());
    pump.delay_threshold = config.delivery.delay_threshold.into();
    let pump = Pump::spawn(store.outbox(), link.clone(), pump);
    let component = Component::new(Parts {
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
    component.admission.read_bans().await?;
    component.services.profile.load().await;
    let users = component.users.start_sessions().await?;
    let control = AbortOnDropHandle::new(tokio::spawn(control::serve(
        component.env.clone(),
        component.commands.clone(),
        control,
    )));

    let clock = AbortOnDropHandle::new(tokio::spawn(component.users.clone().pass_time()));
    let mut vitals = Vitals::new(store.journal().clone(), pump, clock);
    let mut watchdog = notify::Watchdog::new();
    let (ready, mut told) = mpsc::channel(8);
    let mut opened = false;
    let failed = loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break None,
            () = watchdog.beat() => {}
            news = vitals.news() => match news {
                News::Ended(ended) => {
                    let error = DaemonError::from(ended);
                    tracing::error!(%error, "the gateway cannot go on");
                    break Some(error);
                }
                News::Database => {
                    notify::status(&vitals.status(&component.services));
                    let told = component.users.clone();
                    tokio::spawn(async move { told.database_changed().await });
                }
            },
            Some(epoch) = told.recv() => {
                tracing::debug!(epoch, "the server has told its privileges");
                let told = component.users.clone();
                tokio::spawn(async move { told.link_up(epoch).await });
                if opened {
                    notify::status(&vitals.status(&component.services));
                } else {
                    opened = true;
                    onlooker.opened(&component);
                    component.open();
                    tracing::info!(%domain, users, "ready");
                    notify::ready(&format!("{domain}: {users} users"));
                }
            }
            Some(operation) = operations.recv() => guarded(|| component.operation(operation)),
            event = events.recv() => match event {
                Some(LinkEvent::Stanza(stanza)) => guarded(|| component.route(*stanza)),
                Some(LinkEvent::Up { epoch }) => {
                    component.services.privileges.connected(epoch);
                    let (link, ready, outbox) = (link.clone(), ready.clone(), store.outbox());
                    // What the server tells on its own account (privileges) has come when it
                    // answers.
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
        let mut ending = pin!(stop(&component, vitals, task, &store));
        loop {
            tokio::select! {
                biased;
                () = &mut ending => break,
                // What still comes is refused, so that its sender knows.
                Some(event) = events.recv() => if let LinkEvent::Stanza(stanza) = event {
                    guarded(|| component.route(*stanza));
                },
                Some(operation) = operations.recv() => guarded(|| component.operation(operation)),
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Starts our own media server, if there is to be one, and what tidies up behind it; both run until
/// they are dropped.
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

/// A stanza or an operation at which we panic is lost, and nothing else is (R5). The panic is in
/// the log already.
fn guarded(act: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(act)).is_err() {
        tracing::error!("a defect of slidged: what came was dropped");
    }
}

/// Stops everything in its order, and waits for none of it for ever.
async fn stop(component: &Arc<Component>, vitals: Vitals, link: LinkTask, store: &Store) {
    if tokio::time::timeout(STOP, component.stop()).await.is_err() {
        tracing::warn!("some sessions did not end in time");
    }
    component.services.uplink.last_word().await;
    let until = Instant::now() + LAST_ERRORS;
    if tokio::time::timeout(FLUSH, store.outbox().flushed()).await.is_err() {
        tracing::info!("what the server has not taken is sent at the next start");
    }
    if tokio::time::timeout_at(until, store.outbox().feed().emptied()).await.is_err() {
        tracing::warn!("the XMPP server did not take what was said last; errors of messages may be among it");
    }
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
    store.archive = config.delivery.archive.into();
    store.archive_messages = config.delivery.archive_messages;
    Ok(store)
}

fn load(wanted: &config::Plugin) -> Result<(Plugin, plugin_api::Info), DaemonError> {
    let plugin = Plugin::load(&wanted.path)?;
    let info = plugin.info().map_err(|error| DaemonError::Plugin(error.to_string()))?;
    wanted.options.check(&info.options)?;
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
    Ok(Start {
        name: config.component.jid.to_string(),
        jid: config.component.jid.to_string(),
        threads: config.plugin.threads,
        data_dir: data_dir.display().to_string(),
        options: config.plugin.options.texts(),
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

/// Finds out after a conflict whether another process has taken the database: a write that changes
/// nothing takes the lock anew, should it be lost. Until then the other process keeps the link, but
/// for errors of messages, which only we can send.
fn after_conflict(store: Store) -> AfterConflict {
    AfterConflict::new(move || {
        let store = store.clone();
        let touch = || Entry { writes: vec![Write::KvClear(Scope::gateway("nothing"))], ..Entry::default() };
        async move {
            let mut health = store.journal().health();
            // A database that fails in another way than by being away is still ours.
            let ours = |health: &Health| matches!(health, Health::Unwell(why) if !why.may_pass());
            let settled = tokio::select! {
                settled = store.journal().submit(touch()) => settled.map(drop),
                Ok(_) = health.wait_for(ours) => Ok(()),
            };
            if settled.is_err() {
                store.outbox().feed().holds_errors().await;
            }
        }
    })
}

fn endpoint(server: &config::Endpoint) -> Endpoint {
    match server {
        config::Endpoint::Tcp { host, port } => Endpoint::Tcp { host: host.clone(), port: *port },
        config::Endpoint::Unix(path) => Endpoint::Unix(path.clone()),
    }
}

impl Transport for Link {
    async fn up(&self, after: u64) -> Option<u64> {
        let mut state = self.state();
        let later = |state: &LinkState| matches!(state, LinkState::Up(epoch) if *epoch > after);
        match &*state.wait_for(later).await.ok()? {
            LinkState::Up(epoch) => Some(*epoch),
            LinkState::Down(_) => None,
        }
    }

    async fn write(&self, epoch: u64, bytes: Bytes) -> Result<(), Gone> {
        Link::write(self, epoch, bytes).await
    }

    async fn barrier(&self, epoch: u64) -> Result<(), Gone> {
        Link::barrier(self, epoch).await
    }

    fn was_rejected(&self, epoch: u64) -> bool {
        Link::was_rejected(self, epoch)
    }
}
