//! What is printed on stderr when the program has ended: what came, what was refused, and what to do if nothing came.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use super::blind_spots;
use super::tally::{ProxyCounts, Tally};
use crate::connection::Way;

/// How many lines of a kind are printed.
const MAX_LINES: usize = 8;

/// The lines, each with a line break.
pub(super) fn summary(program: &str, plain: SocketAddr, tally: &Tally, proxy: &ProxyCounts) -> String {
    let mut text = String::new();
    match tally.total() {
        0 if tally.was_reset => text.push_str("nicepay-sim: no request arrived since the reset\n"),
        0 => text.push_str("nicepay-sim: no request arrived\n"),
        1 => text.push_str("nicepay-sim: 1 request arrived\n"),
        total => {
            let _ = writeln!(text, "nicepay-sim: {total} requests arrived");
        }
    }
    for way in [Way::ProxyHttps, Way::ProxyHttp, Way::Https, Way::Http] {
        let clients = tally.requests.iter().filter(|((of, _), _)| *of == way);
        let by = match way {
            Way::ProxyHttps => "by the proxy, over TLS".to_owned(),
            Way::ProxyHttp => "by the proxy, without TLS".to_owned(),
            Way::Https => "over TLS".to_owned(),
            Way::Http => format!("at http://{plain}"),
        };
        let lines = clients.map(|((_, client), count)| (format!("{by}, from {client}"), *count)).collect();
        push(&mut text, "", &lines);
    }
    push(&mut text, "refused: ", &tally.refused);
    push(&mut text, "refused by the proxy: ", &proxy.refused);
    if tally.delivered > 0 {
        let _ = writeln!(text, "{:>7}  notifications accepted", tally.delivered);
    }
    push(&mut text, "notification not accepted: ", &tally.undelivered);
    if proxy.failed_handshakes > 0 {
        let reason = proxy.handshake_error.as_deref().unwrap_or("the client ended it");
        let _ = writeln!(text, "{:>7}  TLS handshakes failed: {reason}", proxy.failed_handshakes);
    }
    if tally.total() == 0 && !tally.was_reset {
        text.push_str(&blind_spots::advice(program, proxy));
    }
    text
}

/// Lines with their counts, the highest first.
fn push(text: &mut String, before: &str, counts: &BTreeMap<String, u64>) {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (name, count) in sorted.iter().take(MAX_LINES) {
        let _ = writeln!(text, "{count:>7}  {before}{name}");
    }
    let rest: u64 = sorted.iter().skip(MAX_LINES).map(|(_, count)| **count).sum();
    if rest > 0 {
        let _ = writeln!(text, "{rest:>7}  {before}others");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tally: &Tally, proxy: &ProxyCounts) -> String {
        summary("php", ([127, 0, 0, 1], 4321).into(), tally, proxy)
    }

    #[test]
    fn what_came_is_told_with_its_clients() {
        let requests = [
            ((Way::Http, "curl/8.5".to_owned()), 1),
            ((Way::ProxyHttps, "GuzzleHttp/7".to_owned()), 10),
            ((Way::ProxyHttps, "no User-Agent".to_owned()), 2),
        ];
        let refused = [("inquiry → 9010 merchantToken/key".to_owned(), 3)];
        let tally = Tally { requests: requests.into(), refused: refused.into(), delivered: 4, ..Tally::default() };
        let proxy = ProxyCounts { tunnels: 11, ..ProxyCounts::default() };
        assert_eq!(
            text(&tally, &proxy),
            "nicepay-sim: 13 requests arrived\n     10  by the proxy, over TLS, from GuzzleHttp/7\n      2  by the proxy, over \
             TLS, from no User-Agent\n      1  at http://127.0.0.1:4321, from curl/8.5\n      3  refused: inquiry → 9010 merchantToken/key\n      4  notifications accepted\n"
        );
    }

    #[test]
    fn many_clients_are_summed_up() {
        let requests = (1..=20).map(|i| ((Way::Http, format!("client-{i}")), i)).collect();
        let told = text(&Tally { requests, ..Tally::default() }, &ProxyCounts::default());
        assert!(told.contains("     20  at http://127.0.0.1:4321, from client-20\n"), "{told}");
        assert!(told.ends_with("     78  others\n"), "{told}");
    }

    #[test]
    fn when_nothing_came_the_advice_follows() {
        let told = text(&Tally::default(), &ProxyCounts::default());
        assert!(told.starts_with("nicepay-sim: no request arrived\n"), "{told}");
        assert!(told.contains("fsockopen") && told.contains("127.0.0.1 dev.nicepay.co.id"), "{told}");
        let told = text(&Tally { was_reset: true, ..Tally::default() }, &ProxyCounts::default());
        assert_eq!(told, "nicepay-sim: no request arrived since the reset\n");
    }
}
