//! The demo on a real server with its owner logged in: what tests of booking play on.

use std::time::Duration;

use app::view::{AppError, BookingView, Clerk, NewBooking};
use domain::{
    ResourceId,
    booking::{BookingAction, BookingState},
    catalog::{Count, Need, Phase, Resource, Service, WeeklyHours, WeeklySpan},
    message::Body,
    tenant::BookingPolicy,
};
use jiff::Timestamp;
use testkit::{TestApp, TestPhone};

/// Thursday at noon in Mexico City: Luis has nothing yet in the demo.
pub(crate) const NOON: &str = "2026-03-05T18:00:00Z";

/// Makes `sqlite::NAME` and `postgres::NAME` out of each `async fn NAME(stage: Stage)` of a file.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::stage::Stage::set(testkit::TestApp::sqlite().await.unwrap()).await).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::stage::Stage::set(testkit::TestApp::postgres().await.unwrap()).await).await; })+
        }
    };
}

/// The demo with its owner logged in.
pub(crate) struct Stage {
    pub(crate) app: TestApp,
    pub(crate) clerk: Clerk,
    pub(crate) luis: ResourceId,
}

impl Stage {
    pub(crate) async fn set(app: TestApp) -> Self {
        let (token, _) = crate::cookie(&app).await;
        let clerk = crate::chat::clerk(&app.app.session(&token).await.unwrap().unwrap());
        let catalog = app.app.catalog(&clerk).await.unwrap();
        let luis = catalog.resources.iter().find(|resource| resource.name == "Luis").unwrap().id;
        let stage = Self { app, clerk, luis };
        stage.clear_thursday().await;
        stage
    }

    /// The demo's own bookings of that day are in the way of exact expectations.
    pub(crate) async fn clear_thursday(&self) {
        let (from, to) = (at("2026-03-05T06:00:00Z"), at("2026-03-06T06:00:00Z"));
        for booking in self.app.app.bookings(&self.clerk, from, to).await.unwrap() {
            if booking.state == BookingState::Confirmed {
                self.act(&booking, BookingAction::Cancel).await;
            }
        }
    }

    pub(crate) async fn act(&self, booking: &BookingView, action: BookingAction) -> BookingView {
        self.app.app.act_on_booking(&self.clerk, booking.id, action, booking.version).await.unwrap()
    }

    pub(crate) async fn book(
        &self,
        number: u32,
        service: &str,
        start: &str,
        who: Option<ResourceId>,
    ) -> Result<BookingView, AppError> {
        self.app.app.book(&self.clerk, &wanted(number, service, start, who), None).await
    }

    pub(crate) async fn policy(&self, change: impl FnOnce(&mut BookingPolicy)) {
        let mut tx = self.app.app.store().write(self.clerk.tenant).await.unwrap();
        let mut policy = store::tenants::own(&mut tx).await.unwrap().policy;
        change(&mut policy);
        store::tenants::set_policy(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A room for `capacity` people at a time, and the service `circle` in it.
    pub(crate) async fn furnish_room(&self, capacity: u32) {
        let mut tx = self.app.app.store().write(self.clerk.tenant).await.unwrap();
        let (location, _) = store::locations::all(&mut tx).await.unwrap().remove(0);
        let env = self.app.app.env();
        let hours =
            WeeklyHours((1..=7).map(|weekday| WeeklySpan { weekday, from_minute: 540, to_minute: 1_200 }).collect());
        let room = Resource {
            id: env.id(),
            location: location.id,
            kind: "room".into(),
            name: "Room".into(),
            skills: vec![],
            capacity,
            active: true,
            hours,
            weight: 100,
            position: 90,
        };
        store::resources::insert(&mut tx, &room).await.unwrap();
        let need = Need {
            role: "room".into(),
            kind: "room".into(),
            skill: None,
            count: Count::Seats,
            frees_in_gaps: false,
            choosable: false,
        };
        let service = Service {
            id: env.id(),
            key: "circle".into(),
            name: "Circle".into(),
            synonyms: vec![],
            active: true,
            phases: vec![Phase { minutes: 60, busy: true }],
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            price: domain::Money::new(10_000, domain::Currency::MXN),
            needs: vec![need],
            position: 90,
        };
        store::services::insert(&mut tx, &service).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) fn phone(&self, number: u32) -> TestPhone<'_> {
        self.app.phone("luz", &format!("+5255{number:08}"), &format!("P{number}")).unwrap()
    }

    pub(crate) async fn on_thursday(&self) -> Vec<BookingView> {
        let (from, to) = (at("2026-03-05T06:00:00Z"), at("2026-03-06T06:00:00Z"));
        let all = self.app.app.bookings(&self.clerk, from, to).await.unwrap();
        all.into_iter().filter(|booking| booking.state.blocks()).collect()
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn wanted(number: u32, service: &str, start: &str, resource: Option<ResourceId>) -> NewBooking {
    NewBooking {
        customer: None,
        phone: Some(format!("+5255{number:08}")),
        name: format!("N{number}"),
        services: vec![service.to_owned()],
        start: at(start),
        resource,
        party: 1,
        note: String::new(),
    }
}

/// Waits for something that a job says on its own.
pub(crate) async fn hears(phone: &TestPhone<'_>, words: &str) -> String {
    for _ in 0..400 {
        let heard: Vec<Body> = phone.bubbles().await.unwrap().into_iter().map(|bubble| bubble.body).collect();
        if let Some(body) = heard.iter().rev().find(|body| body.words().contains(words)) {
            return body.words().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nobody said {words:?}; heard {:?}", phone.bubbles().await.unwrap());
}

pub(crate) async fn has_heard(phone: &TestPhone<'_>, words: &str) -> bool {
    phone.bubbles().await.unwrap().iter().any(|bubble| bubble.body.words().contains(words))
}
