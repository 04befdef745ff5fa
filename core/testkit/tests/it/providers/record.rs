//! A conversation as it was on the wire, for people to read beside the provider's reference.
//!
//! What differs from run to run is masked: ids by order of appearance, addresses, links, boundaries.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::providers::Asked;

use super::wire::Post;

/// Headers that are part of the protocol.
const HEADERS: [&str; 4] = ["authorization", "apikey", "token", "content-type"];
/// What ids of ours begin with.
const IDS: [&str; 7] = ["out_", "chn_", "bkg_", "med_", "svc_", "res_", "frontdesk_"];

/// The golden text, and what has been masked so far.
#[derive(Default)]
pub(super) struct Record {
    text: String,
    masked: BTreeMap<String, String>,
    hosts: Vec<(String, &'static str)>,
}

impl Record {
    pub(super) fn new(fake: &str, own: &str) -> Self {
        Self {
            hosts: vec![(fake.to_owned(), "http://provider"), (own.to_owned(), "http://frontdesk")],
            ..Self::default()
        }
    }

    pub(super) fn heading(&mut self, words: &str) {
        self.text.push_str(&format!("\n=== {words}\n"));
    }

    pub(super) fn line(&mut self, words: &str) {
        let words = self.mask(words);
        self.text.push_str(&format!("{words}\n"));
    }

    /// A call of the provider's and our answer to it.
    pub(super) fn posted(&mut self, post: &Post, answer: (u16, &str)) {
        let query = if post.query.is_empty() { String::new() } else { format!("?{}", post.query) };
        self.line(&format!("\n--> POST webhook{query}"));
        self.line(&format!("{}: (proof)", post.header));
        self.body(post.mime, &post.body);
        self.line(format!("<-- {} {}", answer.0, answer.1).trim_end());
    }

    /// A call of ours and the provider's answer to it.
    pub(super) fn asked(&mut self, asked: &Asked) {
        self.line(&format!("\n<-- {} {}", asked.method, asked.path));
        let mut mime = String::new();
        for name in HEADERS {
            let value = asked.header(name);
            if name == "content-type" && !value.is_empty() {
                // Without the boundary, which is chance.
                mime = value.split(';').next().unwrap_or_default().to_owned();
                self.line(&format!("{name}: {mime}"));
            } else if !value.is_empty() {
                self.line(&format!("{name}: {value}"));
            }
        }
        self.body(&mime, &asked.body);
        self.line(&format!("--> {} {}", asked.answer.0, asked.answer.1));
    }

    fn body(&mut self, mime: &str, body: &str) {
        if body.is_empty() {
            return;
        }
        match mime {
            "application/json" => {
                let json: Value = serde_json::from_str(body).unwrap();
                let pretty = serde_json::to_string_pretty(&json).unwrap();
                self.line(&pretty);
            }
            "application/x-www-form-urlencoded" => {
                for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
                    self.line(format!("{name} = {value}").trim_end());
                }
            }
            _ => {
                let boundary = body.lines().next().unwrap_or_default().trim().to_owned();
                let parts = body.replace(&boundary, "--boundary").replace('\r', "").replace('\u{fffd}', "?");
                self.line(parts.trim_end());
            }
        }
    }

    fn mask(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (host, name) in &self.hosts {
            text = text.replace(host, name);
        }
        let mut out = String::new();
        for token in text.split_inclusive(|letter: char| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter))) {
            let id: &str = token.trim_end_matches(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
            let rest = token.strip_prefix(id).unwrap_or_default();
            out.push_str(&self.name(id));
            out.push_str(rest);
        }
        out
    }

    fn name(&mut self, token: &str) -> String {
        let kind = IDS.iter().find(|kind| token.starts_with(**kind) && token.len() > kind.len() + 20);
        let kind = match kind {
            Some(kind) => kind.trim_end_matches('_'),
            // A file's link, or the base64 of one.
            None if token.len() > 40 && !token.contains("BASE64") => "link",
            None => return token.to_owned(),
        };
        if let Some(known) = self.masked.get(token) {
            return known.clone();
        }
        let count = self.masked.values().filter(|name| name.starts_with(&format!("({kind} "))).count() + 1;
        let name = format!("({kind} {count})");
        self.masked.insert(token.to_owned(), name.clone());
        name
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
