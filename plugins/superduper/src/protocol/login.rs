//! Accounts, devices and the ways to log in: by password, code, token or QR code.

use serde::{Deserialize, Serialize};

use super::{DeviceId, Millis, UserId};

/// Creates an account. Anybody who reaches the server may do so, unless it was started with
/// `--closed`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateAccount {
    /// Id of the new user, kept as it is.
    pub user: UserId,
    /// Password of the account.
    pub password: String,
    /// Displayed name; the id when empty.
    pub name: String,
    /// Second factor: every login by password must then carry this code.
    pub code: Option<String>,
}

/// Logs this connection in with a password. Another connection of the same device is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Login {
    /// User who logs in.
    pub user: UserId,
    /// Password of the account.
    pub password: String,
    /// Second factor, for accounts that have one.
    pub code: Option<String>,
    /// Installation that logs in: its event log goes on where it acknowledged last.
    pub device: DeviceId,
    /// Most events that may be under way without acknowledgement.
    pub window: Option<u32>,
}

/// Logs this connection in with the token of an earlier [`Welcome`] or of a confirmed QR code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginToken {
    /// Token, which belongs to one device of one user.
    pub token: String,
    /// Most events that may be under way, as in [`Login::window`].
    pub window: Option<u32>,
}

/// Asks for a QR code that a logged-in device approves. The code changes with every `qr_code`
/// event; `qr_confirmed` brings the token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QrLogin {
    /// Device that wants to log in.
    pub device: DeviceId,
}

/// Text to show as a QR code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QrCode {
    /// Content of the code that the other device scans.
    pub code: String,
    /// Milliseconds until this code is replaced by the next one.
    pub refresh: Millis,
}

/// Approves the QR code that another connection shows: its device becomes one of this account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ApproveQr {
    /// Content of the scanned code.
    pub code: String,
}

/// Changes the password, the second factor, or both; every other device is logged out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetSecrets {
    /// Password that is valid now.
    pub old: String,
    /// New password, if it changes.
    pub password: Option<String>,
    /// New second factor, if it changes; empty for none.
    pub code: Option<String>,
}

/// Ends this device: its token and its event log are forgotten, and the connection is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Logout {}

/// Lists the devices of the account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Devices {}

/// Answer to [`Devices`], ordered by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// All devices; never more than [`DEVICES`](super::limits::DEVICES).
    pub devices: Vec<DeviceState>,
}

/// Device of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceState {
    /// Name of the device.
    pub device: DeviceId,
    /// Whether it is connected at the moment.
    pub connected: bool,
    /// Whether it is the one that asks.
    pub this: bool,
    /// Number of events that wait for it.
    pub waiting: u64,
}

/// Ends another device of the account: its token and its event log are forgotten, and its
/// connection is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForgetDevice {
    /// Device to end.
    pub device: DeviceId,
}

/// Creates a new device of the account, for whoever gets its token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkDevice {
    /// Name of the device; no other device may have it.
    pub device: DeviceId,
}

/// Answer to [`LinkDevice`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Linked {
    /// Token for a [`LoginToken`].
    pub token: String,
}

/// Proves that the connection is alive.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ping {}

/// Acknowledges all events up to a number: they are safe with the client and do not come again. Has
/// no answer.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ack {
    /// Highest number of an unbroken row.
    pub upto: u64,
}

/// Answer to a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// User who is logged in.
    pub user: UserId,
    /// Device that the connection belongs to.
    pub device: DeviceId,
    /// Token for [`LoginToken`] and for HTTP (`Authorization: Bearer …`). It is valid until
    /// [`Logout`] or a change of secrets.
    pub token: String,
    /// Address of the HTTP side, `host:port`.
    pub http: String,
    /// Number that the next durable event carries.
    pub next: u64,
    /// Number of events that were dropped since the last acknowledgement because the log was full.
    /// The history has what they were about.
    #[serde(default)]
    pub lost: u64,
    /// Largest number of unacknowledged events under way.
    pub window: u32,
}
