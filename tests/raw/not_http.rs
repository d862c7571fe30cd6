//! What is no HTTP, or half of it. Each gets the documented answer or a close, and the next good client is served.

use serde_json::json;

use crate::shop::{INQUIRY, PAYMENT, REGISTRATION, Shop};
use crate::target::{Target, request};

const HOST: &str = "Host: localhost\r\n";

#[test]
fn bytes_that_no_client_sends() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let post = format!("POST {REGISTRATION} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n");
    let megabyte = "x".repeat(1024 * 1024);
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("words", b"hello\r\n\r\n".to_vec()),
        ("bytes", vec![0xff; 300]),
        ("zeros", [&[0; 300][..], b"\r\n\r\n"].concat()),
        ("TLS", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500], b"\r\n\r\n"].concat()),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("HTTP/9.9", format!("GET / HTTP/9.9\r\n{HOST}\r\n").into_bytes()),
        ("no version", b"GET /\r\n\r\n".to_vec()),
        ("a blank in the path", format!("GET /a b HTTP/1.1\r\n{HOST}\r\n").into_bytes()),
        ("a header without a colon", format!("GET / HTTP/1.1\r\n{HOST}nonsense\r\n\r\n").into_bytes()),
        ("a NUL in a header", format!("GET / HTTP/1.1\r\n{HOST}X: a\0b\r\n\r\n").into_bytes()),
        ("a negative length", format!("{post}Content-Length: -1\r\n\r\n").into_bytes()),
        ("a length of words", format!("{post}Content-Length: many\r\n\r\n").into_bytes()),
        ("two lengths", format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x").into_bytes()),
        ("an endless length", format!("{post}Content-Length: 99999999999999999999999\r\n\r\n").into_bytes()),
        ("unknown encoding", format!("{post}Transfer-Encoding: nonsense\r\n\r\n{{}}").into_bytes()),
        ("length and chunks", format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into()),
        ("a chunk of no size", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk too large", format!("{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{{}}").into()),
        ("a header of a megabyte", format!("GET / HTTP/1.1\r\n{HOST}X: {megabyte}\r\n\r\n").into()),
        ("a query of a megabyte", format!("GET /?{megabyte} HTTP/1.1\r\n{HOST}\r\n").into()),
        ("a thousand headers", format!("GET / HTTP/1.1\r\n{HOST}{}\r\n", "X: y\r\n".repeat(1_000)).into()),
        ("a megabyte of words", megabyte.clone().into()),
    ];
    for way in target.ways() {
        for (what, bytes) in &rows {
            let mut wire = target.connect(*way);
            // Whoever is refused early may close before all is written.
            wire.send(bytes);
            wire.close_write();
            if let Some(answer) = wire.answer() {
                // A head that can be read may be followed by a body that cannot.
                let is_broken = answer.diagnosis() == Some("body/broken") && answer.json()["resultCd"] == "9001";
                let is_refused = (400..500).contains(&answer.status) || (answer.status == 200 && is_broken);
                assert!(is_refused, "{way:?}: {what}: {answer:?}");
            }
        }
        shop.goes_on(&format!("{way:?}"));
        // Odd, but HTTP.
        for request in [
            format!("GET http://localhost/__sim/livez HTTP/1.1\r\n{HOST}\r\n"),
            "GET /__sim/livez HTTP/1.0\r\n\r\n".to_owned(),
            format!("\r\nGET /__sim/livez HTTP/1.1\r\n{HOST}\r\n"),
        ] {
            let mut wire = target.connect(*way);
            wire.send(&request);
            assert_eq!(wire.answer().map(|answer| answer.status), Some(200), "{way:?}: {request:?}");
        }
        let mut wire = target.connect(*way);
        wire.send(format!("OPTIONS * HTTP/1.1\r\n{HOST}\r\n"));
        assert!(wire.answer().is_none_or(|answer| answer.status < 500), "{way:?}");
    }
}

#[test]
fn a_bad_request_leaves_its_connection_good() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let head = format!("POST {REGISTRATION} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n");
    for way in target.ways() {
        let mut wire = target.connect(*way);
        for bad in ["", "[", "hello", "{\"iMid\":\"X\"}", &"[".repeat(100_000)] {
            wire.send(format!("{head}Content-Length: {}\r\n\r\n{bad}", bad.len()));
            let answer = wire.answer().unwrap();
            assert_eq!(answer.status, 200, "{way:?}: {answer:?}");
            assert_ne!(answer.json()["resultCd"], "0000", "{way:?}");
        }
        let good = shop.order(&format!("{way:?}")).to_string();
        wire.send(format!("{head}Content-Length: {}\r\n\r\n{good}", good.len()));
        assert_eq!(wire.answer().unwrap().json()["resultCd"], "0000", "{way:?}");
        shop.has_registered();
        // Both at once: each gets its own answer.
        wire.send(format!(
            "{head}Content-Length: 1\r\n\r\n[{head}Content-Length: {}\r\nConnection: close\r\n\r\n{good}",
            good.len()
        ));
        let answers = wire.read_to_end();
        let (first, second) = (answers.find("\"resultCd\":\"9001\""), answers.find("\"resultCd\":\"9009\""));
        assert!(first.is_some() && first < second, "{way:?}: {answers}");
        shop.goes_on(&format!("{way:?}"));
    }
}

