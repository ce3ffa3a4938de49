//! Requests of a device about the other devices of its account.

use super::hub::Hub;
use super::world::{Actor, Change, Outcome};
use crate::protocol::login::Linked;
use crate::protocol::wire::json;
use crate::protocol::{DeviceId, Kind, Refusal};

/// Ends another device.
pub(super) fn forget(hub: &Hub, by: Actor, device: DeviceId) -> Outcome {
    if by.device == device {
        return Err(Refusal::new(Kind::Conflict, "this device logs out by itself"));
    }
    if !exists(hub, &by.user, &device) {
        return Err(Refusal::new(Kind::NotFound, "no such device"));
    }
    hub.change(&Change::Forget { user: by.user, device })
}

/// Creates a new device.
pub(super) fn link(hub: &Hub, by: Actor, device: DeviceId) -> Outcome {
    if exists(hub, &by.user, &device) {
        return Err(Refusal::new(Kind::Conflict, "this account has a device of that name"));
    }
    let token = hub.open_device(&Actor { user: by.user, device })?;
    Ok(json(&Linked { token }))
}

fn exists(hub: &Hub, user: &str, device: &str) -> bool {
    hub.read(|world| world.device(user, device).is_some())
}
