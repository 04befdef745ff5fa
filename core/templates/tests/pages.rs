//! Every page renders its sample in every page language, with undefined names refused and hostile names as text.

use std::{error::Error, fs, path::PathBuf};

use domain::Language;
use serde_json::Value;
use templates::pages::{PAGE_LANGUAGES, Pages, TEMPLATES, words};

/// Layouts, macros and parts that other templates draw in; they need no sample of their own.
const DRAWN_IN: [&str; 7] =
    ["base.html", "shell.html", "platform.html", "icons.html", "messages.html", "customer_card.html", "decisions.html"];

/// The sample of `template` with the texts of one language.
fn sample(template: &str, language: Language) -> Result<Value, Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../templates/pages/samples");
    let text = fs::read_to_string(folder.join(template.replace(".html", ".json")))?;
    let mut sample: Value = serde_json::from_str(&text)?;
    let frame = sample.get_mut("frame").and_then(Value::as_object_mut).ok_or("no frame")?;
    frame.insert("t".to_owned(), serde_json::to_value(words(language))?);
    Ok(sample)
}

#[test]
fn every_page_has_a_sample_and_renders_it_in_every_language() -> Result<(), Box<dyn Error>> {
    let pages = Pages::new()?;
    for (template, _) in TEMPLATES.iter().filter(|(name, _)| !DRAWN_IN.contains(name)) {
        for language in PAGE_LANGUAGES {
            let context = sample(template, language).map_err(|why| format!("the sample of {template}: {why}"))?;
            let html = pages.render_sample(template, context)?;
            assert!(!html.contains("<img src=x"), "{template} lets markup through");
            assert!(!html.contains(";49") && !html.contains(">49"), "{template} evaluates what a customer wrote");
            assert!(!html.contains("<script>") && !html.contains(" style="), "{template} has inline script or style");
        }
    }
    Ok(())
}

#[test]
fn every_page_that_lies_in_the_folder_is_compiled_in() -> Result<(), Box<dyn Error>> {
    for file in fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../templates/pages"))? {
        let name = file?.file_name().to_string_lossy().into_owned();
        let known = TEMPLATES.iter().any(|(template, _)| *template == name);
        assert!(known || !name.ends_with(".html"), "{name} is not among the templates");
    }
    Ok(())
}

#[test]
fn a_name_the_context_lacks_is_an_error_and_not_a_blank() -> Result<(), Box<dyn Error>> {
    let mut context = sample("login.html", Language::English)?;
    context.as_object_mut().ok_or("no object")?.remove("problem");
    assert!(Pages::new()?.render_sample("login.html", context).is_err());
    Ok(())
}
