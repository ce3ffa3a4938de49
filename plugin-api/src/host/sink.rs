//! Feeds a plugin's logs to this process's subscriber as if they were its own: same targets, so
//! same filters.

use super::{site::Site, watch::Watch};
use crate::{
    ffi::{LogField, LogSink, LogSite, SpanAction},
    log::address,
};
use abi_stable::std_types::{ROption, RSlice, Tuple2};
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, RwLock},
};
use tracing::{
    Event,
    dispatcher::get_default,
    span::{Attributes, Id, Record},
};
use tracing_core::callsite::{self, Identifier};

/// More call sites than any plugin has, so that one which makes them up cannot take all memory.
const SITES: usize = 1 << 16;
/// Placeholder for a span or a site that is not there.
const NO_SITE: u32 = u32::MAX;
const NO_SPAN: u64 = u64::MAX;

pub(super) struct Sink {
    sites: RwLock<Sites>,
    watch: Arc<Watch>,
}

#[derive(Default)]
struct Sites {
    list: Vec<&'static Site>,
    numbers: HashMap<usize, u32>,
    /// Spans that tell what the plugin is doing.
    followed: Vec<u32>,
}

impl Sink {
    /// One that tells `watch` what the plugin is doing.
    pub(super) fn new(watch: Arc<Watch>) -> Self {
        Sink { sites: RwLock::default(), watch }
    }

    fn follows(&self, site: u32) -> bool {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).followed.contains(&site)
    }

    /// Runs something of a plugin's log here. It cannot unwind through the plugin.
    fn at<R: Default>(&self, site: u32, f: impl FnOnce(&'static Site) -> R) -> R {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let site = usize::try_from(site).ok().and_then(|site| sites.list.get(site).copied());
        // Subscribers log too.
        drop(sites);
        site.map(|site| contained(|| f(site))).unwrap_or_default()
    }
}

/// A subscriber's panic is the daemon's own bug; the plugin must not feel it, and there is no log
/// to tell.
fn contained<R: Default>(f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| {
        std::mem::forget(payload);
        R::default()
    })
}

impl LogSink for Sink {
    fn register(&self, site: LogSite<'_>) -> u32 {
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        let number = match u32::try_from(sites.list.len()) {
            Ok(number) if sites.list.len() < SITES => number,
            _ => return NO_SITE,
        };
        if Watch::follows(&site) {
            sites.followed.push(number);
        }
        let site = Site::leaked(&site);
        sites.list.push(site);
        sites.numbers.insert(address(&Identifier(site)), number);
        drop(sites);
        contained(|| callsite::register(site));
        number
    }

    fn enabled(&self, site: u32) -> bool {
        self.at(site, Site::enabled) || self.follows(site)
    }

    fn event(&self, site: u32, fields: RSlice<'_, LogField>) {
        self.at(site, |site| site.with_values(&fields, |values| Event::dispatch(site.meta(), values)));
    }

    fn new_span(&self, site: u32, parent: u64, fields: RSlice<'_, LogField>) -> u64 {
        let id = self.at(site, |site| {
            site.with_values(&fields, |values| {
                let attributes = match parent {
                    0 => Attributes::new(site.meta(), values),
                    NO_SPAN => Attributes::new_root(site.meta(), values),
                    parent => Attributes::child_of(Id::from_u64(parent), site.meta(), values),
                };
                get_default(|dispatch| dispatch.new_span(&attributes)).into_u64()
            })
        });
        if id == 0 {
            return NO_SPAN;
        }
        if self.follows(site) {
            self.watch.span(id, &fields);
        }
        id
    }

    fn record(&self, span: u64, site: u32, fields: RSlice<'_, LogField>) {
        if let Some(span) = known(span) {
            self.at(site, |site| {
                site.with_values(&fields, |values| {
                    get_default(|dispatch| dispatch.record(&span, &Record::new(values)));
                });
            });
        }
    }

    fn span(&self, span: u64, action: SpanAction) -> bool {
        let number = span;
        let Some(span) = known(span) else { return false };
        match action {
            SpanAction::Enter => self.watch.enter(number),
            SpanAction::Exit => self.watch.exit(number),
            SpanAction::Clone | SpanAction::Close => {}
        }
        let closed = contained(|| {
            get_default(|dispatch| match action {
                SpanAction::Enter => {
                    dispatch.enter(&span);
                    false
                }
                SpanAction::Exit => {
                    dispatch.exit(&span);
                    false
                }
                SpanAction::Clone => {
                    dispatch.clone_span(&span);
                    false
                }
                SpanAction::Close => dispatch.try_close(span.clone()),
            })
        });
        if closed {
            self.watch.forget(number);
        }
        closed
    }

    fn current(&self) -> ROption<Tuple2<u64, u32>> {
        contained(|| {
            let (id, meta) = get_default(|dispatch| dispatch.current_span().into_inner())?;
            let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
            Some(Tuple2(id.into_u64(), *sites.numbers.get(&address(&meta.callsite()))?))
        })
        .into()
    }
}

fn known(span: u64) -> Option<Id> {
    (span != 0 && span != NO_SPAN).then(|| Id::from_u64(span))
}
