//! `cargo xtask bench modules`: a question to a module through the host beside bare wasmtime on the same component in the
//! same run; calls a second; what loading, compiling and a thousand tenants with three modules each cost.
//!
//! Bare means: the engine's defaults, an instance per question from a linked component, no limits, no metering, on the
//! caller's own thread; one at a time also on another, where a server has to call it. Ratios are what counts; the clock
//! of a busy machine is noise. The ratio to hold is 1.5, the memory of a thousand tenants 300 MB. An argument is the
//! number of calls a round instead of 2,000.
//!
//! Needs: modules.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on must stop there and then"
)]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{
    Currency, CustomerId, Language, Money, ReleaseId, ServiceId, TenantId,
    vertical::{
        Activated, CallContext, Draft, DraftCustomer, DraftItem, DraftResource, NoDesk, StarterService, Vertical,
    },
};
use modules::{Cache, Checked, Components, Limits, ModuleHost, Workshop};
use uuid::Uuid;
use wasmtime::{
    Engine, Store,
    component::{Component, Linker},
};

mod bare {
    //! The contract without a host behind it.
    wasmtime::component::bindgen!({ path: "../../wit/1.0.0", world: "vertical" });
}
use bare::exports::frontdesk::vertical::business as wit;
use bare::frontdesk::vertical::shapes;

/// Whose calls take turns, so that none has had more than its share: who has goes behind, on threads that give way.
const BUSY: u128 = 100;
/// So many modules a tenant.
const MODULES: usize = 3;
const ROUNDS: usize = 7;
const TENANTS: u128 = 1_000;

struct Shelf(BTreeMap<String, Vec<u8>>);

