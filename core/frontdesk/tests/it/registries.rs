//! Releases out of a registry: by tag, by digest, with and without a proof; and everything that a registry may do wrong.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value, json};

use crate::{
    Desk,
    fake_registry::{Answer, Published, Registry, shown, status},
    said,
};

/// Of `acme:secret`.
const PASSWORD: &str = "Basic YWNtZTpzZWNyZXQ=";

/// A registry on this machine that the operator's configuration names, with what else it says of it.
fn known(desk: &Desk, more: &str) -> Registry {
    let registry = Registry::open();
    let mut config = fs::read_to_string(desk.path("frontdesk.toml")).unwrap();
    config.push_str(&format!("\n[registries.\"{}\"]\nhttp = true\n{more}\n", registry.address));
    fs::write(desk.path("frontdesk.toml"), config).unwrap();
    registry
}

/// The seal's text in the annotation that carries it.
fn sealed(desk: &Desk) -> impl FnOnce(&mut Value) + use<> {
    desk.signed("sealed", &desk.module, "ours.key");
    let seal = fs::read_to_string(desk.path("sealed.seal.json")).unwrap();
    move |manifest| manifest["annotations"] = json!({ "frontdesk.seal": seal })
}

/// From now on manifest and blob are shown with a token alone, which is made at `/token`.
fn lock(registry: &Registry, published: &Published, token: &str) {
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"our registry\",scope=\"all\"", registry.address);
    for path in [&published.manifest, &published.blob] {
        registry.change(path, |answer| answer.only_with = Some((format!("Bearer {token}"), realm.clone())));
    }
}

const TOKEN: &str = "/token?service=our+registry&scope=repository%3Aacme%2Fhostile%3Apull";

