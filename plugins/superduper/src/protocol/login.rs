//! Getting in: accounts, passwords, codes, tokens, QR.

use serde::{Deserialize, Serialize};

use super::{DeviceId, Millis, UserId};

/// Creates an account. Allowed to anybody who reaches the server, unless it was started with
/// `--closed`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateAccount {
    /// The new user's id, kept as it is.
    pub user: UserId,
    /// The password.
    pub password: String,
    /// The displayed name; the id when empty.
    pub name: String,
    /// A second factor: every login by password must then carry this code.
    pub code: Option<String>,
}

/// Logs this connection in with a password. Another connection of the same device is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Login {
    /// Who.
    pub user: UserId,
    /// The password.
    pub password: String,
    /// The second factor, for accounts that have one.
    pub code: Option<String>,
    /// Which installation: its event log goes on where it acknowledged last.
    pub device: DeviceId,
    /// Events that may be under way without acknowledgement.
    pub window: Option<u32>,
}

/// Logs this connection in with the token of an earlier [`Welcome`] or of a confirmed QR code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginToken {
    /// The token, which belongs to one device of one user.
    pub token: String,
    /// As in [`Login::window`].
    pub window: Option<u32>,
}

/// Asks for a QR code that a logged-in device approves. The code changes with every `qr_code`
/// event; `qr_confirmed` brings the token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QrLogin {
    /// The device that wants in.
    pub device: DeviceId,
}

/// The text to show as a QR code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QrCode {
    /// What the other device scans.
    pub code: String,
    /// Milliseconds until this code is replaced by the next one.
    pub refresh: Millis,
}

/// Approves the QR code that another connection shows: that device becomes one of this account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ApproveQr {
    /// The scanned text.
    pub code: String,
}

/// Changes the password, the second factor, or both; every other device is logged out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetSecrets {
    /// The password that is valid now.
    pub old: String,
    /// The new password, if it changes.
    pub password: Option<String>,
    /// The new second factor, if it changes; empty for none.
    pub code: Option<String>,
}

/// Ends this device: its token and its event log are forgotten, and the connection is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Logout {}

/// Asks which devices the account has.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Devices {}

/// The answer to [`Devices`], ordered by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// All of them; never more than [`DEVICES`](super::limits::DEVICES).
    pub devices: Vec<DeviceState>,
}

/// A device of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceState {
    /// Which.
    pub device: DeviceId,
    /// Whether it is connected at the moment.
    pub connected: bool,
    /// Whether it is the one that asks.
    pub this: bool,
    /// Events that wait for it.
    pub waiting: u64,
}

/// Ends another device of the account: its token and its event log are forgotten, and its
/// connection is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForgetDevice {
    /// Which.
    pub device: DeviceId,
}

/// Makes a new device of the account, for whoever gets its token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkDevice {
    /// What it is called; no other device may have that name.
    pub device: DeviceId,
}

/// The answer to [`LinkDevice`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Linked {
    /// For [`LoginToken`].
    pub token: String,
}

/// Proves that the connection is alive.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ping {}

/// All events up to this number are safe with the client; they do not come again. Has no answer.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ack {
    /// The highest number of an unbroken row.
    pub upto: u64,
}

/// The answer to a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Who is logged in.
    pub user: UserId,
    /// As which device.
    pub device: DeviceId,
    /// For [`LoginToken`] and for HTTP (`Authorization: Bearer …`). Valid until [`Logout`] or a
    /// change of secrets.
    pub token: String,
    /// `host:port` of the HTTP side.
    pub http: String,
    /// The number that the next durable event carries.
    pub next: u64,
    /// Events that were dropped since the last acknowledgement because the log was full: look into
    /// the history.
    #[serde(default)]
    pub lost: u64,
    /// The largest number of unacknowledged events under way.
    pub window: u32,
}
