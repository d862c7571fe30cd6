//! The control API, for the demo only: **a merchant does not need this file**. It decides outcomes, delivers a notification
//! now, starts over, and reads what explains an order's state: a real merchant sees none of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chaos::Chaos;
use crate::paths;

/// Short, because the simulator is on this machine.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A call to the control API.
#[derive(Debug)]
pub(super) struct ControlCall {
    pub(super) request_line: String,
    pub(super) request: String,
    /// The HTTP status and the body, or an error.
    pub(super) response: Result<(u16, String), String>,
}

/// What the simulator knows of a payment and its merchant does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Insight {
    /// The notifications that are still to come, the next one first.
    pub(super) coming: Vec<Coming>,
    /// Whether any notification was planned.
    pub(super) has_notifications: bool,
    pub(super) review: Option<Review>,
    /// Why the lender declined: `limit`, `risk`, `inactive` or `ordered`; empty otherwise.
    pub(super) reason: String,
}

/// A notification that is still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coming {
    pub(super) id: String,
    /// None while it is held until something else happens.
    pub(super) due: Option<Timestamp>,
}

/// A payment that the lender reviews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Review {
    pub(super) since: Timestamp,
    /// Whether it ends by itself.
    pub(super) ends: bool,
}

/// A client for the control API.
#[derive(Clone, Debug)]
pub(super) struct Simulator {
    http: reqwest::Client,
    base: String,
}

impl ControlCall {
    pub(super) fn succeeded(&self) -> bool {
        matches!(self.response, Ok((200..=299, _)))
    }

    /// What went wrong, in the words of the control API.
    pub(super) fn error(&self) -> String {
        match &self.response {
            Ok((status, body)) => {
                let problem: Value = serde_json::from_str(body).unwrap_or_default();
                format!("HTTP {status} {}", problem["detail"].as_str().unwrap_or_default())
            }
            Err(error) => error.clone(),
        }
    }
}

impl Simulator {
    pub(super) fn new(base: String) -> Result<Self, reqwest::Error> {
        Ok(Self { http: reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?, base })
    }

    /// Adds the rule for one order; none for [`Chaos::Normal`].
    pub(super) async fn add_rule(&self, chaos: Chaos, i_mid: &str, reference_no: &str) -> Option<ControlCall> {
        let rule = json!({
            "times": 1, "when": { "iMid": i_mid, "referenceNo": reference_no }, "then": chaos.effects()?,
        });
        Some(self.post("/rules", &rule).await)
    }

    /// Decides a payment under review.
    pub(super) async fn decide(&self, t_xid: &str, approve: bool) -> ControlCall {
        let decision = json!({ "do": if approve { "approve" } else { "reject" } });
        self.post(&format!("/transactions/{t_xid}/partner"), &decision).await
    }

    /// Delivers a notification now, and waits a moment for the result. When somebody else was faster, that is 409.
    pub(super) async fn deliver(&self, notification: &str) -> ControlCall {
        let call = self.post(&format!("/notifications/{notification}/deliver"), &json!({})).await;
        if call.succeeded() {
            let types = "notification.attempted,notification.skipped";
            self.get(&format!("/events/wait?type={types}&notification={notification}&timeout=3s")).await;
        }
        call
    }

    /// Deletes everything of a merchant.
    pub(super) async fn reset(&self, i_mid: &str) -> ControlCall {
        self.post("/reset", &json!({ "iMid": i_mid })).await
    }

    /// A number that grows when the merchant is reset; none if the merchant does not exist.
    pub(super) async fn events_hidden_upto(&self, i_mid: &str) -> Option<u64> {
        self.get(&format!("/merchants/{i_mid}")).await?["eventsHiddenUpto"].as_u64()
    }

    /// The highest limit of an account that is left, and the highest without debts, in rupiah.
    pub(super) async fn limit(&self, i_mid: &str, phone: &str) -> Option<(u64, u64)> {
        let account = self.get(&format!("/shoppers/{phone}?iMid={i_mid}")).await?;
        let highest = |name: &str| {
            let limits = account["limits"].as_object()?.values();
            limits.filter_map(|limit| limit[name].as_str()?.parse().ok()).max()
        };
        Some((highest("remaining")?, highest("total")?))
    }

    /// What is known of a payment; nothing if the simulator does not know it.
    pub(super) async fn insight(&self, t_xid: &str) -> Insight {
        let (transaction, notifications) = (format!("/transactions/{t_xid}"), format!("/notifications?tXid={t_xid}"));
        let (transaction, notifications) = tokio::join!(self.get(&transaction), self.get(&notifications));
        Insight::new(&transaction.unwrap_or_default(), &notifications.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let response = self.http.get(format!("{}{}{path}", self.base, paths::API)).send().await.ok()?;
        if response.status() != 200 {
            return None;
        }
        serde_json::from_slice(&response.bytes().await.ok()?).ok()
    }

    async fn post(&self, path: &str, body: &Value) -> ControlCall {
        let (path, sent) = (format!("{}{path}", paths::API), body.to_string());
        let request = self.http.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        let response = async {
            let response = request.body(sent.clone()).send().await?;
            Ok((response.status().as_u16(), response.text().await?))
        };
        let response = response.await.map_err(|error: reqwest::Error| error.to_string());
        ControlCall { request_line: format!("POST {path}"), request: sent, response }
    }
}

impl Insight {
    /// From the answers of `GET /transactions/{tXid}` and `GET /notifications`.
    fn new(transaction: &Value, notifications: &Value) -> Self {
        let instant = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
        let notifications = notifications.as_array().map_or(&[][..], Vec::as_slice);
        let mut coming: Vec<_> = notifications
            .iter()
            .filter(|it| matches!(it["state"].as_str(), Some("scheduled" | "held")))
            .filter_map(|it| Some(Coming { id: it["id"].as_str()?.to_owned(), due: instant(&it["nextAttemptAt"]) }))
            .collect();
        // What is held has no time: last.
        coming.sort_by_key(|it| it.due.unwrap_or(Timestamp::MAX));
        let since = instant(&transaction["underReviewSince"]);
        let is_reviewed = transaction["stage"] == "under-review";
        Self {
            coming,
            has_notifications: !notifications.is_empty(),
            review: since.filter(|_| is_reviewed).map(|since| Review { since, ends: !transaction["endsIn"].is_null() }),
            reason: transaction["reason"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insight_is_read_from_the_answers() {
        let at = |second: u8| format!("2026-01-01T00:00:{second:02}Z");
        let transaction =
            json!({ "stage": "under-review", "underReviewSince": at(1), "endsIn": "approve", "reason": null });
        let notifications = json!([
            { "id": "1", "state": "delivered", "nextAttemptAt": null },
            { "id": "2", "state": "held", "nextAttemptAt": null },
            { "id": "3", "state": "scheduled", "nextAttemptAt": at(9) },
            { "id": "4", "state": "scheduled", "nextAttemptAt": at(5) },
        ]);
        let insight = Insight::new(&transaction, &notifications);
        assert_eq!(insight.coming.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["4", "3", "2"]);
        assert_eq!(insight.review, Some(Review { since: at(1).parse().unwrap(), ends: true }));
        assert_eq!(Insight::new(&Value::Null, &Value::Null), Insight::default());
        let declined = json!({ "stage": "declined", "underReviewSince": at(1), "reason": "limit" });
        let insight = Insight::new(&declined, &json!([]));
        assert_eq!((insight.review, insight.reason.as_str()), (None, "limit"));
    }
}
