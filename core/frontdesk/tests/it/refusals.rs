//! Strangers at the command line: four files that are refused, each with one sentence and a failing exit.
//!
//! The files are made from a module that is accepted, so that nothing but what is named can be the reason.

use std::fs;

use crate::{Desk, said};

#[test]
fn four_strangers_are_each_refused_in_one_sentence_and_the_honest_one_is_let_in() {
    let desk = Desk::new();
    said(&desk.run(&["module", "keygen", "theirs.key"]));

    let unknown = desk.refused(&desk.signed("unknown", &desk.module, "theirs.key"));
    assert!(unknown.starts_with("the module is signed by a key that this installation does not trust: "), "{unknown}");

    let file = desk.signed("tampered", &desk.module, "ours.key");
    let mut bytes = desk.module.clone();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(desk.path(&file), bytes).unwrap();
    assert_eq!(desk.refused(&file), "the file is not the one that was signed: it was changed afterwards");

    let wasi = desk.changed("frontdesk:vertical/log@", "wasi:clocks/wall-clock@0.2.0");
    assert_eq!(
        desk.refused(&desk.signed("wasi", &wasi, "ours.key")),
        "the module imports wasi:clocks/wall-clock@0.2.0, which this host does not offer; modules get no files, \
         network, clock or chance"
    );

    let future = desk.changed("frontdesk:vertical/business@", "frontdesk:vertical/business@2.0.0");
    let future = desk.refused(&desk.signed("future", &future, "ours.key"));
    assert!(
        future.starts_with("the module was built for frontdesk:vertical@2.0.0; this host serves ")
            && future.ends_with(": build it for one of these, or update the host"),
        "{future}"
    );

    desk.has_nothing();
    let installed = said(&desk.run(&["module", "install", &desk.signed("honest", &desk.module, "ours.key")]));
    assert!(installed.starts_with("installed hostile "), "{installed}");
}
