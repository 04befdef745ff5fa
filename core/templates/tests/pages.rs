//! Every page renders its sample in every page language, with undefined names refused and hostile names as text.

use std::{fs, path::PathBuf};

use serde_json::Value;
use templates::pages::{PAGE_LANGUAGES, Pages, TEMPLATES, words};

/// Layouts, macros and parts that other templates draw in; they need no sample of their own.
const DRAWN_IN: [&str; 5] = ["base.html", "shell.html", "icons.html", "messages.html", "customer_card.html"];

fn sample(template: &str) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../templates/pages/samples");
    let text = fs::read_to_string(folder.join(template.replace(".html", ".json"))).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_page_has_a_sample_and_renders_it_in_every_language() {
    let pages = Pages::new().unwrap();
    for (template, _) in TEMPLATES.iter().filter(|(name, _)| !DRAWN_IN.contains(name)) {
        let sample = sample(template).unwrap_or_else(|| panic!("{template} has no sample"));
        for language in PAGE_LANGUAGES {
            let mut context = sample.clone();
            context["frame"]["t"] = serde_json::to_value(words(language)).unwrap();
            let html = pages.render_sample(template, context).unwrap_or_else(|why| panic!("{template}: {why:?}"));
            assert!(!html.contains("<img src=x"), "{template} lets markup through");
            assert!(!html.contains("}}49") && !html.contains(">49"), "{template} evaluates what a customer wrote");
            assert!(!html.contains("<script>") && !html.contains(" style="), "{template} has inline script or style");
        }
    }
}

#[test]
fn a_name_the_context_lacks_is_an_error_and_not_a_blank() {
    let pages = Pages::new().unwrap();
    let mut context = sample("login.html").unwrap();
    context["frame"]["t"] = serde_json::to_value(words(domain::Language::English)).unwrap();
    context.as_object_mut().unwrap().remove("problem");
    assert!(pages.render_sample("login.html", context).is_err());
}
