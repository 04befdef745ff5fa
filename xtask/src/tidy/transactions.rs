//! While a transaction is open nobody outside is waited for: no provider, no module, no model.
//!
//! A reading of text, not of types: inside a function, between the line that opens a transaction (or takes one as an
//! argument) and the line that commits, no method of a port is called. Meant to catch the honest mistake.

use super::tree::{Finding, Text, Tree};

/// Method names that belong to ports alone.
const OF_PORTS: [&str; 11] = [
    ".describe(",
    ".quote(",
    ".review(",
    ".call_tool(",
    ".step(",
    ".on_event(",
    ".ask(",
    ".fetch_media(",
    ".graph_post(",
    ".mark_read(",
    ".send(",
];
/// What the thing that is called must be named after, because other things have methods of these names.
const PORTS: [&str; 9] =
    ["vertical", "verticals", "channel", "channels", "outside", "provider", "model", "models", "module"];
const OPENS: [&str; 3] = ["store.write(", "store.read(", ".platform("];
const TAKES: [&str; 2] = ["&mut TenantTx", "&mut PlatformTx"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.within("core/app/src/", ".rs").filter(|file| !file.is_test()).flat_map(check_file).collect()
}

fn check_file(file: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut open, mut signature, mut chain) = (false, false, String::new());
    for (number, line) in file.source().shipped() {
        let code = line.trim();
        // A call may stand on a line below what it is called on.
        if !code.starts_with('.') {
            chain.clear();
        }
        chain.push_str(code);
        if code.starts_with("fn ") || code.contains(" fn ") {
            (open, signature) = (false, true);
        }
        if signature && TAKES.iter().any(|word| code.contains(word)) || OPENS.iter().any(|word| chain.contains(word)) {
            open = true;
        }
        signature &= !code.ends_with('{');
        if open
            && !signature
            && let Some(method) = called(&chain).filter(|method| code.contains(method))
        {
            findings.push(
                file.finding(number, format!("{method}…) waits for somebody outside while a transaction is open")),
            );
        }
        if code.contains(".commit()") || code.contains("drop(tx)") {
            open = false;
        }
    }
    findings
}

/// The port's method that this code calls.
fn called(code: &str) -> Option<&'static str> {
    OF_PORTS.into_iter().find(|method| {
        code.split_once(method).is_some_and(|(before, _after)| {
            let chain = before.rsplit([' ', '(', '!', '&', '=']).next().unwrap_or_default();
            chain.split(['.', '?', ')']).any(|name| PORTS.contains(&name))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check(&Tree::of(&[("core/app/src/a.rs", text)])).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_call_between_opening_and_commit_is_caught() {
        let text = "async fn a(&self) {\n let mut tx = self.store.write(t).await?;\n self.vertical.quote(x).await?;\n tx.commit().await?;\n}";
        assert_eq!(lines(text), [3]);
        assert_eq!(lines("async fn a(tx: &mut TenantTx) {\n channel.send(line, m).await?;\n}"), [2]);
        assert_eq!(
            lines("async fn a(\n tx: &mut TenantTx,\n) {\n facts\n  .vertical\n  .call_tool(x)\n  .await?;\n}"),
            [6]
        );
    }

    #[test]
    fn a_call_before_or_after_passes() {
        let text = "async fn a(&self) {\n let p = self.vertical.quote(x).await?;\n let mut tx = self.store.write(t).await?;\n tx.commit().await?;\n self.channel.send(p).await?;\n}\nasync fn b(&self) {\n self.channel.send(1).await\n}";
        assert_eq!(lines(text), [0_usize; 0]);
        assert_eq!(lines("fn a(tx: &mut TenantTx) {\n self.bell.send(1);\n}"), [0_usize; 0]);
    }
}