#[async_trait]
impl Components for Shelf {
    async fn component(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.get(digest).cloned()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/modules"))
}

fn built(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// The largest of those that have something to sell.
async fn trades(host: &ModuleHost) -> Vec<(String, Checked)> {
    let files =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = files.filter(|name| name.ends_with(".wasm")).collect();
    names.sort_by_key(|name| std::cmp::Reverse(built(name).len()));
    let mut found = Vec::new();
    for name in names {
        if let Ok(installed) = host.install(built(&name)).await
            && !installed.description.starter_services.is_empty()
            && found.len() < MODULES
        {
            found.push((name, installed));
        }
    }
    found
}

fn activated(tenant: u128, module: &str, digest: &str) -> Activated {
    Activated {
        tenant: TenantId(Uuid::from_u128(tenant)),
        module: module.to_owned(),
        release: ReleaseId(Uuid::nil()),
        digest: digest.to_owned(),
        config: serde_json::Value::Null,
        grants: Vec::new(),
        data_version: 0,
        plan: domain::plan::Plan::default(),
    }
}

fn context() -> CallContext {
    let now = "2026-03-02T15:00:00Z".parse().unwrap();
    CallContext {
        language: Language::Spanish,
        zone: "America/Mexico_City".into(),
        now,
        currency: Currency::MXN,
        request: "bench".into(),
        allowance: None,
    }
}

/// The first thing it sells, on a Thursday evening.
fn draft(sold: &StarterService) -> Draft {
    let resource = |need: &domain::catalog::Need| DraftResource {
        name: "1".into(),
        kind: need.kind.clone(),
        role: need.role.clone(),
        skills: need.skill.iter().cloned().collect(),
    };
    let item = DraftItem {
        service: ServiceId(Uuid::nil()),
        key: sold.key.clone(),
        name: sold.key.clone(),
        minutes: sold.phases.iter().map(|phase| phase.minutes).sum(),
        price: Money::new(sold.price_minor, Currency::MXN),
        resources: sold.needs.iter().map(resource).collect(),
    };
    let customer = DraftCustomer {
        id: CustomerId(Uuid::nil()),
        completed_visits: 3,
        no_shows: 0,
        last_visit: None,
        fields: BTreeMap::new(),
    };
    Draft {
        items: vec![item],
        start: "2026-03-06T01:00:00Z".parse().ok(),
        end: "2026-03-06T02:30:00Z".parse().ok(),
        party: 4,
        customer: Some(customer),
        fields: BTreeMap::new(),
    }
}

/// The same question in the contract's own types.
fn question(draft: &Draft) -> (shapes::Context, shapes::Draft) {
    let moment = |at: jiff::Timestamp, date: &str, weekday, minute| shapes::Moment {
        at: at.as_millisecond(),
        date: date.into(),
        weekday,
        minute,
    };
    let context = context();
    let chosen = |resource: &DraftResource| shapes::Chosen {
        name: resource.name.clone(),
        kind: resource.kind.clone(),
        role: resource.role.clone(),
        skills: resource.skills.clone(),
        fields: vec![],
    };
    let item = |item: &DraftItem| shapes::DraftItem {
        key: item.key.clone(),
        name: item.name.clone(),
        minutes: item.minutes,
        price: item.price.minor,
        resources: item.resources.iter().map(chosen).collect(),
        fields: vec![],
    };
    let visitor = shapes::Visitor { completed_visits: 3, no_shows: 0, last_visit: None, fields: vec![] };
    let asked = shapes::Context {
        language: "es-MX".into(),
        zone: context.zone.clone(),
        now: moment(context.now, "2026-03-02", 1, 540),
        currency: "MXN".into(),
        config: "null".into(),
        request: "bench".into(),
        fields: vec![],
        ext: None,
    };
    let visit = shapes::Draft {
        items: draft.items.iter().map(item).collect(),
        start: draft.start.map(|at| moment(at, "2026-03-05", 4, 1_140)),
        end: draft.end.map(|at| moment(at, "2026-03-05", 4, 1_230)),
        party: 4,
        visitor: Some(visitor),
        fields: vec![],
        ext: None,
    };
    (asked, visit)
}

/// Bare wasmtime: what an instance per question costs without a host around it.
struct Bare {
    engine: Engine,
    ready: bare::VerticalPre<()>,
}

impl Bare {
    fn new(bytes: &[u8]) -> (Self, Duration) {
        let engine = Engine::default();
        let begun = Instant::now();
        let component = Component::new(&engine, bytes).unwrap();
        let compiled = begun.elapsed();
        let mut linker = Linker::<()>::new(&engine);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        let ready = bare::VerticalPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        (Self { engine, ready }, compiled)
    }

    fn quote(&self, context: &shapes::Context, draft: &shapes::Draft) -> wit::Quotation {
        let mut store = Store::new(&self.engine, ());
        let instance = self.ready.instantiate(&mut store).unwrap();
        instance.frontdesk_vertical_business().call_quote(&mut store, context, draft).unwrap().unwrap()
    }
}

/// Bare wasmtime as a server has to call it that must not stand still meanwhile: each question on another thread.
async fn handed_over(bare: &Arc<Bare>, draft: &Draft) -> f64 {
    let begun = Instant::now();
    let (context, draft) = question(draft);
    for _ in 0..calls() {
        let (bare, context, draft) = (Arc::clone(bare), context.clone(), draft.clone());
        let answered = tokio::task::spawn_blocking(move || bare.quote(&context, &draft));
        std::hint::black_box(answered.await.unwrap());
    }
    micros(begun.elapsed()) / f64::from(calls())
}

fn micros(of: Duration) -> f64 {
    of.as_secs_f64() * 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Resident memory of this process, in KiB.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

/// Calls a round.
fn calls() -> u32 {
    std::env::args().nth(1).map_or(2_000, |calls| calls.parse().unwrap())
}

async fn host_round(host: &Arc<ModuleHost>, asked: &Arc<Vec<Activated>>, draft: &Draft, callers: u32) -> f64 {
    let begun = Instant::now();
    let each = calls() / callers;
    let one = |host: Arc<ModuleHost>, asked: Arc<Vec<Activated>>, draft: Draft| async move {
        let context = context();
        for activated in asked.iter().cycle().take(usize::try_from(each).unwrap()) {
            std::hint::black_box(host.quote(activated, &context, &draft, Arc::new(NoDesk)).await.unwrap());
        }
    };
    let tasks: Vec<_> =
        (0..callers).map(|_| tokio::spawn(one(Arc::clone(host), Arc::clone(asked), draft.clone()))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    micros(begun.elapsed()) / f64::from(each * callers)
}

fn bare_round(bare: &Arc<Bare>, draft: &Draft, threads: u32) -> f64 {
    let begun = Instant::now();
    let each = calls() / threads;
    let one = move |bare: Arc<Bare>, draft: Draft| {
        let (context, draft) = question(&draft);
        for _ in 0..each {
            std::hint::black_box(bare.quote(&context, &draft));
        }
    };
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let (bare, draft) = (Arc::clone(bare), draft.clone());
            std::thread::spawn(move || one(bare, draft))
        })
        .collect();
    for thread in running {
        thread.join().unwrap();
    }
    micros(begun.elapsed()) / f64::from(each * threads)
}

async fn compare(
    host: &Arc<ModuleHost>,
    plain: &Arc<Bare>,
    draft: &Draft,
    busy: &Arc<Vec<Activated>>,
    alone: &Arc<Vec<Activated>>,
) {
    let kinds = [(1_u32, busy, ""), (2, busy, ""), (8, busy, ""), (8, alone, ", all of one tenant")];
    for (callers, asked, who) in kinds {
        let (mut hosted, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(bare_round(plain, draft, callers.min(2)));
            hosted.push(host_round(host, asked, draft, callers).await);
        }
        let (hosted, bare) = (median(hosted), median(bare));
        println!(
            "  {callers} at once: host {hosted:>6.1} µs ({:>6.0} calls/s)   bare on {} threads {bare:>6.1} µs ({:>6.0}/s)   ratio {:.2}{who}",
            1e6 / hosted,
            callers.min(2),
            1e6 / bare,
            hosted / bare
        );
    }
    let (mut hosted, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (plain, asked) = (Arc::clone(plain), draft.clone());
        bare.push(tokio::spawn(async move { handed_over(&plain, &asked).await }).await.unwrap());
        hosted.push(host_round(host, busy, draft, 1).await);
    }
    let (hosted, bare) = (median(hosted), median(bare));
    println!(
        "  1 at once: host {hosted:>6.1} µs, bare on a thread that may wait {bare:>6.1} µs, ratio {:.2}",
        hosted / bare
    );
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let first = ModuleHost::new(Arc::new(Shelf(BTreeMap::new())), Limits::default()).unwrap();
    let trades = trades(&first).await;
    let shelf: BTreeMap<String, Vec<u8>> =
        trades.iter().map(|(name, installed)| (installed.digest.clone(), built(name))).collect();
    let folder = tempfile::tempdir().unwrap();
    let host = |shelf: &BTreeMap<String, Vec<u8>>| {
        let workshop = Workshop { cache: Some(Cache::open(folder.path(), [7; 32]).unwrap()), ..Workshop::default() };
        Arc::new(ModuleHost::with(Arc::new(Shelf(shelf.clone())), Limits::default(), workshop).unwrap())
    };

    println!("installing: parse, compile, link, ask what it is; again from the compiled code that was kept");
    for (name, _installed) in &trades {
        let (bytes, compiling, loading) = (built(name), host(&shelf), host(&shelf));
        let size = bytes.len() / 1_024;
        let begun = Instant::now();
        compiling.install(bytes.clone()).await.unwrap();
        let (cold, begun) = (begun.elapsed(), Instant::now());
        loading.install(bytes).await.unwrap();
        let (cold, warm) = (micros(cold) / 1e3, micros(begun.elapsed()) / 1e3);
        println!("  {name:<14} {size:>4} KiB   first {cold:>7.1} ms   again {warm:>5.2} ms");
    }

    let host = host(&shelf);
    let (name, installed) = trades.first().unwrap();
    let asked = activated(1, &installed.description.name, &installed.digest);
    let draft = draft(installed.description.starter_services.first().unwrap());
    let busy: Vec<Activated> =
        (0..BUSY).map(|tenant| activated(tenant, &installed.description.name, &installed.digest)).collect();
    let (busy, alone) = (Arc::new(busy), Arc::new(vec![asked.clone()]));
    let (plain, compiled) = Bare::new(&built(name));
    println!("  {name}, bare wasmtime: compiling alone {:.1} ms", micros(compiled) / 1e3);
    let plain = Arc::new(plain);
    let answered = host.quote(&asked, &context(), &draft, Arc::new(NoDesk)).await.unwrap();
    let (own_context, own_draft) = question(&draft);
    let bare_lines: Vec<i64> = plain.quote(&own_context, &own_draft).lines.iter().map(|line| line.amount).collect();
    let host_lines: Vec<i64> = answered.lines.iter().map(|line| line.amount.minor).collect();
    assert_eq!(host_lines, bare_lines, "both must answer the same");

    println!("\nquote of {name}, a fresh instance each; medians of {ROUNDS} rounds of {}, the two in turns", calls());
    compare(&host, &plain, &draft, &busy, &alone).await;

    let before = resident();
    for tenant in 0..TENANTS {
        for (name, installed) in &trades {
            let asked = activated(tenant, name, &installed.digest);
            drop(host.quote(&asked, &context(), &draft, Arc::new(NoDesk)).await.unwrap());
        }
    }
    let after = resident();
    println!(
        "\n{TENANTS} tenants with {} modules each, every one asked once: {} KiB more than before",
        MODULES,
        after - before
    );
    println!("the whole process then: {} MiB", after / 1_024);
}
