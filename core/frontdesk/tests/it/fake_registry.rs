//! A registry on this machine: what it was given it shows, and it remembers who asked for what with which proof.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// What the request must prove; without it the challenge comes back.
    pub(crate) only_with: Option<(String, String)>,
}

#[derive(Default)]
struct Shelf {
    shown: BTreeMap<String, Answer>,
    heard: Vec<String>,
}

pub(crate) struct Registry {
    pub(crate) address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
}

impl Registry {
    /// Serves until the test's process ends.
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, shelf) = (listener.local_addr().unwrap(), Arc::<Mutex<Shelf>>::default());
        let shown = Arc::clone(&shelf);
        thread::spawn(move || listener.incoming().for_each(|stream| answer(&stream.unwrap(), &shown)));
        Self { address, shelf }
    }

    pub(crate) fn shows(&self, path: &str, answer: Answer) {
        self.shelf.lock().unwrap().shown.insert(path.to_owned(), answer);
    }

    /// Changes what is shown there.
    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Answer)) {
        change(self.shelf.lock().unwrap().shown.get_mut(path).unwrap());
    }

    /// Everything asked for since this was last asked: path, then the proof.
    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.shelf.lock().unwrap().heard)
    }

    /// Shows `component` as the tag of `acme/hostile`, after `change` was made to its manifest; gives what to type.
    pub(crate) fn publish(&self, tag: &str, component: &[u8], change: impl FnOnce(&mut Value)) -> Published {
        let blob = digest(component);
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": digest(b"{}"), "size": 2 },
            "layers": [{ "mediaType": "application/wasm", "digest": blob, "size": component.len() }],
        });
        change(&mut manifest);
        let manifest = serde_json::to_vec(&manifest).unwrap();
        let published = Published {
            by_tag: format!("oci://{}/acme/hostile:{tag}", self.address),
            by_digest: format!("oci://{}/acme/hostile@{}", self.address, digest(&manifest)),
            digest: digest(&manifest),
            manifest: format!("/v2/acme/hostile/manifests/{tag}"),
            blob: format!("/v2/acme/hostile/blobs/{blob}"),
        };
        self.shows(&format!("/v2/acme/hostile/manifests/{}", published.digest), shown(&manifest));
        self.shows(&published.manifest, shown(&manifest));
        self.shows(&published.blob, shown(component));
        published
    }
}

/// What to type for it, and where it is shown.
pub(crate) struct Published {
    pub(crate) by_tag: String,
    pub(crate) by_digest: String,
    pub(crate) digest: String,
    pub(crate) manifest: String,
    pub(crate) blob: String,
}

pub(crate) fn shown(body: &[u8]) -> Answer {
    Answer { status: 200, body: body.to_vec(), ..Answer::default() }
}

pub(crate) fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// One request of one connection.
fn answer(mut stream: &TcpStream, shelf: &Mutex<Shelf>) {
    let head: Vec<String> =
        BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    // A connection that wanted TLS says nothing that could be read.
    let Some(path) = head.first().and_then(|line| line.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")) else { return };
    let proof = head.iter().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or("nobody");
    let mut shelf = shelf.lock().unwrap();
    shelf.heard.push(format!("{path} {proof}"));
    let shown = shelf.shown.get(path).cloned().unwrap_or_else(|| status(404));
    let shown = match shown.only_with {
        Some((wanted, challenge)) if wanted != proof => {
            Answer { headers: vec![("www-authenticate", challenge)], ..status(401) }
        }
        _ => shown,
    };
    let mut text = format!("HTTP/1.1 {} Told\r\nconnection: close\r\n", shown.status);
    if !shown.headers.iter().any(|(name, _)| *name == "content-length" || *name == "x-endless") {
        text.push_str(&format!("content-length: {}\r\n", shown.body.len()));
    }
    shown.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    // Whoever stops reading has heard enough.
    let _told = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.write_all(b"\r\n"))
        .and_then(|()| stream.write_all(&shown.body));
}
