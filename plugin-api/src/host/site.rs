//! Call sites of a plugin's log, as call sites of the daemon's.

use crate::ffi::{LogField, LogSite, LogValue};
use abi_stable::std_types::RStr;
use std::sync::{
    OnceLock,
    atomic::{AtomicU8, Ordering},
};
use tracing::{
    Level, Metadata, Value,
    dispatcher::get_default,
    field::{FieldSet, ValueSet, display},
    metadata::Kind,
    subscriber::Interest,
};
use tracing_core::callsite::{Callsite, Identifier};

const LEVELS: [Level; 5] = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

/// A call site of a plugin, as if it were our own. Leaked: `tracing` wants them for ever, and there
/// are only so many in a plugin.
#[derive(Default)]
pub(super) struct Site {
    meta: OnceLock<Metadata<'static>>,
    interest: AtomicU8,
}

impl Site {
    /// Makes it known to nobody but the caller.
    pub(super) fn leaked(site: &LogSite<'_>) -> &'static Site {
        let this: &'static Site = Box::leak(Box::default());
        let fields: Vec<&'static str> = site.fields.iter().map(leaked).collect();
        let level = LEVELS[usize::from(site.level.clamp(1, 5) - 1)];
        let kind = if site.is_span { Kind::SPAN } else { Kind::EVENT };
        this.meta.get_or_init(|| {
            let fields = FieldSet::new(fields.leak(), Identifier(this));
            let (name, target, file) = (leaked(&site.name), leaked(&site.target), leaked(&site.file));
            Metadata::new(name, target, level, Some(file), Some(site.line), None, fields, kind)
        });
        this
    }

    pub(super) fn meta(&'static self) -> &'static Metadata<'static> {
        self.meta.get().expect("set when it was made, before anybody sees it")
    }

    pub(super) fn enabled(&'static self) -> bool {
        match self.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => get_default(|dispatch| dispatch.enabled(self.meta())),
        }
    }

    pub(super) fn with_values<R>(
        &'static self,
        fields: &[LogField],
        f: impl FnOnce(&ValueSet<'_>) -> R,
    ) -> R {
        let texts: Vec<_> = fields
            .iter()
            .map(|field| match &field.value {
                LogValue::Text(text) => Some(display(text.as_str())),
                _ => None,
            })
            .collect();
        let mut values: Vec<Option<&dyn Value>> = vec![None; self.meta().fields().len()];
        for (field, text) in fields.iter().zip(&texts) {
            let index = usize::try_from(field.index).unwrap_or(usize::MAX);
            let Some(slot) = values.get_mut(index) else { continue };
            *slot = match &field.value {
                LogValue::Bool(value) => Some(value),
                LogValue::I64(value) => Some(value),
                LogValue::U64(value) => Some(value),
                LogValue::F64(value) => Some(value),
                LogValue::Text(_) => text.as_ref().map(|text| text as &dyn Value),
            };
        }
        f(&self.meta().fields().value_set_all(&values))
    }
}

fn leaked(text: &RStr<'_>) -> &'static str {
    Box::leak(Box::from(text.as_str()))
}

impl Callsite for Site {
    fn set_interest(&self, interest: Interest) {
        let interest = match () {
            () if interest.is_never() => NEVER,
            () if interest.is_always() => ALWAYS,
            () => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.meta.get().expect("set when it was made, before anybody sees it")
    }
}
