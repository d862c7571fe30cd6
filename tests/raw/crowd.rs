//! More clients than there are places: a new one gets an answer.

use std::time::{Duration, Instant};

use crate::target::{Target, Way, request};
use crate::wire::{PATIENCE, Wire};

/// Nobody who comes in time waits that long.
const SOON: Duration = Duration::from_secs(5);

/// Waits until the server has closed all but `places` of the connections: it has accepted each of them then.
fn wait_until_all_are_accepted(wires: &mut [Wire], places: usize) {
    let begin = Instant::now();
    let mut open: Vec<_> = wires.iter_mut().collect();
    while open.len() > places {
        open.retain_mut(|wire| !wire.is_closed());
        assert!(begin.elapsed() < PATIENCE, "{} connections are open", open.len());
    }
    assert_eq!(open.len(), places, "no more are closed than must be");
}

#[test]
fn silent_clients_lock_nobody_out() {
    // They would stay for an hour.
    let args = ["--max-connections", "20", "--slow-client-timeout", "1h"];
    let Some(target) = Target::with(&args) else { return };
    for way in [Way::Plain, Way::Tls] {
        for is_in_http in [false, true] {
            let mut silent: Vec<_> = (0..60)
                .map(|number| {
                    let mut wire = if is_in_http { target.connect(way) } else { Wire::Plain(target.tcp(way)) };
                    if is_in_http && number % 2 == 0 {
                        wire.send(request("GET /__sim/livez", ""));
                        assert_eq!(wire.answer().unwrap().status, 200, "{way:?}: {number}");
                    }
                    wire
                })
                .collect();
            wait_until_all_are_accepted(&mut silent, 20);
            let begin = Instant::now();
            for other in [Way::Plain, Way::Tls, Way::Tunnel, Way::TunnelTls] {
                let mut wire = target.connect(other);
                wire.send(request("GET /__sim/livez", ""));
                assert_eq!(wire.answer().unwrap().status, 200, "{way:?}, {other:?}");
            }
            assert!(begin.elapsed() < SOON, "{way:?}: {:?}", begin.elapsed());
            drop(silent);
        }
    }
}

#[test]
fn the_longest_idle_connection_is_closed_and_a_busy_one_is_not() {
    let args = ["--max-connections", "3", "--slow-client-timeout", "1h"];
    let Some(target) = Target::with(&args) else { return };
    let kept = || {
        let mut wire = target.connect(Way::Plain);
        wire.send(request("GET /__sim/livez", ""));
        assert_eq!(wire.answer().unwrap().status, 200);
        wire
    };
    let mut busy = target.connect(Way::Plain);
    busy.send(request("GET /__sim/api/events/wait?type=clock.moved&timeout=300", ""));
    let (mut first, mut second) = (kept(), kept());
    // The first one was idle for a shorter time than the second one.
    first.send(request("GET /__sim/livez", ""));
    assert_eq!(first.answer().unwrap().status, 200);
    let mut third = kept();
    assert_eq!(second.read_to_end(), "", "closed for the third one");
    for wire in [&mut first, &mut third] {
        wire.send(request("GET /__sim/livez", ""));
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    third.send(request("POST /__sim/api/clock", r#"{"freeze":true}"#));
    assert_eq!(third.answer().unwrap().status, 200);
    third.send(request("POST /__sim/api/clock/advance", r#"{"by":"1s"}"#));
    assert_eq!(third.answer().unwrap().status, 200);
    assert_eq!(busy.answer().unwrap().json()["type"], "clock.moved", "the busy one stayed");
}

#[test]
fn a_client_who_finds_all_places_busy_is_told_so() {
    let Some(target) = Target::with(&["--max-connections", "3"]) else { return };
    let busy: Vec<_> = (0..3)
        .map(|_| {
            let mut wire = target.connect(Way::Plain);
            wire.send(request("GET /__sim/api/events/stream", ""));
            assert_eq!(wire.answer().unwrap().status, 200);
            wire
        })
        .collect();
    let refused = target.ask("GET /__sim/livez", "");
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("--max-connections"), "{refused:?}");
    drop(busy);
    let begin = Instant::now();
    while target.ask("GET /__sim/livez", "").status != 200 {
        assert!(begin.elapsed() < SOON);
    }
}

#[test]
fn silent_clients_of_the_proxy_lock_nobody_out() {
    let Some(target) = Target::with(&["--max-tunnels", "10"]) else { return };
    let mut silent: Vec<_> = (0..20).map(|_| Wire::Plain(target.tcp(Way::Tunnel))).collect();
    // Each gets an answer, or is closed, and then there is room.
    for wire in &mut silent {
        wire.read_to_end();
    }
    let mut wire = target.connect(Way::TunnelTls);
    wire.send(request("GET /__sim/livez", ""));
    assert_eq!(wire.answer().unwrap().status, 200);
}
