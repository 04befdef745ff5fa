//! `cargo xtask bench modules`: a question to a module through the host beside bare wasmtime on the same component in the
//! same run; calls a second; what loading, compiling and a thousand tenants with three modules each cost.
//!
//! Bare means: the engine's defaults, an instance per question from a linked component, no limits, no metering, on the
//! caller's own thread. Ratios are what counts; the clock of a busy machine is noise.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on must stop there and then"
)]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{
    Currency, CustomerId, Language, Money, ReleaseId, ServiceId, TenantId,
    vertical::{Activated, CallContext, Draft, DraftCustomer, DraftItem, DraftResource, NoDesk, Vertical},
};
use modules::{Cache, Components, Limits, ModuleHost, Workshop};
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

const MODULES: [&str; 3] = ["courts", "clinic", "studio"];
const ROUNDS: usize = 7;
const CALLS: u32 = 2_000;
const TENANTS: u128 = 1_000;

struct Shelf(BTreeMap<String, Vec<u8>>);

#[async_trait]
impl Components for Shelf {
    async fn component(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.get(digest).cloned()
    }
}

fn built(name: &str) -> Vec<u8> {
    let path = format!("{}/../../target/modules/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
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
    }
}

/// Ninety minutes on a lit court on a Thursday evening.
fn draft() -> Draft {
    let court = DraftResource {
        name: "Cancha 3".into(),
        kind: "court".into(),
        role: "court".into(),
        skills: ["padel", "lit"].map(str::to_owned).to_vec(),
    };
    let item = DraftItem {
        service: ServiceId(Uuid::nil()),
        key: "padel-90".into(),
        name: "Pádel 90 minutos".into(),
        minutes: 90,
        price: Money::new(40_000, Currency::MXN),
        resources: vec![court],
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
fn question() -> (shapes::Context, shapes::Draft) {
    let moment = |at: i64, date: &str, weekday, minute| shapes::Moment { at, date: date.into(), weekday, minute };
    let (context, draft) = (context(), draft());
    let millis = |at: jiff::Timestamp| at.as_millisecond();
    let court = shapes::Chosen {
        name: "Cancha 3".into(),
        kind: "court".into(),
        role: "court".into(),
        skills: vec!["padel".into(), "lit".into()],
        fields: vec![],
    };
    let item = shapes::DraftItem {
        key: "padel-90".into(),
        name: "Pádel 90 minutos".into(),
        minutes: 90,
        price: 40_000,
        resources: vec![court],
        fields: vec![],
    };
    let visitor = shapes::Visitor { completed_visits: 3, no_shows: 0, last_visit: None, fields: vec![] };
    let asked = shapes::Context {
        language: "es-MX".into(),
        zone: context.zone.clone(),
        now: moment(millis(context.now), "2026-03-02", 1, 540),
        currency: "MXN".into(),
        config: "null".into(),
        request: "bench".into(),
        fields: vec![],
        ext: None,
    };
    let visit = shapes::Draft {
        items: vec![item],
        start: draft.start.map(|at| moment(millis(at), "2026-03-05", 4, 1_140)),
        end: draft.end.map(|at| moment(millis(at), "2026-03-05", 4, 1_230)),
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

async fn host_round(host: &Arc<ModuleHost>, activated: &Activated, callers: u32) -> f64 {
    let begun = Instant::now();
    let each = CALLS / callers;
    let one = |host: Arc<ModuleHost>, activated: Activated| async move {
        let (context, draft) = (context(), draft());
        for _ in 0..each {
            let quoted = host.quote(&activated, &context, &draft, Arc::new(NoDesk)).await.unwrap();
            assert!(!quoted.lines.is_empty());
        }
    };
    let tasks: Vec<_> = (0..callers).map(|_| tokio::spawn(one(Arc::clone(host), activated.clone()))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    micros(begun.elapsed()) / f64::from(each * callers)
}

fn bare_round(bare: &Arc<Bare>, threads: u32) -> f64 {
    let begun = Instant::now();
    let each = CALLS / threads;
    let one = |bare: Arc<Bare>| {
        let (context, draft) = question();
        for _ in 0..each {
            assert!(!bare.quote(&context, &draft).lines.is_empty());
        }
    };
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let bare = Arc::clone(bare);
            std::thread::spawn(move || one(bare))
        })
        .collect();
    for thread in running {
        thread.join().unwrap();
    }
    micros(begun.elapsed()) / f64::from(each * threads)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let shelf: BTreeMap<String, Vec<u8>> = MODULES
        .iter()
        .map(|name| (hex::encode(<sha2::Sha256 as sha2::Digest>::digest(built(name))), built(name)))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let host = |shelf: &BTreeMap<String, Vec<u8>>| {
        let workshop = Workshop { cache: Some(Cache::open(folder.path(), [7; 32]).unwrap()), ..Workshop::default() };
        Arc::new(ModuleHost::with(Arc::new(Shelf(shelf.clone())), Limits::default(), workshop).unwrap())
    };

    println!("installing: parse, compile, link, ask what it is; again from the compiled code that was kept");
    for name in MODULES {
        let (bytes, compiling, loading) = (built(name), host(&shelf), host(&shelf));
        let size = bytes.len() / 1_024;
        let begun = Instant::now();
        compiling.install(bytes.clone()).await.unwrap();
        let (first, begun) = (begun.elapsed(), Instant::now());
        loading.install(bytes).await.unwrap();
        let again = begun.elapsed();
        println!(
            "  {name:<8} {size:>4} KiB   first {:>7.1} ms   again {:>5.2} ms",
            micros(first) / 1e3,
            micros(again) / 1e3
        );
    }

    let host = host(&shelf);
    let installed = host.install(built("courts")).await.unwrap();
    let court = activated(1, "courts", &installed.digest);
    let (plain, compiled) = Bare::new(&built("courts"));
    println!("  courts, bare wasmtime: compile alone {:.1} ms", micros(compiled) / 1e3);
    let plain = Arc::new(plain);
    let answered = host.quote(&court, &context(), &draft(), Arc::new(NoDesk)).await.unwrap();
    let (asked, visit) = question();
    let bare_lines: Vec<i64> = plain.quote(&asked, &visit).lines.iter().map(|line| line.amount).collect();
    let host_lines: Vec<i64> = answered.lines.iter().map(|line| line.amount.minor).collect();
    assert_eq!(host_lines, bare_lines, "both must answer the same");

    println!("\nquote of courts, a fresh instance each; medians of {ROUNDS} rounds of {CALLS}, the two in turns");
    for callers in [1_u32, 2, 8] {
        let (mut hosted, mut alone) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            alone.push(bare_round(&plain, callers.min(2)));
            hosted.push(host_round(&host, &court, callers).await);
        }
        let (hosted, alone) = (median(hosted), median(alone));
        println!(
            "  {callers} at once: host {hosted:>6.1} µs ({:>6.0} calls/s)   bare on {} threads {alone:>6.1} µs ({:>6.0}/s)   ratio {:.2}",
            1e6 / hosted,
            callers.min(2),
            1e6 / alone,
            hosted / alone
        );
    }

    let mut digests = Vec::new();
    for name in MODULES {
        digests.push((name, host.install(built(name)).await.unwrap().digest));
    }
    let before = resident();
    for tenant in 0..TENANTS {
        for (name, digest) in &digests {
            drop(host.quote(&activated(tenant, name, digest), &context(), &draft(), Arc::new(NoDesk)).await.unwrap());
        }
    }
    let after = resident();
    println!(
        "\n{TENANTS} tenants with {} modules each, every one asked once: {} KiB more than before",
        MODULES.len(),
        after - before
    );
    println!("the whole process then: {} MiB", after / 1_024);
}
