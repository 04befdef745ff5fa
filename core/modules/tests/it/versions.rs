//! The version matrix of `wit/README.md`, row by row: components built from an edited contract, offered to this host.

use std::sync::Arc;

use domain::vertical::VerticalError;
use modules::{InstallError, Limits, ModuleHost};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

use crate::{Shelf, warm};

const CURRENT: &str = include_str!("../../../../wit/1.0.0/vertical.wit");
const PREVIOUS: &str = include_str!("../../../../wit/0.1.0/vertical.wit");

/// A component of this contract whose functions do nothing but trap.
fn built(contract: &str) -> Vec<u8> {
    component(&mut Resolve::default(), contract)
}

fn component(resolve: &mut Resolve, contract: &str) -> Vec<u8> {
    let package = resolve.push_str("vertical.wit", contract).unwrap();
    let world = resolve.select_world(&[package], Some("vertical")).unwrap();
    let mut core = dummy_module(resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut core, resolve, world, StringEncoding::UTF8, true).unwrap();
    ComponentEncoder::default().validate(true).module(&core).unwrap().encode().unwrap()
}

/// One for a version that does not exist yet.
pub(crate) fn built_for(version: &str) -> Vec<u8> {
    edited(CURRENT, "@1.0.0", &format!("@{version}"))
}

/// One that wants chance from WASI.
pub(crate) fn built_with_wasi(contract: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wasi = "package wasi:random@0.2.0;\ninterface random { get-random-u64: func() -> u64; }";
    resolve.push_str("random.wit", wasi).unwrap();
    let contract = contract.replacen("world vertical {", "world vertical {\n  import wasi:random/random@0.2.0;", 1);
    component(&mut resolve, &contract)
}

fn edited(contract: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(contract.contains(from), "the contract no longer says {from:?}");
    built(&contract.replacen(from, to, 1))
}

async fn offered(component: Vec<u8>) -> InstallError {
    let host = ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), warm()).unwrap();
    host.install(component).await.unwrap_err()
}

/// Every check passed and the guest ran: a dummy's body can only trap.
fn ran(outcome: &InstallError) -> bool {
    matches!(outcome, InstallError::Describe(VerticalError::Trapped(_)))
}

#[tokio::test]
async fn both_majors_run_as_they_are() {
    for contract in [CURRENT, PREVIOUS] {
        let outcome = offered(built(contract)).await;
        assert!(ran(&outcome), "{outcome}");
    }
}

#[tokio::test]
async fn a_later_patch_or_minor_that_uses_nothing_new_runs() {
    for later in ["1.0.7", "1.4.0"] {
        let outcome = offered(edited(CURRENT, "@1.0.0", &format!("@{later}"))).await;
        assert!(ran(&outcome), "{later}: {outcome}");
    }
    let outcome = offered(edited(PREVIOUS, "@0.1.0", "@0.1.9")).await;
    assert!(ran(&outcome), "{outcome}");
}

#[tokio::test]
async fn an_import_less_or_an_export_more_runs() {
    let function = "  of-everybody: func(earliest: s64, latest: s64) -> result<list<booking>, host-error>;\n";
    for import in ["  import http;\n", function] {
        let less = offered(edited(CURRENT, import, "")).await;
        assert!(ran(&less), "{import}: {less}");
    }
    let more = "interface extra { more: func(); }\nworld vertical {\n  export extra;";
    let more = offered(edited(CURRENT, "world vertical {", more)).await;
    assert!(ran(&more), "{more}");
}

#[tokio::test]
async fn a_host_function_that_is_not_here_is_named() {
    let outcome = offered(edited(CURRENT, "interface clock {", "interface clock {\n  tomorrow: func() -> s64;")).await;
    let InstallError::WrongWorld(why) = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("clock") && why.contains("tomorrow"), "{why}");
}

#[tokio::test]
async fn an_export_that_is_missing_is_refused() {
    let contract = CURRENT.replacen("  describe: func() -> description;", "", 1);
    let outcome = offered(built(&contract)).await;
    let InstallError::WrongWorld(why) = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("describe"), "{why}");
}

#[tokio::test]
async fn another_field_or_case_is_found_by_instantiating() {
    for (from, to) in [
        ("record objection { code: string,", "record objection { code: string, more: bool,"),
        ("record objection { code: string, text: string, fields: list<field> }", "record objection { code: string }"),
        ("    note(string),\n", "    note(string),\n    sing(string),\n"),
        ("    note(string),\n", ""),
    ] {
        let outcome = offered(edited(CURRENT, from, to)).await;
        assert!(matches!(outcome, InstallError::WrongWorld(_)), "{to:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn another_signature_is_refused() {
    let migrate = "migrate: func(context: context, from-version: u32) -> result<_, string>;";
    let search = "search: func(question: string, most: u32) ->";
    for (from, to) in [
        (migrate, "migrate: func(context: context) -> result<_, string>;"),
        (search, "search: func(question: string) ->"),
    ] {
        let outcome = offered(edited(CURRENT, from, to)).await;
        assert!(matches!(outcome, InstallError::WrongWorld(_)), "{to:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn another_major_is_refused_with_both_versions() {
    for (contract, own, other) in [(CURRENT, "1.0.0", "2.0.0"), (PREVIOUS, "0.1.0", "0.2.0")] {
        let outcome = offered(edited(contract, &format!("@{own}"), &format!("@{other}"))).await.to_string();
        let both = outcome.contains(&format!("frontdesk:vertical@{other}")) && outcome.contains("0.1 and 1.0");
        assert!(both, "{outcome}");
    }
}

#[tokio::test]
async fn what_is_not_of_this_contract_is_named() {
    let outcome = offered(built_with_wasi(CURRENT)).await.to_string();
    assert!(outcome.contains("wasi:random/random"), "{outcome}");
    let outcome = offered(edited(CURRENT, "  export business;\n", "")).await.to_string();
    assert!(outcome.contains("frontdesk:vertical/business@"), "{outcome}");
}

/// The page that authors read has a row for each of these, and names the versions that are here.
#[test]
fn the_page_on_versions_names_what_is_served() {
    let page = include_str!("../../../../wit/README.md");
    for version in ["wit/1.0.0", "wit/0.1.0"] {
        assert!(page.contains(&format!("| `{version}` |")), "{version}");
    }
    assert_eq!(page.lines().filter(|line| line.contains("| refused when installed")).count(), 6);
    assert_eq!(page.lines().filter(|line| line.ends_with("| runs |")).count(), 2);
}
