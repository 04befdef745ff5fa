//! What a running guest may ask: each call counted, each capability checked before anything happens.

use std::sync::Arc;

use domain::{
    Span,
    vertical::{Desk, DeskError},
};
use jiff::Timestamp;

use crate::{
    bindings::frontdesk::vertical::{log, memory, scheduling, shapes::Slot},
    limits::{Limits, Meter},
};

/// What belongs to one call.
pub(crate) struct Call {
    pub(crate) meter: Meter,
    pub(crate) desk: Option<Arc<dyn Desk>>,
    grants: Vec<String>,
    module: String,
    calls_left: u32,
    lines_left: u32,
}

/// The guest asked more often than it may.
#[derive(Debug, thiserror::Error)]
#[error("host call budget")]
pub(crate) struct OverBudget;

impl Call {
    pub(crate) fn new(limits: &Limits, module: &str, grants: &[String], desk: Option<Arc<dyn Desk>>) -> Self {
        Self {
            meter: Meter::new(limits),
            desk,
            grants: grants.to_vec(),
            module: module.to_owned(),
            calls_left: limits.host_calls,
            lines_left: limits.log_lines,
        }
    }

    fn count(&mut self) -> wasmtime::Result<()> {
        self.calls_left = self.calls_left.checked_sub(1).ok_or(OverBudget)?;
        Ok(())
    }

    /// The one place where a capability is granted or not. Denial is an answer, never a trap.
    fn authorised(&self, capability: &'static str) -> Result<Arc<dyn Desk>, String> {
        let granted = self.grants.iter().any(|grant| grant == capability);
        let desk = self.desk.clone().filter(|_| granted);
        desk.ok_or_else(|| DeskError::Denied(capability).to_string())
    }
}

impl log::Host for Call {
    async fn write(&mut self, line: String) -> wasmtime::Result<()> {
        self.count()?;
        if let Some(left) = self.lines_left.checked_sub(1) {
            self.lines_left = left;
            let line: String = line.chars().filter(|letter| !letter.is_control()).take(1_024).collect();
            tracing::info!(module = %self.module, line, "module log");
        }
        Ok(())
    }
}

impl scheduling::Host for Call {
    async fn find_slots(
        &mut self,
        service: String,
        earliest: i64,
        latest: i64,
    ) -> wasmtime::Result<Result<Vec<Slot>, String>> {
        self.count()?;
        let desk = match self.authorised("scheduling") {
            Ok(desk) => desk,
            Err(denied) => return Ok(Err(denied)),
        };
        let at = |millis: i64| Timestamp::from_millisecond(millis).ok();
        let Some(window) = at(earliest).zip(at(latest)).and_then(|(from, to)| Span::new(from, to)) else {
            return Ok(Err("the window is empty".to_owned()));
        };
        let found = desk.find_slots(&service, window).await;
        let slot = |free: domain::vertical::FreeSlot| Slot {
            start: free.start.as_millisecond(),
            end: free.end.as_millisecond(),
            resources: free.resources,
        };
        Ok(found.map(|slots| slots.into_iter().take(50).map(slot).collect()).map_err(|error| error.to_string()))
    }
}

impl memory::Host for Call {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, String>> {
        self.count()?;
        match self.authorised("memory") {
            Ok(desk) => Ok(desk.read(&key).await.map_err(|error| error.to_string())),
            Err(denied) => Ok(Err(denied)),
        }
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.count()?;
        if key.len() > 128 || value.len() > 65_536 {
            return Ok(Err(DeskError::Quota("key or value too large").to_string()));
        }
        match self.authorised("memory") {
            Ok(desk) => Ok(desk.write(&key, &value).await.map_err(|error| error.to_string())),
            Err(denied) => Ok(Err(denied)),
        }
    }
}

impl crate::bindings::frontdesk::vertical::shapes::Host for Call {}
