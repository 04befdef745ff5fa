//! What the owner decides holds on every path: limits, prices by time and party, deposits. On both databases.

use app::view::{AppError, BookingView, JoinWaitlist, MoveBooking, WalkIn};
use domain::{
    Money,
    booking::BookingAction,
    tariff::{Change, Condition, Deposit, DepositPart, PriceRule, Tariff},
    tenant::{Limit, LimitOf, Period},
    waitlist::Wish,
};

use crate::{
    on_both_databases,
    stage::{NOON, Stage, at, hears, wanted},
};

/// Ten in the morning of the same Thursday: off the peak.
const TEN: &str = "2026-03-05T16:00:00Z";
const NEXT_THURSDAY: &str = "2026-03-12T18:00:00Z";

on_both_databases!(
    a_customer_gets_no_more_visits_in_a_week_than_the_owner_allows_on_any_path,
    a_resource_is_not_given_more_than_its_limit_and_what_is_done_counts,
    what_a_price_hangs_on_is_told_and_kept_on_every_path,
    members_pay_members_prices_and_no_deposit,
    a_party_is_as_large_on_every_path_and_pays_for_each,
    who_may_have_no_more_does_not_stand_in_the_way_of_the_next_in_line,
);

fn limit(of: LimitOf, per: Period, bookings: u32) -> Limit {
    Limit { of, per, bookings: Some(bookings), minutes: None }
}

fn refused_with(tried: Result<BookingView, AppError>, code: &str) {
    let Err(AppError::NotBookable(why)) = tried else { panic!("{tried:?}") };
    assert_eq!(why.reasons[0].code, code, "{why:?}");
}

fn keys(booking: &BookingView) -> Vec<&str> {
    booking.lines.iter().map(|line| line.key.as_str()).collect()
}

fn added_up(booking: &BookingView) -> i64 {
    booking.lines.iter().map(|line| line.amount.minor).sum()
}

/// From noon to two, twenty percent more; half is paid ahead.
fn peak() -> Tariff {
    Tariff {
        rules: vec![PriceRule {
            key: "peak".into(),
            label: "Hora pico".into(),
            services: vec![],
            when: vec![Condition::Between(12 * 60, 14 * 60)],
            change: Change::Share(2_000),
        }],
        round_to: None,
        deposit: Some(Deposit { part: DepositPart::Share(5_000), from_total: 0, members_free: true }),
    }
}

fn to(start: &str, booking: &BookingView) -> MoveBooking {
    MoveBooking { start: at(start), resource: None, version: booking.version, notify: false }
}

