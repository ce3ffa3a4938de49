//! Requests of clients, each with the type of its answer.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fault::{ClearFaults, Fault};
use super::group::*;
use super::login::*;
use super::message::*;
use super::person::*;

/// Answer to a request that has nothing to return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// Request with the type of its answer.
pub trait Ask: Into<Request> {
    /// Type of the server's answer.
    type Answer: DeserializeOwned + Serialize;
}

/// Effect of a request: the kind of state that it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes the connection or its device: logins, acknowledgements, faults.
    Connection,
    /// Changes nothing: the request only reads.
    Reads,
    /// Tells those who are connected, and changes nothing that is kept.
    Passes,
    /// Changes what the network keeps: the request is journalled before it is answered.
    Changes,
}

macro_rules! requests {
    ($($effect:ident: $($name:ident $word:literal -> $answer:ty),+;)+) => {
        /// Any request, named on the wire by `do`.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "do")]
        #[allow(missing_docs, reason = "each variant is documented at the struct of the same name")]
        pub enum Request { $($(#[serde(rename = $word)] $name($name),)+)+ }

        $($(
            impl Ask for $name { type Answer = $answer; }
            impl From<$name> for Request { fn from(ask: $name) -> Request { Request::$name(ask) } }
        )+)+

        impl Request {
            /// Returns the request's name on the wire.
            pub fn name(&self) -> &'static str {
                match self { $($(Request::$name(_) => $word,)+)+ }
            }

            /// Returns the kind of state that the request touches.
            pub fn effect(&self) -> Effect {
                match self { $($(Request::$name(_) => Effect::$effect,)+)+ }
            }
        }
    };
}

requests! {
    Connection:
        CreateAccount "create_account" -> Done,
        Login "login" -> Welcome,
        LoginToken "login_token" -> Welcome,
        QrLogin "qr_login" -> QrCode,
        ApproveQr "approve_qr" -> Done,
        SetSecrets "set_secrets" -> Done,
        Logout "logout" -> Done,
        ForgetDevice "forget_device" -> Done,
        LinkDevice "link_device" -> Linked,
        Ping "ping" -> Done,
        Ack "ack" -> Done,
        Fault "fault" -> Done,
        ClearFaults "clear_faults" -> Done;
    Reads:
        Devices "devices" -> DeviceList,
        Contacts "contacts" -> ContactPage,
        Whois "whois" -> Contact,
        Search "search" -> Found,
        History "history" -> HistoryPage,
        Fetch "fetch" -> Message,
        ListGroups "groups" -> Groups,
        GetGroup "group" -> GroupInfo,
        Members "members" -> MemberPage,
        ListSpaces "spaces" -> Spaces;
    Passes:
        Typing "typing" -> Done;
    Changes:
        Send "send" -> Sent,
        Edit "edit" -> Done,
        Delete "delete" -> Done,
        React "react" -> Done,
        Delivered "delivered" -> Done,
        Read "read" -> Done,
        NameThread "name_thread" -> Done,
        Befriend "befriend" -> Contact,
        Unfriend "unfriend" -> Done,
        Rename "rename" -> Done,
        Block "block" -> Done,
        SetProfile "set_profile" -> Profile,
        SetPresence "set_presence" -> Done,
        CreateGroup "create_group" -> GroupInfo,
        SetGroup "set_group" -> GroupInfo,
        Invite "invite" -> Done,
        Join "join" -> GroupInfo,
        Leave "leave" -> Done,
        SetRole "set_role" -> Done,
        DestroyGroup "destroy_group" -> Done,
        CreateSpace "create_space" -> Space,
        SetSpace "set_space" -> Space,
        JoinSpace "join_space" -> Space,
        LeaveSpace "leave_space" -> Done;
}
