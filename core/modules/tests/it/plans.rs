//! The same module under two plans: stopped where the small one ends, and not on the large one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    plan::{Plan, Plans},
    vertical::{Activated, CallContext, Desk, Usage, Vertical, VerticalError},
};
use modules::{Limits, ModuleHost, Workshop};

use crate::{Notebook, Shelf, activated, built, context, draft, no_desk, warm};

/// A host whose small plan differs from the large one in what `change` says.
async fn host(change: impl Fn(&mut Limits)) -> (ModuleHost, String) {
    let bytes = built("hostile");
    let empty = ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), warm()).unwrap();
    let digest = empty.install(bytes.clone()).await.unwrap().digest;
    let shelf = Shelf([(digest.clone(), bytes)].into());
    let mut plans = Plans::default();
    let mut small = plans.of(Plan::Enterprise);
    change(&mut small);
    plans.set(Plan::Starter, small);
    (ModuleHost::with_plans(Arc::new(shelf), plans, warm()).unwrap(), digest)
}

fn on(plan: Plan, digest: &str, behaviour: &str) -> Activated {
    Activated { plan, ..activated(1, digest, behaviour, &["memory"]) }
}

async fn quoted(host: &ModuleHost, digest: &str, behaviour: &str) -> [Result<String, VerticalError>; 2] {
    let ask = async |plan| {
        let desk: Arc<dyn Desk> = Arc::new(Notebook::default());
        let answer = host.quote(&on(plan, digest, behaviour), &context(), &draft(), desk).await;
        answer.map(|quotation| quotation.lines.first().map(|line| line.label.clone()).unwrap_or_default())
    };
    [ask(Plan::Starter).await, ask(Plan::Enterprise).await]
}

/// What `remember` and then `recall` answer, with `bytes` to be remembered.
async fn kept(host: &ModuleHost, digest: &str, bytes: usize) -> [Result<usize, VerticalError>; 2] {
    let ask = async |plan| {
        let (desk, arguments) = (Arc::new(Notebook::default()), serde_json::json!("x".repeat(bytes)));
        let running = on(plan, digest, "");
        host.call_tool(&running, &context(), "remember", &arguments, desk.clone()).await?;
        let answer = host.call_tool(&running, &context(), "recall", &serde_json::Value::Null, desk).await;
        answer.map(|answer| answer.text.len())
    };
    [ask(Plan::Starter).await, ask(Plan::Enterprise).await]
}

#[tokio::test]
async fn time_and_questions_end_where_the_plan_says() {
    let (host, digest) = host(|limits| limits.cpu = Duration::from_millis(5)).await;
    for (plan, least, most) in [(Plan::Starter, 5_000, 40_000), (Plan::Enterprise, 50_000, 1_000_000)] {
        let stopped = host.quote(&on(plan, &digest, "spin"), &context(), &draft(), no_desk()).await;
        assert_eq!(stopped, Err(VerticalError::Limit("time")));
        let spent = host.take_usage().into_iter().map(|usage| usage.cpu_us).sum::<u64>();
        assert!((least..most).contains(&spent), "{plan}: {spent} microseconds of processor time");
    }
    let (host, digest) = self::host(|limits| limits.host_calls = 2).await;
    let [small, large] = quoted(&host, &digest, "others").await;
    assert_eq!((small, large), (Err(VerticalError::Limit("host calls")), Ok("found 0".to_owned())));
}

#[tokio::test]
async fn memory_ends_where_the_plan_says() {
    let (host, digest) = host(|limits| limits.memory_bytes = 2 << 20).await;
    let large_arguments = serde_json::json!("x".repeat(3 << 20));
    let ask = async |plan| {
        let desk = Arc::new(Notebook::default());
        host.call_tool(&on(plan, &digest, ""), &context(), "recall", &large_arguments, desk).await
    };
    assert!(matches!(ask(Plan::Starter).await, Err(VerticalError::Trapped(_) | VerticalError::BadOutput(_))));
    assert_eq!(ask(Plan::Enterprise).await.unwrap().text, "");
}

