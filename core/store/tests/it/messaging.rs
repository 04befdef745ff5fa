//! Who wrote, files, message templates, and what waits for the window.

use domain::{
    CustomerId, Id, MediaId, OutboxId, Phone, TemplateId, TenantId,
    customer::Identity,
    delivery::{DeliveryClass, OutboxState, Ticks},
    media::KeptFile,
    message::{Author, Body, Message},
    template::{Template, TemplateCategory, TemplatePurpose, TemplateReport, TemplateStatus},
};
use jiff::SignedDuration;
use store::{
    Store, TenantTx, conversations, customers, echoes, media, messages, outbox, templates, undelivered, waiting,
};

use crate::{desk::Desk, on_both_engines, walls::tamper};

on_both_engines!(
    a_person_is_known_by_every_alias_and_variant,
    a_scoped_id_outweighs_a_phone_that_changed_hands,
    a_file_is_sealed_known_once_and_opened_by_its_link_only,
    a_template_follows_its_provider,
    what_waits_is_taken_once_and_in_order,
    only_sends_that_began_can_be_told_back,
    what_cannot_be_read_is_parked_and_keeps_nobody_waiting,
);

fn phone(raw: &str) -> Identity {
    Identity::Phone(Phone::parse(raw).unwrap())
}

async fn who(tx: &mut TenantTx, identities: &[Identity]) -> CustomerId {
    customers::get_or_create(tx, identities, "Ana").await.unwrap()
}

async fn a_person_is_known_by_every_alias_and_variant(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let scoped = || Identity::Scoped("MX.900".into());
    let lid = || Identity::Lid("88@lid".into());
    let mexican = who(&mut tx, &[phone("5215598760001"), scoped()]).await;
    assert_eq!(who(&mut tx, &[scoped()]).await, mexican, "without a phone");
    assert_eq!(who(&mut tx, &[phone("525598760001"), lid()]).await, mexican, "without the 1, and a new alias");
    assert_eq!(who(&mut tx, &[lid()]).await, mexican, "the alias was learnt");
    let brazilian = who(&mut tx, &[phone("551187654321")]).await;
    assert_eq!(who(&mut tx, &[phone("5511987654321")]).await, brazilian, "with the nine");
    assert_ne!(
        who(&mut tx, &[phone("551132654321")]).await,
        who(&mut tx, &[phone("5511932654321")]).await,
        "a landline has no nine"
    );
    let argentine = who(&mut tx, &[phone("541112345678")]).await;
    assert_eq!(
        who(&mut tx, &[phone("5491112345678")]).await,
        argentine,
        "a mobile finds what was typed without the nine"
    );
    let mobile = who(&mut tx, &[phone("5491187654321")]).await;
    assert_ne!(who(&mut tx, &[phone("541187654321")]).await, mobile, "but a landline is no mobile");
    let other = desk.env.id::<TenantId>();
    let mut elsewhere = desk.store.read(other).await.unwrap();
    assert_eq!(customers::by_identity(&mut elsewhere, &[scoped()]).await.unwrap(), None);
}

async fn a_scoped_id_outweighs_a_phone_that_changed_hands(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let ana = who(&mut tx, &[phone("5215598760001"), Identity::Scoped("MX.1".into())]).await;
    let eva = who(&mut tx, &[phone("5215598760002"), Identity::Scoped("MX.2".into())]).await;
    assert_eq!(who(&mut tx, &[phone("5215598760001"), Identity::Scoped("MX.2".into())]).await, eva);
    assert_eq!(who(&mut tx, &[phone("5215598760001")]).await, ana, "and nobody was merged");
}

