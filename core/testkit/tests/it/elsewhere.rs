//! Calendars kept elsewhere, played through the product on both databases: what they say closes times for everybody, what
//! they no longer say opens them, and one that cannot be read closes all of its person's until it can.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use app::view::{AppError, AvailabilityWish, ClockMove, JoinWaitlist, NewOutsideCalendar, OutsideCalendarView};
use async_trait::async_trait;
use domain::{
    ResourceId, Secret, Span,
    booking::BookingAction,
    outside_calendar::{Calendars, Reading, Standing, Unread},
    waitlist::Wish,
};
use jiff::tz::TimeZone;
use testkit::TestApp;

use crate::stage::{NOON, Stage, at, hears, wanted};

/// Other people's calendars, by address, as the test says they are.
#[derive(Debug, Default)]
struct Elsewhere(Mutex<BTreeMap<String, Result<Vec<Span>, Unread>>>);

impl Elsewhere {
    fn says(&self, address: &str, said: Result<Vec<Span>, Unread>) {
        self.0.lock().unwrap().insert(address.to_owned(), said);
    }
}

#[async_trait]
impl Calendars for Elsewhere {
    async fn read(&self, address: &Secret, _zone: &TimeZone, window: Span) -> Result<Reading, Unread> {
        let said = self.0.lock().unwrap().get(address.reveal()).cloned().unwrap_or(Err(Unread::Unreachable))?;
        Ok(Reading { busy: said.into_iter().filter_map(|span| span.intersection(window)).collect(), skipped: 0 })
    }
}

const LUIS: &str = "https://calendar.example.com/luis/basic.ics";

struct Beside {
    stage: Stage,
    elsewhere: Arc<Elsewhere>,
}

impl Beside {
    async fn set(database: String) -> Self {
        let elsewhere = Arc::<Elsewhere>::default();
        let stage = Stage::set(TestApp::beside(database, elsewhere.clone()).await.unwrap()).await;
        Self { stage, elsewhere }
    }

    /// Luis connects his calendar, which says this.
    async fn connected(&self, said: Result<Vec<Span>, Unread>) -> OutsideCalendarView {
        self.elsewhere.says(LUIS, said);
        let new =
            NewOutsideCalendar { resource: self.stage.luis, name: "Luis's own".to_owned(), address: LUIS.to_owned() };
        self.stage.app.app.connect_outside_calendar(&self.stage.clerk, &new).await.unwrap()
    }

    /// What it says some minutes later.
    async fn later(&self, minutes: i64, said: Result<Vec<Span>, Unread>) -> OutsideCalendarView {
        let (app, clerk) = (&self.stage.app.app, &self.stage.clerk);
        self.elsewhere.says(LUIS, said);
        app.move_clock(ClockMove::AdvanceSeconds(minutes * 60)).await.unwrap();
        let id = app.outside_calendars(clerk).await.unwrap()[0].id;
        app.read_outside_calendar_now(clerk, id).await.unwrap()
    }

    /// Starts of a haircut with Luis on Thursday, on the wall.
    async fn with_luis(&self) -> String {
        self.starts(Some(self.stage.luis)).await
    }

    async fn starts(&self, resource: Option<ResourceId>) -> String {
        let wish = AvailabilityWish {
            services: vec!["haircut".to_owned()],
            resource,
            party: 1,
            first: "2026-03-05".parse().unwrap(),
            last: "2026-03-05".parse().unwrap(),
            limit: 100,
        };
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        let openings = self.stage.app.app.availability(&self.stage.clerk, &wish).await.unwrap();
        let starts = openings.iter().map(|opening| zone.to_datetime(opening.from).strftime("%H:%M").to_string());
        starts.collect::<Vec<_>>().join(" ")
    }
}

fn noon() -> Span {
    Span::lasting(at(NOON), 60).unwrap()
}

fn hours(text: &str) -> Vec<&str> {
    text.split(' ').filter(|start| ("11:30".."13:00").contains(start)).collect()
}

