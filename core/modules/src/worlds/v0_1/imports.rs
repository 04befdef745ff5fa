//! What a guest of 0.1 may ask.

use domain::{
    Span,
    vertical::{DeskError, FreeSlot, SlotWish},
};
use jiff::Timestamp;

use super::bindings::frontdesk::vertical::{log, memory, scheduling, shapes};
use crate::call::{Asking, Call};

impl shapes::Host for Call {}

impl log::Host for Call {
    async fn write(&mut self, line: String) -> wasmtime::Result<()> {
        self.count()?;
        self.log("info", &line);
        Ok(())
    }
}

impl scheduling::Host for Call {
    async fn find_slots(
        &mut self,
        service: String,
        earliest: i64,
        latest: i64,
    ) -> wasmtime::Result<Result<Vec<shapes::Slot>, String>> {
        self.count()?;
        let desk = match self.authorised(Asking::Calendar, "scheduling", None) {
            Ok(desk) => desk,
            Err(denied) => return Ok(Err(denied.to_string())),
        };
        let at = |millis: i64| Timestamp::from_millisecond(millis).ok();
        let Some(window) = at(earliest).zip(at(latest)).and_then(|(from, to)| Span::new(from, to)) else {
            return Ok(Err("the window is empty".to_owned()));
        };
        let wish = SlotWish { services: vec![service], window, party: 1, particular: None, most: 50 };
        let slot = |free: FreeSlot| shapes::Slot {
            start: free.start.as_millisecond(),
            end: free.end.as_millisecond(),
            resources: free.resources,
        };
        let found = desk.find_slots(&wish).await;
        Ok(found.map(|slots| slots.into_iter().take(50).map(slot).collect()).map_err(|error| error.to_string()))
    }
}

impl memory::Host for Call {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, String>> {
        self.count()?;
        match self.authorised(Asking::Reading, "memory", None) {
            Ok(desk) => Ok(desk.read(&key).await.map_err(|error| error.to_string())),
            Err(denied) => Ok(Err(denied.to_string())),
        }
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.count()?;
        if key.len() > 128 || value.len() > 65_536 {
            return Ok(Err(DeskError::Quota("key or value too large").to_string()));
        }
        match self.authorised(Asking::Writing, "memory", None) {
            Ok(desk) => Ok(desk.write(&key, &value).await.map_err(|error| error.to_string())),
            Err(denied) => Ok(Err(denied.to_string())),
        }
    }
}
