//! What a number says of its own: our messages told back, or somebody of the business answering on the phone.

use domain::{
    channel::{Line, Sender},
    conversation::Answering,
    delivery::Ticks,
    message::{Author, Body, Message},
};
use jiff::Timestamp;
use store::{TenantTx, echoes, outbox};

use crate::{App, view::AppError};

impl App {
    /// Ours are settled by it, which is how an ambiguous send ends where nothing else tells. Whatever is nobody's
    /// was written by a person: the assistant steps back.
    pub(crate) async fn take_echo(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        provider_id: &str,
        to: &Sender,
        body: Body,
        at: Timestamp,
    ) -> Result<(), AppError> {
        store::statuses::meet(tx, line.id, provider_id).await?;
        if outbox::by_provider_id(tx, line.id, provider_id).await?.is_some() {
            return Ok(());
        }
        let customer = store::customers::get_or_create(tx, &to.identities, "").await?;
        let conversation = store::conversations::get_or_create(tx, line.id, customer, &to.address, at).await?;
        let ours = echoes::open(tx, conversation.id).await?.into_iter().find(|open| open.body.says_the_same(&body));
        if let Some(ours) = ours {
            outbox::left(tx, ours.id, provider_id).await?;
            store::messages::report(tx, ours.message, Some(provider_id), Ticks::Sent, None).await?;
            store::events::push(tx, "status", ours.message).await?;
            return Ok(());
        }
        let message = Message {
            provider_id: Some(provider_id.to_owned()),
            ..self.said(conversation.id, Author::System, body, at)
        };
        if store::messages::insert(tx, &message).await? {
            if conversation.answering == Answering::Assistant {
                store::conversations::set_answering(tx, conversation.id, Answering::Waiting).await?;
            }
            store::conversations::spoke(tx, conversation.id, at).await?;
            store::events::push(tx, "message", conversation.id).await?;
        }
        Ok(())
    }
}