#[test]
fn a_release_is_installed_by_tag_and_by_digest_with_the_seal_it_was_published_with() {
    let desk = Desk::new();
    let (registry, elsewhere) = (known(&desk, ""), Registry::open());
    let published = registry.publish("1.0.0", &desk.module, sealed(&desk));
    lock(&registry, &published, "t0ken");
    registry.shows(TOKEN, shown(br#"{"token":"t0ken","expires_in":300}"#));
    // Blobs lie elsewhere, as they do with the large registries.
    let location = format!("http://{}/blob", elsewhere.address);
    registry.change(&published.blob, |answer| {
        answer.status = 307;
        answer.headers = vec![("location", location)];
        answer.body.clear();
    });
    elsewhere.shows("/blob", shown(&desk.module));

    let told = said(&desk.run(&["module", "install", &published.by_tag]));
    let first = format!("pulled {}, which is {}\ninstalled hostile ", published.by_tag, published.digest);
    assert!(told.starts_with(&first), "{told}");
    let heard = [
        format!("{} nobody", published.manifest),
        format!("{TOKEN} nobody"),
        format!("{} Bearer t0ken", published.manifest),
        format!("{} Bearer t0ken", published.blob),
    ];
    assert_eq!(registry.heard(), heard);
    assert_eq!(elsewhere.heard(), ["/blob nobody"], "a token stays with the registry it was made for");

    let listed = said(&desk.run(&["module", "list"]));
    said(&desk.run(&["module", "install", &published.by_digest]));
    assert_eq!(said(&desk.run(&["module", "list"])), listed, "the same bytes are one release");
}

#[test]
fn what_nobody_sealed_or_somebody_else_sealed_is_refused_as_a_file_is() {
    let desk = Desk::new();
    let registry = known(&desk, "");
    let bare = registry.publish("bare", &desk.module, |_| ()).by_tag;
    said(&desk.run(&["module", "keygen", "theirs.key"]));
    desk.signed("theirs", &desk.module, "theirs.key");
    let seal = fs::read_to_string(desk.path("theirs.seal.json")).unwrap();
    let theirs = registry
        .publish("theirs", &desk.module, |manifest| manifest["annotations"] = json!({ "frontdesk.seal": seal }));
    let mut changed = desk.module.clone();
    *changed.last_mut().unwrap() ^= 1;
    let tampered = registry.publish("tampered", &changed, sealed(&desk));
    for (source, why) in [
        (&bare, "the module is not signed"),
        (&theirs.by_tag, "the module is signed by a key that this installation does not trust"),
        (&tampered.by_tag, "the file is not the one that was signed"),
    ] {
        let output = desk.run(&["module", "install", source]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.starts_with(&format!("frontdesk: {why}")), "{source}: {told}");
    }
    desk.has_nothing();
    let installed = said(&desk.run(&["module", "install", &bare, "--unsigned"]));
    assert!(installed.contains("\ninstalled hostile "), "the operator vouches for it: {installed}");
}

#[test]
fn a_password_goes_to_its_registry_and_must_be_kept_from_others() {
    let desk = Desk::new();
    let registry = known(&desk, "user = \"acme\"\npassword_file = \"registry.password\"");
    let published = registry.publish("1.0.0", &desk.module, sealed(&desk));
    lock(&registry, &published, "t0ken");
    let ask = ("Basic realm=\"tokens\"".to_owned(), shown(br#"{"access_token":"t0ken"}"#));
    registry.shows(TOKEN, Answer { only_with: Some((PASSWORD.to_owned(), ask.0)), ..ask.1 });
    let write = |password: &str, mode| {
        fs::write(desk.path("registry.password"), password).unwrap();
        fs::set_permissions(desk.path("registry.password"), fs::Permissions::from_mode(mode)).unwrap();
    };

    write("secret\n", 0o644);
    let open = desk.refused(&published.by_tag);
    assert!(open.contains("registry.password can be read by others (mode 644); run: chmod 600"), "{open}");
    assert!(registry.heard().is_empty(), "nobody was told");

    write("wrong", 0o600);
    assert_eq!(desk.refused(&published.by_tag), format!("{} does not let acme have this", registry.address));

    write("secret\n", 0o600);
    registry.heard();
    said(&desk.run(&["module", "install", &published.by_tag]));
    let with_password: Vec<String> = registry.heard().into_iter().filter(|heard| heard.ends_with(PASSWORD)).collect();
    assert_eq!(with_password, [format!("{TOKEN} {PASSWORD}")], "where tokens are made, and nowhere else");

    // Whoever it leads to may ask for a password, and gets none.
    let elsewhere = Registry::open();
    let challenge = vec![("www-authenticate", "Basic realm=\"theirs\"".to_owned())];
    elsewhere.shows("/blob", Answer { headers: challenge, ..status(401) });
    let location = vec![("location", format!("http://{}/blob", elsewhere.address))];
    registry.shows(&published.blob, Answer { headers: location, ..status(307) });
    assert_eq!(desk.refused(&published.by_tag), format!("{} does not let acme have this", registry.address));
    assert_eq!(elsewhere.heard(), ["/blob nobody"]);
    registry.shows(&published.blob, shown(&desk.module));

    // A registry without tokens asks for the password itself.
    for path in [&published.manifest, &published.blob] {
        let challenge = "Basic realm=\"ours\"".to_owned();
        registry.change(path, |answer| answer.only_with = Some((PASSWORD.to_owned(), challenge)));
    }
    said(&desk.run(&["module", "install", &published.by_tag]));
}

#[test]
fn a_manifest_that_is_no_module_s_is_refused_in_a_sentence_and_its_blob_not_asked_for() {
    let desk = Desk::new();
    let registry = known(&desk, "");
    let wasm = "its layer is of the kind \"application/octet-stream\", a component is application/wasm";
    let image = "its configuration is of the kind \"application/vnd.oci.image.config.v1+json\", a component's is \
                 application/vnd.wasm.config.v0+json";
    let index =
        "its manifest is of the kind \"application/vnd.oci.image.index.v1+json\"; name one artifact, by its digest";
    let large = "the component has 900000000 bytes; it may have 2097152";
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 6] = [
        (|manifest| manifest["layers"][0]["mediaType"] = json!("application/octet-stream"), wasm),
        (|manifest| manifest["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json"), image),
        (|manifest| manifest["mediaType"] = json!("application/vnd.oci.image.index.v1+json"), index),
        (
            |manifest| manifest["layers"] = json!([manifest["layers"][0], manifest["layers"][0]]),
            "it has 2 layers, a component is one",
        ),
        (
            |manifest| manifest["layers"][0]["digest"] = json!("sha256:../../token"),
            "its layer's digest is not sha256: and 64 hexadecimal digits",
        ),
        (|manifest| manifest["layers"][0]["size"] = json!(900_000_000), large),
    ];
    for (change, why) in changes {
        let refused = desk.refused(&registry.publish("odd", &desk.module, change).by_tag);
        assert_eq!(refused.trim_start_matches("this is no module: "), why);
    }
    let published = registry.publish("odd", &desk.module, |_| ());
    registry.shows(&published.manifest, shown(b"<html>log in first</html>"));
    assert!(desk.refused(&published.by_tag).starts_with("this is no module: its manifest cannot be read ("));
    registry.shows(&published.manifest, shown(&vec![b' '; (256 << 10) + 1]));
    assert_eq!(desk.refused(&published.by_tag), "what it sends has 262145 bytes; it may have 262144");
    assert!(!registry.heard().iter().any(|heard| heard.contains("/blobs/")));
    desk.has_nothing();
}

#[test]
fn bytes_that_are_not_what_was_named_are_refused() {
    let desk = Desk::new();
    let registry = known(&desk, "");
    let published = registry.publish("1.0.0", &desk.module, sealed(&desk));
    let mut changed = desk.module.clone();
    *changed.last_mut().unwrap() ^= 1;
    registry.shows(&published.blob, shown(&changed));
    assert!(desk.refused(&published.by_tag).starts_with("the component should be sha256:"));

    // As large as announced at first, then on and on.
    changed.push(0);
    registry.shows(&published.blob, Answer { headers: vec![("x-endless", "yes".to_owned())], ..shown(&changed) });
    let announced = desk.module.len();
    assert_eq!(
        desk.refused(&published.by_tag),
        format!("what it sends has {} bytes; it may have {announced}", announced + 1)
    );

    let other = registry.publish("2.0.0", &desk.module, |manifest| manifest["annotations"] = json!({ "a": "b" }));
    let manifest = format!("/v2/acme/hostile/manifests/{}", published.digest);
    registry.shows(&manifest, shown(b"{}"));
    let refused = desk.refused(&published.by_digest);
    assert!(refused.starts_with(&format!("the manifest should be {}, but what came is sha256:", published.digest)));
    let both = format!("{}@{}", published.by_tag, other.digest);
    registry.shows(&published.blob, shown(&desk.module));
    assert!(said(&desk.run(&["module", "install", &both, "--unsigned"])).contains(&other.digest), "the digest counts");
}

#[test]
fn a_registry_that_does_not_answer_as_one_is_named_with_what_it_did() {
    let desk = Desk::new();
    let registry = known(&desk, "");
    let published = registry.publish("1.0.0", &desk.module, sealed(&desk));
    let (host, reference) = (registry.address, published.by_tag.as_str());
    let missing = published.by_tag.replace(":1.0.0", ":9.9.9");
    let named = missing.trim_start_matches("oci://");
    assert_eq!(desk.refused(&missing), format!("there is no {named}, or it is not shown to whom we are there"));

    let asks = |challenge: &str| Answer { headers: vec![("www-authenticate", challenge.to_owned())], ..status(401) };
    let leads = |to: &str| Answer { headers: vec![("location", to.to_owned())], ..status(302) };
    let stranger = format!(
        "{host} shows this only to somebody with a password: set user and password_file under [registries.\"{host}\"]"
    );
    let unknown = format!("{host} asks for a proof of who we are that is not known here");
    let astray = format!("{host} cannot be asked: it leads on to an address that is not https, or in circles");
    for (answer, why) in [
        (status(503), format!("{host} answers with status 503")),
        (status(403), stranger.clone()),
        (asks("Basic realm=\"ours\""), stranger.clone()),
        (asks(&format!("Bearer realm=\"http://{host}/none\"")), stranger),
        (asks("Negotiate"), unknown.clone()),
        (asks("Bearer service=\"ours\""), unknown.clone()),
        // Whoever makes tokens is spoken to as the registry is: not by http anywhere else.
        (asks("Bearer realm=\"http://10.0.0.1/token\""), unknown),
        (leads("http://10.0.0.1/"), astray.clone()),
        (leads(&format!("http://{host}{}", published.manifest)), astray),
    ] {
        registry.shows(&published.manifest, answer);
        assert_eq!(desk.refused(reference), why);
    }

    // Nobody said that this one may be spoken to by http, and it knows nothing else.
    let unnamed = Registry::open();
    let published = unnamed.publish("1.0.0", &desk.module, sealed(&desk));
    let refused = desk.refused(&published.by_tag);
    assert_eq!(refused, format!("{} cannot be asked: there is no way there", unnamed.address));
    assert!(unnamed.heard().is_empty());
    let no_version = published.by_tag.replace(":1.0.0", "");
    assert!(desk.refused(&no_version).ends_with(
        "names no release in a registry: it says neither a tag nor a digest; write oci://HOST/NAME:TAG or \
         oci://HOST/NAME@sha256:DIGEST"
    ));
    desk.has_nothing();
}
