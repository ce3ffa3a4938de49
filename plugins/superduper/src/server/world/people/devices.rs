//! Devices of accounts, and their tokens.

use super::super::device::Device;
use super::super::outcome::{Actor, Outcome, answer, done, refuse};
use super::super::rules;
use super::People;
use crate::protocol::login::{DeviceList, DeviceState};
use crate::protocol::{Kind, Refusal, limits};

impl People {
    /// Opens a device, or gives an existing one a new token.
    pub(in super::super) fn open_device(&mut self, user: &str, device: &str, token: &str) -> Outcome {
        rules::id(device)?;
        let account =
            self.accounts.get_mut(user).ok_or_else(|| Refusal::new(Kind::NotFound, "no such user"))?;
        if let Some(known) = account.devices.get_mut(device) {
            self.tokens.remove(&known.token);
            known.token = token.to_owned();
        } else {
            if account.devices.len() >= limits::DEVICES {
                return refuse(Kind::TooLarge, "this account has too many devices");
            }
            account.devices.insert(device.to_owned(), Device::new(token.to_owned()));
        }
        self.tokens.insert(token.to_owned(), Actor { user: user.to_owned(), device: device.to_owned() });
        done()
    }

    /// Forgets a device with its log.
    pub(in super::super) fn forget_device(&mut self, user: &str, device: &str) -> Outcome {
        if let Some(mut gone) = self.accounts.get_mut(user).and_then(|account| account.devices.remove(device))
        {
            self.tokens.remove(&gone.token);
            gone.bye("logged_out");
        }
        done()
    }

    /// Lists the devices of the actor's account.
    pub(in super::super) fn devices(&self, by: &Actor) -> Outcome {
        let state = |(id, device): (&String, &Device)| DeviceState {
            device: id.clone(),
            connected: device.link.is_some(),
            this: *id == by.device,
            waiting: device.waiting(),
        };
        answer(&DeviceList { devices: self.other(&by.user)?.devices.iter().map(state).collect() })
    }

    /// Drops the events that a device has acknowledged.
    pub(in super::super) fn acknowledge(&mut self, user: &str, device: &str, upto: u64) -> Outcome {
        match self.device_mut(user, device) {
            Some(device) => answer(&device.acknowledge(upto)),
            None => done(),
        }
    }

    /// Returns the device that a token belongs to, by the token's digest.
    pub(in super::super) fn bearer(&self, digest: &str) -> Option<&Actor> {
        self.tokens.get(digest)
    }

    /// Returns the device, if it exists.
    pub(in super::super) fn device(&self, user: &str, device: &str) -> Option<&Device> {
        self.accounts.get(user)?.devices.get(device)
    }

    pub(in super::super) fn device_mut(&mut self, user: &str, device: &str) -> Option<&mut Device> {
        self.accounts.get_mut(user)?.devices.get_mut(device)
    }
}
