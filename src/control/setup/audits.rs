//! `POST /audits`, `GET /audits/current`: drills with a merchant.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit::{self, Call, DrillResult, Ending, Plan, Probe, Running};
use crate::control::Control;
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, request, response};
use crate::domain::{IMid, ReferenceNo};

pub(super) fn operations() -> Vec<ApiOperation> {
    let responses = |status, description| vec![ApiResponse::json::<Audit<'_>>(status, description, Audit::example())];
    vec![
        ApiOperation {
            method: Method::POST,
            path: "/audits",
            handler: web::to(start),
            id: "startAudit",
            tag: "audits",
            summary: "Starts an audit",
            description: "Has the merchant make an order for each drill, plays the customer, and sends true, forged, \
                          repeated and late notifications. `GET /audits/current` says how far it is. Only addresses are \
                          called that notifications may go to (`--allow-egress`). While it runs, the clock is stopped and \
                          moved, and the merchant's scenario is that of a drill.",
            parameters: &[],
            body: Some(RequestBody::json::<StartAudit>(json!({
                "iMid": "IONPAYTEST",
                "order": "http://127.0.0.1:3000/buy",
                "probe": "http://127.0.0.1:3000/orders/{referenceNo}",
                "fulfilled": "/fulfilled",
            }))),
            responses: responses(StatusCode::ACCEPTED, "The audit has begun."),
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::AUDIT, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/audits/current",
            handler: web::to(show),
            id: "getAudit",
            tag: "audits",
            summary: "Shows how far the audit is",
            description: "The audit that runs, or the last one.",
            parameters: &[],
            body: None,
            responses: responses(StatusCode::OK, "The audit."),
            problems: &[ProblemKind::NOT_FOUND],
        },
    ]
}

/// What to audit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct StartAudit {
    /// The merchant.
    i_mid: String,
    /// A URL of the merchant that makes an order: a `GET` of it has to register one payment.
    order: String,
    /// A URL of the merchant that tells about an order, with `{referenceNo}` and `{tXid}` in it.
    probe: Option<String>,
    /// A regular expression that the probe's answer matches when the order is paid. Default: the word `paid` or `lunas`.
    paid: Option<String>,
    /// A JSON pointer: where the probe's answer says how often the order was fulfilled.
    fulfilled: Option<String>,
    /// A URL of the merchant that asks NICEPAY for open payments, as a cron job does. Default: the merchant gets two seconds
    /// to do it by itself.
    poll: Option<String>,
    /// Runs only the drills that exercise these checks. Default: all.
    #[serde(default)]
    only: Vec<String>,
}

/// The state of an audit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum AuditState {
    /// It runs.
    Running,
    /// All drills were run.
    Complete,
    /// It was interrupted.
    Interrupted,
    /// Going on made no sense; `reason` says why.
    GivenUp,
}

/// An audit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Audit<'a> {
    /// The merchant.
    i_mid: &'a IMid,
    /// Its state.
    state: AuditState,
    /// Why it was given up; otherwise null.
    reason: Option<String>,
    /// The drill that is running; null between two of them, and at the end.
    drill: Option<&'static str>,
    /// How many drills were run.
    done: usize,
    /// How many there are.
    total: usize,
    /// The drills that were run.
    drills: Vec<DrillDone>,
    /// What is wrong with the probe; otherwise null.
    probe_problem: Option<String>,
}

/// A drill that was run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DrillDone {
    /// The name of the drill.
    name: &'static str,
    /// The checks that it exercises.
    checks: &'static [&'static str],
    /// The order; null where none was made.
    reference_no: Option<ReferenceNo>,
    /// Why the drill is not complete; null where it is.
    error: Option<String>,
    /// What did not go as it should.
    notes: Vec<String>,
}

impl Audit<'_> {
    fn example() -> Value {
        json!({
            "iMid": "IONPAYTEST",
            "state": "running",
            "reason": null,
            "drill": "wrong-token",
            "done": 1,
            "total": 15,
            "drills": [{
                "name": "genuine",
                "checks": ["NP-09", "NP-21", "NP-24"],
                "referenceNo": "SHOP-1",
                "error": null,
                "notes": [],
            }],
            "probeProblem": null,
        })
    }
}

async fn start(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let StartAudit { i_mid, order, probe, paid, fulfilled, poll, only } =
        request::json(&control, &request, payload).await?;
    let i_mid = IMid::new(&i_mid).map_err(|_| Problem::not_found("merchant", &i_mid))?;
    let i_mid = request::check_merchant(&control, i_mid)?;
    let url = |text: &str| {
        let call = Call::url(text).map_err(Problem::bad_value)?;
        control.auditor.check_egress(&call).map_err(Problem::bad_value)?;
        Ok::<_, Problem>(call)
    };
    if probe.is_none() && (paid.is_some() || fulfilled.is_some()) {
        return Err(Problem::bad_value("paid and fulfilled need a probe"));
    }
    let probe = probe.as_deref().map(url).transpose()?;
    let probe = probe.map(|call| Probe::new(call, paid.as_deref(), fulfilled.as_deref()));
    let plan = Plan {
        i_mid,
        order: url(&order)?,
        probe: probe.transpose().map_err(Problem::bad_value)?,
        poll: poll.as_deref().map(url).transpose()?,
        drills: audit::select(&only).map_err(Problem::bad_value)?,
    };
    let started = control.audits.start(Arc::clone(&control.auditor), plan, control.stopping.child_token());
    let running = started.map_err(|busy| Problem::new(ProblemKind::AUDIT, busy.to_string()))?;
    Ok(response::json(StatusCode::ACCEPTED, &view(&control, &running)))
}

async fn show(control: web::Data<Control>) -> Result<HttpResponse, Problem> {
    let current = control.audits.current();
    let running = current
        .ok_or_else(|| Problem::new(ProblemKind::NOT_FOUND, "there was no audit since the simulator was started"))?;
    Ok(response::ok(&view(&control, &running)))
}

fn view<'a>(control: &Control, running: &'a Running) -> Audit<'a> {
    let mask = |text: &String| control.engine.masked(text).into_owned();
    let drill_done = |result: &DrillResult| DrillDone {
        name: result.drill.name,
        checks: result.drill.checks,
        reference_no: result.reference_no.clone().map(|reference_no| control.engine.shown(reference_no)),
        error: result.error.as_ref().map(mask),
        notes: result.notes.iter().map(mask).collect(),
    };
    let (state, reason) = match &running.ending {
        None => (AuditState::Running, None),
        Some(Ending::Complete) => (AuditState::Complete, None),
        Some(Ending::Interrupted) => (AuditState::Interrupted, None),
        Some(Ending::GivenUp(reason)) => (AuditState::GivenUp, Some(mask(reason))),
    };
    Audit {
        i_mid: &running.i_mid,
        state,
        reason,
        drill: running.drill.map(|drill| drill.name),
        done: running.drills.len(),
        total: running.total,
        drills: running.drills.iter().map(drill_done).collect(),
        probe_problem: running.probe_problem.as_ref().map(mask),
    }
}
