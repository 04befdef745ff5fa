//! Every page template is rendered by a sample, its own or that of a page it is part of.

use std::collections::BTreeSet;

use super::tree::{Finding, Tree};

const PAGES: &str = "templates/pages/";
const SAMPLES: &str = "templates/pages/samples/";
/// Words before the name of another template.
const USES: [&str; 4] = ["extends", "include", "import", "from"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let stem = |path: &str, ending: &str| {
        path.rsplit('/').next().and_then(|name| name.strip_suffix(ending)).map(str::to_owned)
    };
    let pages: Vec<(String, &super::tree::Text)> =
        tree.within(PAGES, ".html").filter_map(|file| Some((stem(&file.path, ".html")?, file))).collect();
    let samples: Vec<_> =
        tree.within(SAMPLES, ".json").filter_map(|file| Some((stem(&file.path, ".json")?, file))).collect();
    let mut rendered: BTreeSet<String> = samples.iter().map(|(name, _)| name.clone()).collect();
    let mut before = 0;
    while before < rendered.len() {
        before = rendered.len();
        let parts = pages.iter().filter(|(name, _)| rendered.contains(name)).flat_map(|(_, file)| used(&file.text));
        let parts: Vec<String> = parts.collect();
        rendered.extend(parts);
    }
    let bare = pages.iter().filter(|(name, _)| !rendered.contains(name));
    let bare = bare.map(|(name, file)| file.finding(1, format!("no sample renders it: add {SAMPLES}{name}.json")));
    let orphans = samples.iter().filter(|(name, _)| !pages.iter().any(|(page, _)| page == name));
    bare.chain(orphans.map(|(name, file)| file.finding(1, format!("there is no template {name}.html")))).collect()
}

/// Names of templates that this one extends, includes or imports.
fn used(text: &str) -> Vec<String> {
    let tags = text.split("{%").skip(1).filter_map(|rest| rest.split("%}").next());
    tags.filter(|tag| USES.iter().any(|word| tag.trim_start_matches(['-', ' ']).starts_with(word)))
        .filter_map(|tag| tag.split(['"', '\'']).nth(1)?.strip_suffix(".html").map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_nothing_renders_is_caught() {
        let tree = Tree::of(&[
            ("templates/pages/base.html", ""),
            ("templates/pages/inbox.html", "{% extends \"base.html\" %}{%- include 'row.html' %}"),
            ("templates/pages/row.html", ""),
            ("templates/pages/lost.html", ""),
            ("templates/pages/samples/inbox.json", "{}"),
            ("templates/pages/samples/gone.json", "{}"),
        ]);
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["templates/pages/lost.html", "templates/pages/samples/gone.json"]);
    }
}
