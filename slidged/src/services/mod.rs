//! Services that all sessions share: each a type that owns its state, put together once.

mod account;
mod address;
mod avatars;
mod bob;
mod client_caps;
mod client_probe;
mod contact_disco;
mod doctor;
mod dropped_iqs;
mod file_messages;
mod files;
mod hooks;
mod index;
mod keys;
mod languages;
mod message_ids;
mod messenger;
mod notices;
mod plugin_store;
mod plugin_threads;
mod privilege;
mod privileges;
mod profile;
mod prompts;
mod refusals;
mod rosters;
mod settings;
mod stats;
mod tasks;
mod uplink;
mod welcome;

use crate::{
    config::Registration,
    host::Budget,
    ops::log::Levels,
    stanza::disco::CapsTable,
    store::{Journal, Store},
    xmpp::link::Link,
};
use jid::BareJid;
use plugin_api::{Info, RemoteGateway};
use std::{sync::Arc, time::Instant};
use tokio::sync::Semaphore;

pub use account::{Account, seal, state};
pub use address::roster_group;
pub(crate) use file_messages::FileMessages;
pub use files::DownloadedFile;
pub use files::Files;
pub use files::Published;
pub use files::UploadError;
pub(crate) use index::UserIndex;
pub use plugin_store::{PLUGIN_SCOPE, answer_stored, kv_get, kv_list, kv_set};
pub use privilege::Privilege;
pub(crate) use prompts::{Listener, is_cancel};
pub(crate) use refusals::{blank, store_failed};
pub use rosters::RosterError;
pub use settings::Settings;
pub use uplink::{passing, send_all};

pub(crate) use client_probe::probe;
pub(crate) use doctor::examine;
pub(crate) use dropped_iqs::watch as watch_dropped_iqs;
pub(crate) use privileges::Advert;
pub(crate) use stats::{database, outgoing, registered_at, set_log_level};

use address::Address as ComponentAddress;

/// Sessions that read their state at the same time: thousands wait for their turn here, and not for
/// a connection of the store, which fails after a while.
const READINGS: usize = 2;

/// Parts that the services are made of.
pub struct Parts {
    /// The component's domain.
    pub jid: BareJid,
    /// The plugin's description of itself.
    pub info: Info,
    /// The plugin.
    pub plugin: RemoteGateway,
    /// The link to the XMPP server.
    pub link: Link,
    /// The database.
    pub store: Store,
    /// The configuration's section on registration.
    pub policy: Registration,
    /// Levels of the log, where they can be changed.
    pub levels: Option<Levels>,
    /// The budget of what waits in front of the journal.
    pub budget: Budget,
    /// Folders and limits of files.
    pub files: Files,
    /// Settings of sessions and delivery.
    pub settings: Settings,
}

/// Services that sessions, commands and the component share. It has no behaviour of its own.
pub struct Services {
    /// The plugin's description of itself.
    pub info: Arc<Info>,
    /// The plugin.
    pub plugin: RemoteGateway,
    /// The database, for reading.
    pub store: Store,
    /// The journal, for writing and for what must arrive.
    pub journal: Journal,
    /// Settings of sessions and delivery.
    pub settings: Settings,
    /// The configuration's section on registration.
    pub policy: Arc<Registration>,
    /// Levels of the log, where they can be changed.
    pub levels: Option<Levels>,
    /// The budget of what waits in front of the journal.
    pub budget: Budget,
    /// Logins that may go on at the same time; none before the gateway is open.
    pub logins: Arc<Semaphore>,
    /// Sessions that may read their state at the same time.
    pub readings: Semaphore,
    /// Time at which the gateway was started.
    pub started: Instant,
    /// Every task of the gateway and its sessions.
    pub tasks: tasks::Tasks,
    /// Addresses of the component and its contacts.
    pub address: ComponentAddress,
    /// Registered users and administrators, with their lanes.
    pub index: UserIndex,
    /// Stanzas and requests to the XMPP server.
    pub uplink: uplink::Uplink,
    /// Errors for stanzas that are not served.
    pub refusals: refusals::Refusals,
    /// Chat messages from the gateway.
    pub messenger: messenger::Messenger,
    /// Languages of users and administrators.
    pub languages: languages::Languages,
    /// Privileges that servers grant (XEP-0356).
    pub privileges: privileges::PrivilegeTable,
    /// Privileges that users miss, told once.
    pub notices: notices::Notices,
    /// Users' rosters on their server.
    pub rosters: rosters::Rosters,
    /// The greeting of new users.
    pub welcome: welcome::Welcome,
    /// Our own capabilities (XEP-0115).
    pub(crate) caps: Arc<CapsTable>,
    /// Capabilities of users' clients (XEP-0115).
    pub clients: client_caps::ClientCaps,
    /// Bits of binary (XEP-0231).
    pub bob: bob::Bob,
    /// Service discovery of contacts.
    pub contact_disco: contact_disco::ContactDisco,
    /// Ids of messages.
    pub message_ids: message_ids::MessageIds,
    /// Keys of our own.
    pub keys: keys::Keys,
    /// Hooks that the plugin lacks.
    pub hooks: hooks::Hooks,
    /// Threads of the plugin that something blocks.
    pub threads: plugin_threads::PluginThreads,
    /// The gateway's own avatar and vCard.
    pub profile: profile::Profile,
    /// Folders and limits of files.
    pub files: Arc<Files>,
    /// The daily quota of each user.
    pub quota: files::Quota,
    /// Uploads to HTTP services (XEP-0363).
    pub uploads: files::Uploads,
    /// Files of the network, published for users.
    pub publisher: files::Publisher,
    /// Files of users, downloaded for the plugin.
    pub downloads: files::Downloads,
    /// Pictures of link previews.
    pub previews: files::Previews,
    /// Files and QR codes that the gateway sends.
    pub file_messages: FileMessages,
    /// Avatars as clients get them.
    pub avatars: avatars::Avatars,
    /// Questions to users in the gateway's chat.
    pub prompts: prompts::Prompts,
}

