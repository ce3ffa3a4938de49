//! Check of whether the gateway would run, and of its connection to the XMPP server; leaves nothing
//! behind.

use crate::component::Component;
use crate::config;
use crate::config::root::Config;
use crate::daemon::DaemonError;
use crate::daemon::Onlooker;
use crate::daemon::directory;
use crate::daemon::load;
use crate::daemon::serve;
use crate::model::finding::Finding;
use crate::model::finding::Findings;
use crate::ops::check;
use crate::ops::log::Levels;
use crate::services;
use crate::xmpp::link::DownReason;
use crate::xmpp::link::Link;
use crate::xmpp::link::events::LinkState;
use jid::BareJid;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Looks whether the gateway could run, without side effects.
pub async fn check(config: &Config) -> Vec<Finding> {
    let mut findings = check::files(config);
    findings.push(check::database(config).await);
    // Really loaded: whether it fits is only known then. None of its threads start.
    let plugin = load(&config.plugin)
        .map(|(plugin, info)| format!("{} {} for {}", plugin.name(), plugin.version(), info.component_name));
    findings.push(Finding::of("plugin", plugin));
    findings
}

/// Runs a gateway without users for a moment, with a state that is thrown away, to see how it gets
/// on with the XMPP server.
///
/// # Errors
///
/// It does not start, or does not get connected; at once where waiting does not help.
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
    let server = config.component.server.to_string();
    let (tell, mut told) = mpsc::channel(1);
    let done = CancellationToken::new();
    let (why, mut link) = watch::channel(LinkState::Down(DownReason::Starting));
    let examiner = Examiner { user, tell, done: done.clone(), why };
    let serving = serve(config, levels, done.clone(), examiner);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => ended?,
        () = tokio::time::sleep(limit) => {
            done.cancel();
            serving.await?;
        }
    }
    match told.recv().await {
        Some(Told::Findings(findings)) => Ok(findings),
        Some(Told::Down(why)) => Err(DaemonError::NotConnected(format!("{server}: {}", explained(&why)))),
        None => {
            let why = match &*link.borrow_and_update() {
                LinkState::Down(why) => explained(why),
                LinkState::Up(_) => "connected, but the server sends nothing back".to_owned(),
            };
            Err(DaemonError::NotConnected(format!("{server}: {why} (for {} seconds)", limit.as_secs())))
        }
    }
}

enum Told {
    Findings(Findings),
    Down(DownReason),
}

/// Tries everything when there is a connection, and gives up when there will be none.
struct Examiner {
    user: Option<BareJid>,
    tell: mpsc::Sender<Told>,
    done: CancellationToken,
    why: watch::Sender<LinkState>,
}

impl Onlooker for Examiner {
    fn connecting(&mut self, link: &Link) {
        let (mut state, tell, done, why) =
            (link.state(), self.tell.clone(), self.done.clone(), self.why.clone());
        tokio::spawn(async move {
            // An error means that it is over.
            while state.changed().await.is_ok() {
                let now = state.borrow_and_update().clone();
                match &now {
                    LinkState::Up(_) | LinkState::Down(DownReason::Stopped) => return,
                    LinkState::Down(down) if !passes(down) => {
                        // Only one is wanted.
                        let _ = tell.try_send(Told::Down(down.clone()));
                        return done.cancel();
                    }
                    LinkState::Down(_) => why.send_replace(now),
                };
            }
        });
    }

    fn opened(&mut self, component: &Arc<Component>) {
        let (services, tell, done, user) =
            (component.services.clone(), self.tell.clone(), self.done.clone(), self.user.take());
        tokio::spawn(async move {
            let findings = services::examine(&services, user.as_ref()).await;
            // Whoever waits for it may have given up.
            let _ = tell.try_send(Told::Findings(findings));
            done.cancel();
        });
    }
}

/// Whether a server that is just starting, stopping or at work would say that.
fn passes(why: &DownReason) -> bool {
    matches!(why, DownReason::Starting | DownReason::Timeout | DownReason::Closed | DownReason::Stream { .. })
}

/// Explains the reason, with what to do about it.
fn explained(why: &DownReason) -> String {
    let mend = match why {
        DownReason::NotAuthorized => {
            ": the secret here, and component_secret (Prosody) or password (ejabberd) there, must be the same; ejabberd also says so of a name that is not in hosts below ejabberd_service"
        }
        DownReason::HostUnknown => {
            ": add the component there (Prosody: the section Component; ejabberd: hosts below ejabberd_service), and restart it"
        }
        DownReason::Conflict => ": the gateway runs already, perhaps on another machine",
        DownReason::Io(_) => {
            ": does the server run, and does it take components there (Prosody: component_ports; ejabberd: ejabberd_service)?"
        }
        _ => "",
    };
    format!("{why}{mend}")
}