#[test]
fn a_body_over_the_limit_is_read_to_its_end_and_refused() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let megabyte = "x".repeat(1024 * 1024);
    let chunks = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(16);
    let tiny_chunks = "1\r\nx\r\n".repeat(262_145);
    for way in target.ways() {
        for path in [REGISTRATION, INQUIRY, PAYMENT, "/nicepay/direct/v2/payment/nowhere"] {
            let head = format!("POST {path} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n");
            for chunks in [&chunks, &tiny_chunks] {
                let mut wire = target.connect(*way);
                wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"));
                let answer = wire.answer().unwrap();
                assert_eq!((answer.status, answer.diagnosis()), (413, Some("body/too-large")), "{way:?}: {path}");
                assert_eq!(answer.json()["resultCd"], "9001", "{way:?}: {path}");
            }
            // With a length, the connection goes on.
            let mut wire = target.connect(*way);
            wire.send(request(&format!("POST {path}"), &megabyte));
            assert_eq!(wire.answer().unwrap().status, 413, "{way:?}: {path}");
            wire.send(request("GET /__sim/livez", ""));
            assert_eq!(wire.answer().unwrap().status, 200, "{way:?}: {path}");
        }
        shop.goes_on(&format!("{way:?}"));
    }
}

#[test]
fn clients_that_send_half_a_body_get_408() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let good = shop.order("slow").to_string();
    // Who announces too much need not send it.
    let answer = {
        let mut wire = target.connect(target.ways()[0]);
        wire.send(format!("POST {REGISTRATION} HTTP/1.1\r\n{HOST}Content-Length: 1073741824\r\n\r\n{good}"));
        wire.answer().unwrap()
    };
    assert_eq!((answer.status, answer.diagnosis()), (413, Some("body/too-large")), "{answer:?}");
    let mut waiting = Vec::new();
    for way in target.ways() {
        for path in [REGISTRATION, INQUIRY, PAYMENT, "/__sim/api/reset"] {
            let head = format!("POST {path} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n");
            let half = &good[..good.len() / 2];
            for (what, request) in [
                ("half", format!("{head}Content-Length: {}\r\n\r\n{half}", good.len())),
                ("nothing", format!("{head}Content-Length: {}\r\n\r\n", good.len())),
                ("one byte missing", format!("{head}Content-Length: {}\r\n\r\n{good}", good.len() + 1)),
                ("a megabyte announced", format!("{head}Content-Length: 1048576\r\n\r\n{good}")),
                ("no last chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{good}\r\n", good.len())),
            ] {
                let mut wire = target.connect(*way);
                wire.send(request);
                waiting.push((format!("{way:?}: {path}: {what}"), path.starts_with("/nicepay"), wire));
            }
        }
    }
    // Nobody else waits for them.
    shop.goes_on("half a body");
    for (what, is_gateway, mut wire) in waiting {
        let answer = wire.answer().unwrap();
        assert_eq!(answer.status, 408, "{what}: {answer:?}");
        if is_gateway {
            assert_eq!(
                (answer.diagnosis(), &answer.json()["resultCd"]),
                (Some("body/too-slow"), &json!("9001")),
                "{what}"
            );
        }
        assert_eq!(wire.read_to_end(), "", "{what}");
    }
    shop.goes_on("slow clients");
}

#[test]
fn clients_that_go_away_in_the_middle_leave_nothing_behind() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let good = shop.order("gone").to_string();
    let head = format!("POST {REGISTRATION} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{good}", good.len());
    for way in target.ways() {
        for length in [1, head.len(), head.len() + 30, request.len() - 1] {
            let mut wire = target.connect(*way);
            wire.send(&request[..length]);
            wire.close_write();
            let said = wire.read_to_end();
            let refused = said.contains("x-sim-diagnosis: body/broken: ") && said.contains("\"resultCd\":\"9001\"");
            assert!(said.is_empty() || refused || said.starts_with("HTTP/1.1 4"), "{way:?}: {length}: {said}");
        }
        shop.goes_on(&format!("{way:?}"));
    }
}