/// Makes `sqlite::NAME` and `postgres::NAME` out of each.
macro_rules! beside {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::Beside::set(String::new()).await).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::Beside::set(pgtest::database().unwrap()).await).await; })+
        }
    };
}

beside!(
    a_calendar_revoked_between_offer_and_yes_books_nobody_and_keeps_closed_until_it_is_read,
    an_event_elsewhere_that_moves_or_goes_gives_its_time_back_to_whoever_waits,
    an_outage_is_borne_for_two_hours_and_then_closes,
    an_event_that_came_after_the_hold_is_found_by_every_yes,
    a_calendar_is_seen_without_its_address_and_forgotten_whole,
    a_server_reads_a_calendar_by_itself_when_its_turn_comes,
);

/// 7, calcom/cal.diy#29896.
async fn a_calendar_revoked_between_offer_and_yes_books_nobody_and_keeps_closed_until_it_is_read(beside: Beside) {
    let stage = &beside.stage;
    stage.policy(|policy| policy.hold_minutes = 60).await;
    assert_eq!(beside.connected(Ok(vec![])).await.standing, Standing::Read);
    let customer = stage.phone(7_001);
    let said = customer.chat(&["quiero un corte con Luis el jueves a las 12"]).await.unwrap();
    assert!(said.contains("Te aparto"), "{said}");
    let seen = beside.later(10, Err(Unread::Revoked)).await;
    assert_eq!((seen.standing, seen.unread), (Standing::Closed, Some(Unread::Revoked)));
    let said = customer.chat(&["sí"]).await.unwrap();
    assert!(!said.contains("¡Listo!") && said.contains("Lo más cercano"), "{said}");
    assert!(stage.on_thursday().await.iter().all(|booking| booking.hold_until.is_some()), "nobody is booked");
    // For nobody, by no path; others are free as ever.
    assert_eq!(beside.with_luis().await, "");
    assert_ne!(beside.starts(None).await, "");
    let refused = stage.book(7_002, "haircut", NOON, Some(stage.luis)).await;
    let Err(AppError::NotBookable(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(why.reasons[0].code, "taken");
    // Read again, and Luis is there again.
    assert_eq!(beside.later(10, Ok(vec![])).await.standing, Standing::Read);
    stage.book(7_003, "haircut", "2026-03-05T20:00:00Z", Some(stage.luis)).await.unwrap();
}

/// 8, calcom/cal.diy#1919.
async fn an_event_elsewhere_that_moves_or_goes_gives_its_time_back_to_whoever_waits(beside: Beside) {
    let stage = &beside.stage;
    beside.connected(Ok(vec![noon()])).await;
    let free = beside.with_luis().await;
    assert_eq!(hours(&free), Vec::<&str>::new(), "{free}");
    let customer = stage.phone(7_101);
    customer.chat(&["hola"]).await.unwrap();
    let join = JoinWaitlist {
        customer: None,
        phone: Some("+525500007101".to_owned()),
        name: "P7101".to_owned(),
        services: vec!["haircut".to_owned()],
        party: 1,
        priority: 0,
        wishes: vec![Wish {
            first: "2026-03-05".parse().unwrap(),
            last: "2026-03-05".parse().unwrap(),
            resources: vec![stage.luis],
            days: vec![],
            between: Some((12 * 60, 13 * 60)),
        }],
    };
    stage.app.app.join_waitlist(&stage.clerk, &join).await.unwrap();
    // It moves to two o'clock: noon is offered to whoever waits for it, and two is taken.
    let two = Span::lasting(at("2026-03-05T20:00:00Z"), 60).unwrap();
    beside.later(10, Ok(vec![two])).await;
    let offer = hears(&customer, "12:").await;
    assert!(offer.contains("Luis"), "{offer}");
    let taken = stage.book(7_102, "haircut", "2026-03-05T20:00:00Z", Some(stage.luis)).await;
    assert!(matches!(taken, Err(AppError::NotBookable(_))), "{taken:?}");
    // It goes.
    beside.later(10, Ok(vec![])).await;
    stage.book(7_102, "haircut", "2026-03-05T20:00:00Z", Some(stage.luis)).await.unwrap();
}

async fn an_outage_is_borne_for_two_hours_and_then_closes(beside: Beside) {
    beside.connected(Ok(vec![noon()])).await;
    let seen = beside.later(90, Err(Unread::Failing)).await;
    assert_eq!(seen.standing, Standing::Late);
    let free = beside.with_luis().await;
    assert!(!free.is_empty() && hours(&free).is_empty(), "what was read before holds: {free}");
    assert_eq!(beside.later(31, Err(Unread::Unreachable)).await.standing, Standing::Closed);
    assert_eq!(beside.with_luis().await, "");
    let overview = beside.stage.app.app.overview(&beside.stage.clerk).await.unwrap();
    assert_eq!(overview.unread_calendars.len(), 1, "its owner sees it on the first page");
    assert_eq!(beside.later(10, Ok(vec![])).await.standing, Standing::Read);
    assert!(!hours(&beside.with_luis().await).is_empty());
}

async fn an_event_that_came_after_the_hold_is_found_by_every_yes(beside: Beside) {
    let stage = &beside.stage;
    stage.policy(|policy| policy.needs_approval = true).await;
    beside.connected(Ok(vec![])).await;
    let (held, asked) = (wanted(7_201, "haircut", NOON, Some(stage.luis)), stage.phone(7_202));
    let held = stage.app.app.hold_for(&stage.clerk, &held).await.unwrap();
    asked.chat(&["quiero un corte con Luis el jueves a las 2 pm", "sí"]).await.unwrap();
    let waits = stage.app.app.approvals(&stage.clerk).await.unwrap().remove(0);
    beside.later(2, Ok(vec![Span::new(noon().from(), at("2026-03-05T23:00:00Z")).unwrap()])).await;
    for (booking, yes) in [(&held, BookingAction::Confirm), (&waits, BookingAction::Approve)] {
        let refused = stage.app.app.act_on_booking(&stage.clerk, booking.id, yes, booking.version).await;
        assert!(matches!(refused, Err(AppError::NotBookable(_))), "{yes:?}: {refused:?}");
    }
    // Cancelling needs nobody's leave.
    stage.act(&waits, BookingAction::Cancel).await;
}

async fn a_calendar_is_seen_without_its_address_and_forgotten_whole(beside: Beside) {
    let (app, clerk) = (&beside.stage.app.app, &beside.stage.clerk);
    let made = beside.connected(Ok(vec![noon()])).await;
    assert_eq!((made.host.as_str(), made.standing), ("calendar.example.com", Standing::Read));
    let shown = serde_json::to_string(&app.outside_calendars(clerk).await.unwrap()).unwrap();
    assert!(!shown.contains("luis/basic.ics"), "{shown}");
    for (address, field) in [("http://calendar.example.com/a.ics", "address"), (LUIS, "address")] {
        let new = NewOutsideCalendar { resource: beside.stage.luis, name: String::new(), address: address.to_owned() };
        let refused = app.connect_outside_calendar(clerk, &new).await;
        assert!(matches!(&refused, Err(AppError::Invalid { field: wrong, .. }) if wrong == field), "{refused:?}");
    }
    app.disconnect_outside_calendar(clerk, made.id).await.unwrap();
    assert!(!hours(&beside.with_luis().await).is_empty());
    assert!(matches!(app.disconnect_outside_calendar(clerk, made.id).await, Err(AppError::NotFound)));
}

async fn a_server_reads_a_calendar_by_itself_when_its_turn_comes(beside: Beside) {
    let (app, clerk) = (&beside.stage.app.app, &beside.stage.clerk);
    assert_eq!(beside.connected(Err(Unread::Failing)).await.standing, Standing::Closed);
    beside.elsewhere.says(LUIS, Ok(vec![noon()]));
    app.move_clock(ClockMove::AdvanceSeconds(11 * 60)).await.unwrap();
    for _ in 0..300 {
        if app.outside_calendars(clerk).await.unwrap()[0].standing == Standing::Read {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody read it in half a minute");
}
