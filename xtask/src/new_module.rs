//! `cargo xtask new-module NAME`: a module that builds, has a conversation to pass, and runs in the demo.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::say;

const MANIFEST: &str = include_str!("../templates/new_module/Cargo.toml.txt");
const CODE: &str = include_str!("../templates/new_module/lib.rs.txt");
const CHAT: &str = include_str!("../templates/new_module/first.txt");
const BUSINESS: &str = include_str!("../templates/new_module/business.toml.txt");

/// Writes the crate, its first conversation and a business in the demo; nothing that exists is touched.
pub(crate) fn create(root: &Path, name: &str) -> Result<()> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    ensure!(
        letters && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.len() <= 30,
        "a module's name is lower-case letters and digits"
    );
    let folder = root.join("plugins").join(name);
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let demo_path = root.join("demo/demo.toml");
    let demo = fs::read_to_string(&demo_path).context("demo/demo.toml")?;
    let fill = |template: &str| filled(template, name, demo.matches("[[tenants]]").count());

    fs::create_dir_all(folder.join("src"))?;
    fs::create_dir_all(folder.join("chats"))?;
    fs::write(folder.join("Cargo.toml"), fill(MANIFEST))?;
    fs::write(folder.join("src/lib.rs"), fill(CODE))?;
    fs::write(folder.join("chats/first.txt"), fill(CHAT))?;
    fs::write(&demo_path, demo.trim_end().to_owned() + "\n" + &fill(BUSINESS))?;
    join_workspace(&root.join("plugins/Cargo.toml"), name)?;
    say(format_args!("plugins/{name} is there, and a business for it in demo/demo.toml. Now:"))?;
    say(format_args!("  cargo xtask modules                         builds it"))?;
    say(format_args!("  FRONTDESK_MODULE={name} cargo nextest run -p testkit module_chats"))?;
    say(format_args!("                                              has the conversations in plugins/{name}/chats"))?;
    say("  cargo xtask demo                            shows it in the simulator")
}

/// Adds the crate to the members, and lets cargo note it in the lock file: it needs nothing that is not there.
fn join_workspace(manifest: &Path, name: &str) -> Result<()> {
    let text = fs::read_to_string(manifest)?;
    let (before, after) = text.split_once("members = [").context("plugins/Cargo.toml has no members")?;
    let (members, rest) = after.split_once(']').context("plugins/Cargo.toml has no end of members")?;
    fs::write(manifest, format!("{before}members = [{members}, \"{name}\"]{rest}"))?;
    let noted = std::process::Command::new("cargo")
        .args(["metadata", "--offline", "--format-version", "1"])
        .current_dir(manifest.parent().unwrap_or(manifest))
        .output()?;
    ensure!(noted.status.success(), "{}", String::from_utf8_lossy(&noted.stderr));
    Ok(())
}

/// `number` keeps telephone numbers of the demo's businesses apart.
fn filled(template: &str, name: &str, number: usize) -> String {
    let capital: String = name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect();
    template
        .replace("{{name}}", name)
        .replace("{{Name}}", &capital)
        .replace("{{number}}", &format!("{:04}", 2_000 + number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in_and_no_two_businesses_share_a_number() {
        for template in [MANIFEST, CODE, CHAT, BUSINESS] {
            assert!(!filled(template, "carwash", 3).contains("{{"));
        }
        assert!(filled(CODE, "carwash", 3).contains("pub struct Carwash;"));
        assert_ne!(filled(BUSINESS, "a", 3), filled(BUSINESS, "a", 4));
    }

    #[test]
    fn what_is_typed_in_the_first_conversation_has_its_answer() {
        let lines = |mark: char| CHAT.lines().filter(|line| line.starts_with(mark)).count();
        assert_eq!((lines('>'), lines('<')), (3, 3));
    }
}
