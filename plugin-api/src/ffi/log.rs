//! Log records and spans across the boundary.

use abi_stable::{
    StableAbi, sabi_trait,
    std_types::{RBox, ROption, RSlice, RStr, RString, RVec, Tuple2},
};

/// Where a plugin's `tracing` goes. Call sites are registered once, then known by number.
#[sabi_trait]
pub trait LogSink: Send + Sync + 'static {
    /// Makes a call site known.
    fn register(&self, site: LogSite<'_>) -> u32;
    /// Whether anybody wants to hear from that site right now.
    fn enabled(&self, site: u32) -> bool;
    /// Something happened.
    fn event(&self, site: u32, fields: RSlice<'_, LogField>);
    /// A span begins; `parent` is 0 for the current one, `u64::MAX` for none.
    fn new_span(&self, site: u32, parent: u64, fields: RSlice<'_, LogField>) -> u64;
    /// A field of a span becomes known.
    fn record(&self, span: u64, site: u32, fields: RSlice<'_, LogField>);
    /// Tells what else happens to a span. True if it was closed by this.
    fn span(&self, span: u64, action: SpanAction) -> bool;
    /// The span that this thread is in and its site, if it is one of this sink's.
    #[sabi(last_prefix_field)]
    fn current(&self) -> ROption<Tuple2<u64, u32>>;
}

/// An owned [`LogSink`].
pub type LogBox = LogSink_TO<RBox<()>>;

/// A place in a plugin's source that logs.
#[repr(C)]
#[derive(StableAbi)]
pub struct LogSite<'a> {
    /// Of the span, or a made-up one of the event.
    pub name: RStr<'a>,
    /// Usually the module path.
    pub target: RStr<'a>,
    /// Of the source, empty when unknown.
    pub file: RStr<'a>,
    /// Of the source, 0 when unknown.
    pub line: u32,
    /// 1 is error, 5 is trace.
    pub level: u8,
    /// A span, not an event.
    pub is_span: bool,
    /// Their names.
    pub fields: RVec<RStr<'a>>,
}

/// A value that is logged.
#[repr(C)]
#[derive(StableAbi)]
pub struct LogField {
    /// Which of the site's fields.
    pub index: u32,
    /// Its value.
    pub value: LogValue,
}

/// A value that is logged.
#[repr(u8)]
#[derive(StableAbi)]
pub enum LogValue {
    /// As it is.
    Bool(bool),
    /// As it is.
    I64(i64),
    /// As it is.
    U64(u64),
    /// As it is.
    F64(f64),
    /// A string, or the `Debug` form of anything.
    Text(RString),
}

/// Event of a span.
#[repr(u8)]
#[derive(StableAbi, Clone, Copy)]
pub enum SpanAction {
    /// This thread is in it from now on.
    Enter,
    /// This thread has left it.
    Exit,
    /// One more handle to it.
    Clone,
    /// One handle fewer.
    Close,
}
