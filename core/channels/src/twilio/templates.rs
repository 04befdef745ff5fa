//! Message templates at Twilio: a content, and an approval asked for it.

use domain::{
    channel::Line,
    delivery::SendFailure,
    template::{Template, TemplateCategory, TemplateReport, TemplateStatus},
};
use serde_json::{Map, Value, json};

use super::Twilio;

/// Pages of the list that are read; a hundred contents each.
const PAGES: usize = 20;

impl Twilio {
    fn content_url(&self, path: &str) -> String {
        format!("{}{path}", self.at.content.trim_end_matches('/'))
    }

    /// Makes the content, then asks WhatsApp to approve it. The content's id is what is sent later.
    pub(super) async fn submit(&self, line: &Line, template: &Template) -> Result<TemplateReport, SendFailure> {
        let examples =
            template.examples.iter().enumerate().map(|(place, example)| ((place + 1).to_string(), json!(example)));
        let new = json!({
            "friendly_name": template.name,
            "language": template.language,
            "variables": examples.collect::<Map<String, Value>>(),
            "types": { "twilio/text": { "body": template.text } },
        });
        let request = self.clients.api.post(self.content_url("/v1/Content")).json(&new);
        let made = self.success(self.authorised(line, request)).await?;
        let sid = text(&made, "/sid").filter(|sid| sid.chars().all(|letter| letter.is_ascii_alphanumeric()));
        let sid = sid.ok_or(SendFailure::Ambiguous { reason: "an answer without a content id".to_owned() })?;
        let wish = json!({ "name": template.name, "category": template.category.as_str().to_ascii_uppercase() });
        let approval = self.clients.api.post(self.content_url(&format!("/v1/Content/{sid}/ApprovalRequests/whatsapp")));
        let answer = self.success(self.authorised(line, approval).json(&wish)).await?;
        Ok(TemplateReport {
            name: template.name.clone(),
            language: template.language.clone(),
            status: TemplateStatus::of_provider(&text(&answer, "/status").unwrap_or_default()),
            provider_id: Some(sid),
            reason: text(&answer, "/rejection_reason").filter(|reason| !reason.is_empty()),
            category: None,
        })
    }

    pub(super) async fn reports(&self, line: &Line) -> Result<Vec<TemplateReport>, SendFailure> {
        let mut reports = Vec::new();
        for page in 0..PAGES {
            let page = page.to_string();
            let request = self.clients.api.get(self.content_url("/v1/ContentAndApprovals"));
            let request = request.query(&[("PageSize", "100"), ("Page", &page)]);
            let list = self.success(self.authorised(line, request)).await?;
            let rows = list.get("contents").and_then(Value::as_array).cloned().unwrap_or_default();
            reports.extend(rows.iter().filter_map(report));
            if text(&list, "/meta/next_page_url").is_none() {
                break;
            }
        }
        Ok(reports)
    }
}

fn report(row: &Value) -> Option<TemplateReport> {
    let status = text(row, "/approval_requests/status")?;
    Some(TemplateReport {
        name: text(row, "/approval_requests/name")
            .filter(|name| !name.is_empty())
            .or_else(|| text(row, "/friendly_name"))?,
        language: text(row, "/language")?,
        status: TemplateStatus::of_provider(&status),
        provider_id: text(row, "/sid"),
        reason: text(row, "/approval_requests/rejection_reason").filter(|reason| !reason.is_empty()),
        category: text(row, "/approval_requests/category").and_then(|category| TemplateCategory::parse(&category)),
    })
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).map(str::to_owned)
}
