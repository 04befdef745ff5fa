//! What a manifest must say to be a module's: the layout that WebAssembly components are published in, one layer and no more.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{MANIFEST, NotPulled, reference::is_digest};

const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// The annotation that carries what lies beside a file as `NAME.seal.json`.
const SEAL: &str = "frontdesk.seal";

/// Where a manifest leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Artifact {
    pub(super) digest: String,
    pub(super) bytes: u64,
    pub(super) seal: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    media_type: Option<String>,
    config: Option<Part>,
    #[serde(default)]
    layers: Vec<Part>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    media_type: String,
    digest: String,
    size: u64,
}

impl Artifact {
    pub(super) fn read(manifest: &[u8]) -> Result<Self, NotPulled> {
        let wrong = |why: String| NotPulled::NoModule(why);
        let read = serde_json::from_slice(manifest);
        let mut manifest: Manifest = read.map_err(|error| wrong(format!("its manifest cannot be read ({error})")))?;
        if let Some(other) = manifest.media_type.filter(|kind| kind != MANIFEST) {
            return Err(wrong(format!("its manifest is of the kind {other:?}; name one artifact, by its digest")));
        }
        let config = manifest.config.map(|config| config.media_type).unwrap_or_default();
        if config != CONFIG {
            return Err(wrong(format!("its configuration is of the kind {config:?}, a component's is {CONFIG}")));
        }
        let layers = manifest.layers.len();
        let (1, Some(layer)) = (layers, manifest.layers.pop()) else {
            return Err(wrong(format!("it has {layers} layers, a component is one")));
        };
        if layer.media_type != LAYER {
            return Err(wrong(format!("its layer is of the kind {:?}, a component is {LAYER}", layer.media_type)));
        }
        if !is_digest(&layer.digest) {
            return Err(wrong("its layer's digest is not sha256: and 64 hexadecimal digits".to_owned()));
        }
        Ok(Self { digest: layer.digest, bytes: layer.size, seal: manifest.annotations.remove(SEAL) })
    }
}
