//! What is not simulated says so, in NICEPAY's envelope.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, Envelope, No, json};
use crate::diagnosis::Slug;
use crate::paths;
use crate::protocol::{Code, Refusal};

/// Paths that are served, with their verbs.
const SERVED: [(&str, &str); 14] = [
    (paths::REGISTRATION, "POST"),
    (paths::PAYMENT, "GET, POST"),
    (paths::INQUIRY, "POST"),
    (paths::CANCEL, "POST"),
    (paths::REMOVE_TOKEN, "POST"),
    (paths::USER_DETAILS, "POST"),
    (paths::BINDING, "POST"),
    (paths::BINDING_RETURN, "GET"),
    (paths::CHECKOUT, "POST"),
    (paths::CHECKOUT_PAGE, "GET, POST"),
    (paths::CHECKOUT_LEAVE, "POST"),
    (paths::CONFIRM_AKULAKU, "POST"),
    (paths::CHECK_MID, "POST"),
    (paths::PAYMENT_RETURN, "GET"),
];

pub(super) async fn wrong_path(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    gateway.exchange(None, request, payload, no_such_path).await
}

pub(super) async fn wrong_verb(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    gateway.exchange(None, request, payload, no_such_verb).await
}

fn refuse(gateway: &Gateway, slug: Slug, reason: String) -> Answer {
    let no = No::from(Refusal::new(Code::NOT_SIMULATED, slug, reason));
    gateway.refuse("gateway", no, |code| json(&Envelope::from(code)))
}

fn no_such_path(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let path: String = asked.request.path().chars().take(200).collect();
    let folded = path.to_ascii_lowercase().replace('_', "-");
    let far = |known: &str| distance(&folded, &known.to_ascii_lowercase());
    // Half of the letters changed is another word, not a slip.
    let nearest = SERVED.iter().map(|path| (far(path.0), path)).filter(|(far, (known, _))| far * 2 < known.len());
    let nearest = begun(&folded).map(|path| (0, path)).or_else(|| nearest.min());
    let hint = match nearest {
        _ if folded.rsplit_once('.').is_some_and(|(_, end)| end == "do") => {
            "it is of NICEPAY's V1 API, and this is V2".to_owned()
        }
        Some((_, (nearest, verbs))) => format!("the nearest path that is: {verbs} {nearest}"),
        None => "the README lists those that are".to_owned(),
    };
    let reason = format!("{path:?} is not simulated; {hint}");
    Answer { status: StatusCode::NOT_FOUND, ..refuse(gateway, Slug::PATH_NOT_SIMULATED, reason) }
}

/// The one path whose last word was begun, and not written to its end.
fn begun(folded: &str) -> Option<&'static (&'static str, &'static str)> {
    let mut fitting = SERVED.iter().filter(|(known, _)| {
        let known = known.to_ascii_lowercase();
        let rest = known.strip_prefix(folded).filter(|_| !folded.ends_with('/'));
        rest.is_some_and(|rest| !rest.contains('/'))
    });
    fitting.next().filter(|_| fitting.next().is_none())
}

fn no_such_verb(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let path = asked.request.path();
    let allow = SERVED.iter().find(|(known, _)| *known == path).map_or("POST", |(_, verbs)| verbs);
    let method: String = asked.request.method().as_str().chars().take(20).collect();
    let answer = refuse(gateway, Slug::PATH_WRONG_VERB, format!("{path} answers {allow}, not {method}"));
    Answer { status: StatusCode::METHOD_NOT_ALLOWED, verbs: Some(allow), ..answer }
}

/// How many letters must change to make one word of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_distance_counts_changed_letters() {
        assert_eq!(super::distance("kitten", "sitting"), 3);
        assert_eq!(super::distance("", "abc"), 3);
        assert_eq!(super::distance("same", "same"), 0);
    }
}