async fn a_customer_gets_no_more_visits_in_a_week_than_the_owner_allows_on_any_path(stage: Stage) {
    stage.policy(|policy| policy.limits = vec![limit(LimitOf::Customer, Period::Week, 1)]).await;
    let first = stage.book(20_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    refused_with(stage.book(20_001, "beard", "2026-03-06T18:00:00Z", None).await, "limit_reached");
    let said = stage.phone(20_001).chat(&["corte con Luis el viernes a las 12"]).await.unwrap();
    assert!(said.contains("Ya tienes todas las reservas"), "{said}");
    // Another one, and another week.
    stage.book(20_002, "haircut", "2026-03-05T19:00:00Z", Some(stage.luis)).await.unwrap();
    stage.book(20_001, "haircut", NEXT_THURSDAY, None).await.unwrap();
    // The visit itself may move within its week, and not into one that is full.
    let moved = stage.app.app.move_booking(&stage.clerk, first.id, &to(TEN, &first)).await.unwrap();
    let there = to("2026-03-13T18:00:00Z", &moved);
    refused_with(stage.app.app.move_booking(&stage.clerk, first.id, &there).await, "limit_reached");
    // What is done was had; what was cancelled was not.
    let done = stage.act(&moved, BookingAction::Complete).await;
    refused_with(stage.book(20_001, "beard", "2026-03-06T18:00:00Z", None).await, "limit_reached");
    let open = stage.act(&done, BookingAction::Undo).await;
    stage.act(&open, BookingAction::Cancel).await;
    stage.book(20_001, "beard", "2026-03-06T18:00:00Z", None).await.unwrap();
}

async fn a_resource_is_not_given_more_than_its_limit_and_what_is_done_counts(stage: Stage) {
    stage.policy(|policy| policy.limits = vec![limit(LimitOf::Resource(stage.luis), Period::Day, 1)]).await;
    let first = stage.book(21_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    refused_with(stage.book(21_002, "haircut", TEN, Some(stage.luis)).await, "limit_reached");
    stage.act(&first, BookingAction::Complete).await;
    refused_with(stage.book(21_002, "haircut", TEN, Some(stage.luis)).await, "limit_reached");
    let anybody = stage.book(21_003, "haircut", TEN, None).await.unwrap();
    assert_ne!(anybody.resources[0].id, stage.luis, "somebody else does it");
}

async fn what_a_price_hangs_on_is_told_and_kept_on_every_path(stage: Stage) {
    stage.policy(|policy| policy.tariff = peak()).await;
    let booked = stage.book(22_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    assert_eq!(keys(&booked)[..2], ["base", "peak"], "core's lines come first: {:?}", booked.lines);
    assert_eq!(added_up(&booked), booked.total.minor);
    let base = booked.lines[0].amount.minor;
    assert_eq!(booked.lines[1].amount.minor, base / 5);
    assert_eq!(booked.deposit, Some(Money::new((booked.total.minor + 1) / 2, booked.total.currency)));
    // Moved off the peak by a member, the price is the one of that time.
    let moved = stage.app.app.move_booking(&stage.clerk, booked.id, &to(TEN, &booked)).await.unwrap();
    assert!(!keys(&moved).contains(&"peak") && moved.total.minor < booked.total.minor, "{:?}", moved.lines);

    // By chat it is told before the yes, and what was told is kept.
    let phone = stage.phone(22_002);
    let said = phone.chat(&["corte con Luis el jueves a las 12"]).await.unwrap();
    assert!(said.contains("Hora pico") && said.contains("Anticipo"), "{said}");
    phone.chat(&["sí"]).await.unwrap();
    let kept = stage.on_thursday().await.into_iter().find(|booking| booking.from == at(NOON)).unwrap();
    assert_eq!(kept.total, booked.total);
    let said = phone.chat(&["puedes moverla a las 5 de la tarde?"]).await.unwrap();
    assert!(said.contains("El total será"), "another price is told before the yes: {said}");
    phone.chat(&["sí"]).await.unwrap();
    let kept = stage.app.app.booking(&stage.clerk, kept.id).await.unwrap();
    assert!(!keys(&kept).contains(&"peak"), "{:?}", kept.lines);

    // Who walks in at one pays for one o'clock.
    stage.app.app.move_clock(app::view::ClockMove::SetTo(at("2026-03-05T18:58:20Z"))).await.unwrap();
    let walk_in = WalkIn {
        customer: None,
        phone: None,
        name: "Iris".into(),
        services: vec!["haircut".into()],
        resource: None,
        party: 1,
        note: String::new(),
    };
    let here = stage.app.app.walk_in(&stage.clerk, &walk_in).await.unwrap();
    assert!(keys(&here).contains(&"peak"), "{:?}", here.lines);
}

async fn members_pay_members_prices_and_no_deposit(stage: Stage) {
    let discount = PriceRule {
        key: "member".into(),
        label: "Socios".into(),
        services: vec![],
        when: vec![Condition::Member],
        change: Change::Share(-1_000),
    };
    stage.policy(|policy| policy.tariff = Tariff { rules: vec![discount], ..peak() }).await;
    let stranger = stage.book(23_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    assert!(!keys(&stranger).contains(&"member") && stranger.deposit.is_some());
    stage.app.app.set_member(&stage.clerk, stranger.customer, true).await.unwrap();
    let member = stage.book(23_001, "haircut", NEXT_THURSDAY, Some(stage.luis)).await.unwrap();
    assert!(keys(&member).contains(&"member"), "{:?}", member.lines);
    assert_eq!(member.deposit, None);
}

async fn a_party_is_as_large_on_every_path_and_pays_for_each(stage: Stage) {
    stage.furnish_room(5).await;
    let each = PriceRule {
        key: "party".into(),
        label: "Por persona".into(),
        services: vec!["circle".into()],
        when: vec![],
        change: Change::PerPerson(5_000),
    };
    stage.policy(|policy| policy.tariff = Tariff { rules: vec![each], ..Tariff::default() }).await;
    let phone = stage.phone(24_001);
    let said = phone.chat(&["quiero circle para 4 personas el jueves a las 12"]).await.unwrap();
    assert!(said.contains("para 4 personas"), "{said}");
    phone.chat(&["sí"]).await.unwrap();
    let booked = stage.on_thursday().await.remove(0);
    assert_eq!((booked.party, booked.total.minor), (4, 25_000));
    let mut two = wanted(24_002, "circle", NOON, None);
    two.party = 2;
    assert!(
        matches!(stage.app.app.book(&stage.clerk, &two, None).await, Err(AppError::NotBookable(_))),
        "one seat left"
    );
    // Moving keeps the party, in the seats it takes and in the price.
    phone.chat(&["puedes moverla a la 1?", "sí"]).await.unwrap();
    let moved = stage.app.app.booking(&stage.clerk, booked.id).await.unwrap();
    assert_eq!((moved.from, moved.party, moved.total.minor), (at("2026-03-05T19:00:00Z"), 4, 25_000));
    two.start = at("2026-03-05T19:00:00Z");
    assert!(matches!(stage.app.app.book(&stage.clerk, &two, None).await, Err(AppError::NotBookable(_))));
    let back = stage.app.app.move_booking(&stage.clerk, moved.id, &to(NOON, &moved)).await.unwrap();
    assert_eq!((back.party, back.total.minor), (4, 25_000));

    // Who waits is offered, and pays, for as many.
    let group = stage.phone(24_003);
    group.chat(&["hola"]).await.unwrap();
    let join = JoinWaitlist {
        customer: None,
        phone: Some("+525500024003".into()),
        name: String::new(),
        services: vec!["circle".into()],
        wishes: vec![Wish {
            first: "2026-03-05".parse().unwrap(),
            last: "2026-03-05".parse().unwrap(),
            resources: vec![],
            days: vec![],
            between: Some((12 * 60, 12 * 60 + 1)),
        }],
        party: 3,
        priority: 0,
    };
    stage.app.app.join_waitlist(&stage.clerk, &join).await.unwrap();
    stage.act(&back, BookingAction::Cancel).await;
    hears(&group, "Se liberó un lugar").await;
    let offered = stage.on_thursday().await.remove(0);
    assert_eq!((offered.party, offered.total.minor), (3, 20_000));
}

async fn who_may_have_no_more_does_not_stand_in_the_way_of_the_next_in_line(stage: Stage) {
    let booked = stage.book(25_000, "haircut", NOON, Some(stage.luis)).await.unwrap();
    let (first, second) = (stage.phone(25_001), stage.phone(25_002));
    for phone in [&first, &second] {
        phone.chat(&["corte con Luis el jueves a las 12", "ponme en lista de espera"]).await.unwrap();
    }
    stage.book(25_001, "haircut", "2026-03-06T18:00:00Z", None).await.unwrap();
    stage.policy(|policy| policy.limits = vec![limit(LimitOf::Customer, Period::Week, 1)]).await;
    stage.act(&booked, BookingAction::Cancel).await;
    hears(&second, "Se liberó un lugar").await;
    assert!(!crate::stage::has_heard(&first, "Se liberó").await);
}