impl Services {
    /// Puts the services together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { jid, info, plugin, link, store, policy, levels, budget, files, settings } = parts;
        let (info, policy, files) = (Arc::new(info), Arc::new(policy), Arc::new(files));
        let journal = store.journal().clone();
        let caps = Arc::new(CapsTable::new(&info));
        let tasks = tasks::Tasks::default();
        let address = ComponentAddress::new(jid);
        let index = UserIndex::new(&address, &policy);
        let uplink = uplink::Uplink::new(link, journal.clone(), address.clone(), index.clone());
        let refusals = refusals::Refusals::new(uplink.clone(), info.clone());
        let messenger = messenger::Messenger::new(uplink.clone(), address.clone());
        let languages = languages::Languages::new(index.clone());
        let privileges = privileges::PrivilegeTable::new(uplink.clone(), address.clone());
        let notices = notices::Notices::new(notices::Parts {
            info: info.clone(),
            policy: policy.clone(),
            store: store.clone(),
            journal: journal.clone(),
            tasks: tasks.clone(),
            languages: languages.clone(),
            messenger: messenger.clone(),
            privileges: privileges.clone(),
        });
        let rosters = rosters::Rosters::new(uplink.clone(), privileges.clone());
        let welcome = welcome::Welcome::new(welcome::Parts {
            info: info.clone(),
            policy: policy.clone(),
            address: address.clone(),
            uplink: uplink.clone(),
            privileges: privileges.clone(),
            rosters: rosters.clone(),
            languages: languages.clone(),
            messenger: messenger.clone(),
        });
        let bob = bob::Bob::default();
        let quota = files::Quota::new(files.clone(), store.clone());
        let uploads =
            files::Uploads::new(files.trusted(), uplink.clone(), privileges.clone(), address.clone());
        let publisher = files::Publisher::new(files::PublisherParts {
            files: files.clone(),
            store: store.clone(),
            journal: journal.clone(),
            uplink: uplink.clone(),
            quota: quota.clone(),
            uploads: uploads.clone(),
        });
        let downloads = files::Downloads::new(files::DownloadsParts {
            files: files.clone(),
            journal: journal.clone(),
            uplink: uplink.clone(),
            quota: quota.clone(),
            uploads: uploads.clone(),
        });
        let file_messages = FileMessages::new(file_messages::Parts {
            uplink: uplink.clone(),
            address: address.clone(),
            messenger: messenger.clone(),
            publisher: publisher.clone(),
            bob: bob.clone(),
        });
        Arc::new(Services {
            plugin,
            settings,
            levels,
            budget,
            // None before there is a link.
            logins: Arc::new(Semaphore::new(0)),
            readings: Semaphore::new(READINGS),
            started: Instant::now(),
            refusals,
            notices,
            rosters,
            welcome,
            clients: client_caps::ClientCaps::new(uplink.clone()),
            contact_disco: contact_disco::ContactDisco::new(info.clone(), caps.clone(), bob.clone()),
            message_ids: message_ids::MessageIds::new(store.clone()),
            keys: keys::Keys::default(),
            hooks: hooks::Hooks::default(),
            threads: plugin_threads::PluginThreads::default(),
            profile: profile::Profile::new(info.clone(), address.clone()),
            previews: files::Previews::new(files.clone()),
            avatars: avatars::Avatars::new(files.clone(), store.clone()),
            prompts: prompts::Prompts::new(index.clone(), messenger.clone(), tasks.clone()),
            info,
            store,
            journal,
            policy,
            tasks,
            address,
            index,
            uplink,
            messenger,
            languages,
            privileges,
            caps,
            bob,
            files,
            quota,
            uploads,
            publisher,
            downloads,
            file_messages,
        })
    }
}
