//! The plugin's half of logging: a subscriber that hands everything to the daemon's.

use crate::ffi::{LogBox, LogField, LogSite, LogValue, SpanAction};
use abi_stable::std_types::{RNone, RSlice, RSome, RStr, RVec, Tuple2};
use std::{
    collections::HashMap,
    fmt,
    sync::{Once, PoisonError, RwLock},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_core::{callsite::Identifier, span::Current};

/// Sends this library's logs and panics to the daemon. Only the first call counts.
pub(crate) fn forward_to(sink: LogBox) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if tracing::subscriber::set_global_default(Forward { sink, sites: RwLock::default() }).is_err() {
            // The library set up its own; then its panics are its own affair too.
            return;
        }
        std::panic::set_hook(Box::new(|info| {
            let thread = std::thread::current();
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            let message = info.payload_as_str().unwrap_or("a value of unknown type");
            tracing::error!(thread = thread.name(), location, "panicked: {message}");
        }));
    });
}

/// A subscriber that is only a way to the daemon's.
struct Forward {
    sink: LogBox,
    sites: RwLock<Sites>,
}

#[derive(Default)]
struct Sites {
    numbers: HashMap<usize, u32>,
    metas: HashMap<u32, &'static Metadata<'static>>,
}

impl Forward {
    fn site(&self, meta: &'static Metadata<'static>) -> u32 {
        self.known(&meta.callsite()).unwrap_or_else(|| {
            let fields: RVec<RStr<'_>> = meta.fields().iter().map(|field| field.name().into()).collect();
            let site = self.sink.register(LogSite {
                name: meta.name().into(),
                target: meta.target().into(),
                file: meta.file().unwrap_or_default().into(),
                line: meta.line().unwrap_or_default(),
                level: number(*meta.level()),
                is_span: meta.is_span(),
                fields,
            });
            let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
            sites.metas.insert(site, meta);
            *sites.numbers.entry(address(&meta.callsite())).or_insert(site)
        })
    }

    fn known(&self, site: &Identifier) -> Option<u32> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).numbers.get(&address(site)).copied()
    }
}

/// Key that tells call sites apart. (Their own hash includes the address of a vtable, of which
/// there may be several.)
pub(crate) fn address(site: &Identifier) -> usize {
    std::ptr::from_ref(site.0).cast::<()>().addr()
}

/// 1 is error, 5 is trace.
fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

impl Subscriber for Forward {
    fn register_callsite(&self, meta: &'static Metadata<'static>) -> Interest {
        self.site(meta);
        // The daemon's filters may change at any time.
        Interest::sometimes()
    }

    fn enabled(&self, meta: &Metadata<'_>) -> bool {
        self.known(&meta.callsite()).is_some_and(|site| self.sink.enabled(site))
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let site = self.site(attributes.metadata());
        let parent = match attributes.parent() {
            Some(id) => id.into_u64(),
            None if attributes.is_root() => u64::MAX,
            None => 0,
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        Id::from_u64(self.sink.new_span(site, parent, fields.as_slice()))
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(site) = fields.site.take().and_then(|site| self.known(&site)) {
            self.sink.record(id.into_u64(), site, fields.as_slice());
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if let Some(site) = self.known(&event.metadata().callsite()) {
            let mut fields = Fields::default();
            event.record(&mut fields);
            self.sink.event(site, fields.as_slice());
        }
    }

    fn enter(&self, id: &Id) {
        self.sink.span(id.into_u64(), SpanAction::Enter);
    }

    fn exit(&self, id: &Id) {
        self.sink.span(id.into_u64(), SpanAction::Exit);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.sink.span(id.into_u64(), SpanAction::Clone);
        id.clone()
    }

    fn current_span(&self) -> Current {
        match self.sink.current() {
            RSome(Tuple2(span, site)) => {
                match self.sites.read().unwrap_or_else(PoisonError::into_inner).metas.get(&site) {
                    Some(meta) => Current::new(Id::from_u64(span), meta),
                    None => Current::none(),
                }
            }
            RNone => Current::none(),
        }
    }

    fn try_close(&self, id: Id) -> bool {
        self.sink.span(id.into_u64(), SpanAction::Close)
    }
}

/// The values of an event or a span, and the site that they belong to.
#[derive(Default)]
struct Fields {
    list: Vec<LogField>,
    site: Option<Identifier>,
}

impl Fields {
    fn push(&mut self, field: &Field, value: LogValue) {
        self.site = Some(field.callsite());
        self.list.push(LogField { index: u32::try_from(field.index()).unwrap_or(u32::MAX), value });
    }

    fn as_slice(&self) -> RSlice<'_, LogField> {
        self.list.as_slice().into()
    }
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, LogValue::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, LogValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, LogValue::U64(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, LogValue::F64(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, LogValue::Text(value.to_owned().into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, LogValue::Text(format!("{value:?}").into()));
    }
}
