//! The layers of the configuration, as figment wants them, and where in them a key stands.

use figment::Metadata;
use figment::Profile;
use figment::Provider;
use figment::util::nest;
use figment::value::Dict;
use figment::value::Map;
use figment::value::Value;

/// The reference file is 8 KiB; nobody writes a hundred times that by hand.
pub(crate) const MAX_FILE: u64 = 1 << 20;

/// One value from elsewhere: a variable of the environment, an option of the command line.
pub(super) struct Single {
    /// Name that people know it by: `SLIDGED_LOG_LEVEL`, `--plugin`.
    pub(super) name: String,
    /// `section.key`
    pub(super) key: String,
    pub(super) value: Value,
}

impl Provider for Single {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = nest(&self.key, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}
