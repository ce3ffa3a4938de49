//! Log records and spans across the boundary.

use abi_stable::{
    StableAbi, sabi_trait,
    std_types::{RBox, ROption, RSlice, RStr, RString, RVec, Tuple2},
};

/// Receiver of a plugin's `tracing` events. Call sites are registered once, then known by number.
#[sabi_trait]
pub trait LogSink: Send + Sync + 'static {
    /// Makes a call site known.
    fn register(&self, site: LogSite<'_>) -> u32;
    /// Whether anybody wants to hear from that site right now.
    fn enabled(&self, site: u32) -> bool;
    /// Reports an event of a call site.
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
    /// Name of the span, or a made-up one of the event.
    pub name: RStr<'a>,
    /// Usually the module path.
    pub target: RStr<'a>,
    /// Source file, empty when unknown.
    pub file: RStr<'a>,
    /// Line in the source, 0 when unknown.
    pub line: u32,
    /// 1 is error, 5 is trace.
    pub level: u8,
    /// A span, not an event.
    pub is_span: bool,
    /// Names of the fields.
    pub fields: RVec<RStr<'a>>,
}

/// A value that is logged.
#[repr(C)]
#[derive(StableAbi)]
pub struct LogField {
    /// Index of the field at its site.
    pub index: u32,
    /// Value of the field.
    pub value: LogValue,
}

/// A value that is logged.
#[repr(u8)]
#[derive(StableAbi)]
pub enum LogValue {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer.
    U64(u64),
    /// A floating-point number.
    F64(f64),
    /// A string, or the `Debug` form of anything.
    Text(RString),
}

/// Event of a span.
#[repr(u8)]
#[derive(StableAbi, Clone, Copy)]
pub enum SpanAction {
    /// The current thread enters the span.
    Enter,
    /// The current thread leaves the span.
    Exit,
    /// One more handle to it.
    Clone,
    /// One handle fewer.
    Close,
}