#[tokio::test]
async fn bytes_of_questions_and_answers_end_where_the_plan_says() {
    let (host, digest) = host(|limits| limits.host_bytes = 2_000).await;
    let [small, large] = kept(&host, &digest, 3_000).await;
    let refused = matches!(&small, Err(VerticalError::Refused(why)) if why.contains("bytes of all questions"));
    assert!(refused, "the module was told: {small:?}");
    assert_eq!(large, Ok(3_002));
    let passed: u64 = host.take_usage().iter().map(|usage| usage.host_bytes).sum();
    assert!((6_004..7_000).contains(&passed), "both ways, and what was refused did not pass: {passed}");
    let (host, digest) = self::host(|limits| limits.output_bytes = 2_000).await;
    let [small, large] = kept(&host, &digest, 3_000).await;
    assert!(small.as_ref().is_err_and(VerticalError::is_a_strike), "{small:?}");
    assert_eq!(large, Ok(3_002));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_calls_run_at_once_as_the_plan_says() {
    let (host, digest) = host(|limits| {
        limits.per_tenant = 1;
        limits.wall = Duration::from_millis(20);
        limits.cpu = Duration::from_secs(1);
    })
    .await;
    let spin = async |plan| host.quote(&on(plan, &digest, "spin"), &context(), &draft(), no_desk()).await;
    // The first may be over just when the second has waited for as long; then the third has, too.
    let (one, two, three) = tokio::join!(spin(Plan::Starter), spin(Plan::Starter), spin(Plan::Starter));
    let busy = [one, two, three].into_iter().filter(|answer| *answer == Err(VerticalError::Busy)).count();
    assert!((1..=2).contains(&busy), "who waits as long as a call may take is refused: {busy}");
    let all = tokio::join!(spin(Plan::Enterprise), spin(Plan::Enterprise), spin(Plan::Enterprise));
    let late = || Err(VerticalError::Limit("time"));
    assert_eq!(all, (late(), late(), late()));
}

/// A module at its worst keeps a customer waiting for the time of one price, not for that of each call of the turn.
#[tokio::test]
async fn the_calls_of_a_turn_share_their_time() {
    // Who used much runs behind the other tests of a busy machine: the clock is not to end it first.
    let (host, digest) = host(|limits| limits.wall = Duration::from_secs(30)).await;
    let turn = || CallContext { allowance: Some(Arc::default()), ..context() };
    let (spin, slow) = (on(Plan::Starter, &digest, "spin"), on(Plan::Starter, &digest, "slow"));
    let calls = |usage: Vec<Usage>| usage.iter().map(|usage| usage.calls).sum::<u64>();

    let first = turn();
    host.take_usage();
    assert_eq!(host.quote(&spin, &first, &draft(), no_desk()).await, Err(VerticalError::Limit("time")));
    let again = host.review(&spin, &first, &draft(), no_desk()).await;
    assert_eq!(again, Err(VerticalError::Spent));
    assert!(!VerticalError::Spent.is_a_strike(), "what used the time up was counted");
    assert_eq!(calls(host.take_usage()), 1, "it was not asked a second time");
    assert!(host.review(&spin, &turn(), &draft(), no_desk()).await.is_ok(), "the next turn has its own");
    assert!(host.review(&spin, &context(), &draft(), no_desk()).await.is_ok(), "outside of a turn nobody waits");

    // A host that has just begun compiles first, and that is not the module's time.
    let limits = Limits { wall: Duration::from_millis(100), ..Limits::default() };
    let cold =
        ModuleHost::with(Arc::new(Shelf([(digest.clone(), built("hostile"))].into())), limits, Workshop::default());
    let (cold, first) = (cold.unwrap(), turn());
    let begun = Instant::now();
    let compiled = cold.review(&spin, &first, &draft(), no_desk()).await;
    assert!(begun.elapsed() > limits.wall, "it was compiled");
    assert!(first.allowance.unwrap().left(&limits).is_some(), "{compiled:?}");

    let busy = turn();
    host.take_usage();
    let mut answers = 0;
    let stopped = loop {
        match host.quote(&slow, &busy, &draft(), no_desk()).await {
            Ok(_) => answers += 1,
            Err(error) => break error,
        }
        assert!(answers < 10_000, "no end of it");
    };
    assert!(matches!(stopped, VerticalError::Spent | VerticalError::Limit("time")), "{stopped}");
    let spent = host.take_usage().iter().map(|usage| usage.cpu_us).sum::<u64>();
    assert!(answers > 0 && (45_000..250_000).contains(&spent), "{answers} answers in {spent} microseconds");
}

/// What a call may not be blamed for is that others of its turn had taken nearly all; what it takes itself, it is.
#[tokio::test]
async fn only_who_had_half_of_the_time_is_struck() {
    let (host, digest) = host(|limits| limits.wall = Duration::from_secs(30)).await;
    let limits = host.limits(Plan::Starter);
    let spin = on(Plan::Starter, &digest, "spin");
    let spun = async |before: Duration| {
        let turn = CallContext { allowance: Some(Arc::default()), ..context() };
        turn.allowance.as_ref().unwrap().spend(before);
        let answer = host.quote(&spin, &turn, &draft(), no_desk()).await;
        (answer.unwrap_err(), turn.allowance.unwrap().left(&limits).is_some())
    };
    assert_eq!(spun(limits.cpu / 4).await, (VerticalError::Limit("time"), false));
    assert_eq!(spun(limits.cpu * 3 / 4).await, (VerticalError::Spent, false));
}