async fn a_file_is_sealed_known_once_and_opened_by_its_link_only(desk: Desk) {
    let sha256 = "ab".repeat(32);
    let file = |name: &str| KeptFile {
        id: desk.env.id(),
        sha256: sha256.clone(),
        mime: "image/png".into(),
        size_bytes: 3,
        filename: name.into(),
        created_at: desk.env.now(),
    };
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let first = media::insert(&mut tx, &file("a.png")).await.unwrap();
    assert_eq!(media::insert(&mut tx, &file("a.png")).await.unwrap(), first);
    assert_ne!(media::insert(&mut tx, &file("b.png")).await.unwrap(), first);
    tx.commit().await.unwrap();
    let other = desk.env.id::<TenantId>();
    let mut elsewhere = desk.store.read(other).await.unwrap();
    assert_eq!(media::find(&mut elsewhere, first).await.unwrap(), None);

    let sealed = desk.store.seal_file(desk.tenant, &sha256, b"png");
    assert_eq!(desk.store.open_file(desk.tenant, &sha256, &sealed).unwrap(), b"png");
    assert!(desk.store.open_file(other, &sha256, &sealed).is_err(), "another tenant's key");
    assert!(desk.store.open_file(desk.tenant, &"cd".repeat(32), &sealed).is_err(), "another file's place");
    assert_ne!(Store::blob_key(desk.tenant, &sha256), Store::blob_key(other, &sha256));

    let (now, hour) = (desk.env.now(), SignedDuration::from_hours(1));
    let token = desk.store.file_link(desk.tenant, first, now.checked_add(hour).unwrap());
    assert_eq!(desk.store.follow_file_link(&token, now), Some((desk.tenant, first)));
    assert_eq!(desk.store.follow_file_link(&token, now.checked_add(hour).unwrap()), None, "an hour later");
    let swapped = token.replacen(&desk.tenant.uuid().simple().to_string(), &other.uuid().simple().to_string(), 1);
    assert_ne!(swapped, token);
    for forged in [swapped.as_str(), "", "zz", token.get(..142).unwrap(), &"0".repeat(144)] {
        assert_eq!(desk.store.follow_file_link(forged, now), None, "{forged}");
    }
    let _id: MediaId = first;
}

async fn a_template_follows_its_provider(desk: Desk) {
    let template = |language: &str| Template {
        id: desk.env.id::<TemplateId>(),
        channel: desk.channel,
        purpose: TemplatePurpose::Reminder,
        name: "visit_reminder".into(),
        language: language.into(),
        category: TemplateCategory::Utility,
        text: "Le esperamos para {{1}} mañana.".into(),
        examples: vec!["corte".into()],
        status: TemplateStatus::Draft,
        provider_id: None,
        reason: None,
    };
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let spanish = template("es_MX");
    assert!(templates::insert(&mut tx, &spanish).await.unwrap());
    assert!(templates::insert(&mut tx, &template("en")).await.unwrap(), "another language version");
    assert!(!templates::insert(&mut tx, &template("en")).await.unwrap());
    assert_eq!(templates::find(&mut tx, spanish.id).await.unwrap(), Some(spanish.clone()));
    assert!(templates::approved(&mut tx, desk.channel, TemplatePurpose::Reminder).await.unwrap().is_empty());
    let report = |language: &str, status, reason: Option<&str>| TemplateReport {
        name: "visit_reminder".into(),
        language: language.into(),
        status,
        provider_id: Some("777".into()),
        reason: reason.map(str::to_owned),
        category: Some(TemplateCategory::Marketing),
    };
    assert!(templates::report(&mut tx, desk.channel, &report("es_MX", TemplateStatus::Approved, None)).await.unwrap());
    assert!(!templates::report(&mut tx, desk.channel, &report("pt_BR", TemplateStatus::Approved, None)).await.unwrap());
    let approved = templates::approved(&mut tx, desk.channel, TemplatePurpose::Reminder).await.unwrap();
    assert_eq!(approved.iter().map(|template| template.language.as_str()).collect::<Vec<_>>(), ["es_MX"]);
    assert_eq!((approved[0].provider_id.as_deref(), approved[0].category), (Some("777"), TemplateCategory::Marketing));
    let rejected = report("es_MX", TemplateStatus::Rejected, Some("PROMOTIONAL"));
    assert!(templates::report(&mut tx, desk.channel, &rejected).await.unwrap());
    assert!(templates::approved(&mut tx, desk.channel, TemplatePurpose::Reminder).await.unwrap().is_empty());
    assert_eq!(templates::find(&mut tx, spanish.id).await.unwrap().unwrap().reason.as_deref(), Some("PROMOTIONAL"));
    tx.commit().await.unwrap();
    let mut elsewhere = desk.store.read(desk.env.id::<TenantId>()).await.unwrap();
    assert!(templates::all(&mut elsewhere).await.unwrap().is_empty());
}

/// A thread with a message of ours in it.
async fn said(desk: &Desk, tx: &mut TenantTx, words: &str) -> Message {
    let talk = conversations::get_or_create(tx, desk.channel, desk.customer, "521", desk.env.now()).await.unwrap();
    let message = Message {
        id: desk.env.id(),
        conversation: talk.id,
        author: Author::System,
        body: Body::text(words),
        provider_id: None,
        reply_to: None,
        ticks: Some(Ticks::Queued),
        failure: None,
        at: desk.env.now(),
    };
    assert!(messages::insert(tx, &message).await.unwrap());
    message
}

async fn what_waits_is_taken_once_and_in_order(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let mut conversation = None;
    for (cause, words) in [("remind:1", "uno"), ("remind:2", "dos")] {
        let message = said(&desk, &mut tx, words).await;
        conversation = Some(message.conversation);
        let held = waiting::Waiting {
            message: message.id,
            conversation: message.conversation,
            dedupe_key: cause.into(),
            body: message.body,
            expires_at: desk.env.now(),
        };
        assert!(waiting::push(&mut tx, &held).await.unwrap());
        assert!(!waiting::push(&mut tx, &held).await.unwrap(), "once for its cause");
        desk.clock.advance(1);
    }
    assert!(waiting::waits(&mut tx, "remind:1").await.unwrap());
    let taken = waiting::take(&mut tx, conversation.unwrap()).await.unwrap();
    assert_eq!(taken.iter().map(|held| held.body.words()).collect::<Vec<_>>(), ["uno", "dos"]);
    assert!(waiting::take(&mut tx, conversation.unwrap()).await.unwrap().is_empty());
    assert!(!waiting::remove(&mut tx, taken[0].message).await.unwrap());
}

/// Queued, as an answer is.
async fn leaving(desk: &Desk, tx: &mut TenantTx, text: &str) -> Message {
    let message = said(desk, tx, text).await;
    let departure = outbox::Departure {
        channel: desk.channel,
        conversation: message.conversation,
        message: message.id,
        dedupe_key: format!("turn:1:{text}"),
        class: DeliveryClass::NeverLost,
        recipient: "521".into(),
        body: message.body.clone(),
        reply_to: None,
        expires_at: None,
        at: desk.env.now(),
    };
    assert!(outbox::push(tx, &departure).await.unwrap());
    message
}

async fn claimed(desk: &Desk) -> Vec<outbox::Claimed> {
    let wanted = store::Wanted { most: 10, lease_seconds: 30, except: &[], suspects: true };
    let mut platform = desk.store.platform().await.unwrap();
    let claimed = outbox::claim(&mut platform, &wanted).await.unwrap();
    platform.commit().await.unwrap();
    claimed
}

/// As after going back to an older version, which does not know all that the newer one had queued.
async fn what_cannot_be_read_is_parked_and_keeps_nobody_waiting(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let first = leaving(&desk, &mut tx, "hola").await;
    tx.commit().await.unwrap();
    tamper(&desk, "UPDATE outbox SET body = '{\"type\":\"hologram\"}' WHERE tenant_id IS NOT NULL").await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    desk.clock.advance(1);
    let second = leaving(&desk, &mut tx, "sigues?").await;
    tx.commit().await.unwrap();
    assert_eq!(
        claimed(&desk).await.iter().map(|row| row.body.clone()).collect::<Vec<_>>(),
        [],
        "the second one waits for the first"
    );
    let claimed = claimed(&desk).await;
    assert_eq!(claimed.iter().map(|row| row.message).collect::<Vec<_>>(), [second.id]);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let parked = undelivered::all(&mut tx, None, 10).await.unwrap();
    let seen: Vec<_> = parked.iter().map(|parked| (parked.conversation, parked.state, &*parked.reason)).collect();
    assert_eq!(seen, [(first.conversation, OutboxState::Parked, "this version of Frontdesk cannot read it")]);
    assert!(undelivered::discard(&mut tx, parked[0].id).await.unwrap());
}

async fn only_sends_that_began_can_be_told_back(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let message = leaving(&desk, &mut tx, "hola").await;
    assert!(echoes::open(&mut tx, message.conversation).await.unwrap().is_empty(), "it has not left");
    tx.commit().await.unwrap();
    let claimed = claimed(&desk).await;
    let row = claimed.iter().find(|row| row.message == message.id).unwrap();
    let id: OutboxId = row.id;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::begin_sending(&mut tx, row, 0).await.unwrap());
    let open = echoes::open(&mut tx, message.conversation).await.unwrap();
    assert_eq!(open.iter().map(|open| (open.id, open.message)).collect::<Vec<_>>(), [(id, message.id)]);
    outbox::settle(&mut tx, id, OutboxState::Sent, Some("wamid.X"), None).await.unwrap();
    assert!(echoes::open(&mut tx, message.conversation).await.unwrap().is_empty());
}
