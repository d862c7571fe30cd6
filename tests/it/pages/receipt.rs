//! The receipt names everything that was agreed; and what was not paid has none.

use nicepay_sim::testing::{Reply, Simulator};
use scraper::{ElementRef, Selector};

use super::{Payment, all, by_id, html, notice, one, outcome, pay, text};

/// The lines of a receipt: what they are called in the page's language, and what they say.
fn receipt(reply: &Reply) -> Vec<(String, String)> {
    let page = html(reply);
    let lines = all(&page, "[data-testid=receipt] dl > div");
    let part = |line: &ElementRef<'_>, css: &str| text(line.select(&Selector::parse(css).unwrap()).next().unwrap());
    lines.iter().map(|line| (part(line, "dt"), part(line, "dd"))).collect()
}

#[track_caller]
fn says(lines: &[(String, String)], expected: &[(&str, &str)]) {
    let lines: Vec<(&str, &str)> = lines.iter().map(|(what, value)| (what.as_str(), value.as_str())).collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_receipt_names_everything_that_was_agreed() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order-1", 600_000));
    let t_xid = payment.registered.t_xid();
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "3")]);
    sim.advance("90s");
    payment.otp("4567");
    sim.advance("5m");
    let reply = payment.get("result");
    assert_eq!(
        text(by_id(&html(&reply), "receipt").select(&Selector::parse("h2").unwrap()).next().unwrap()),
        "Bukti pembayaran"
    );
    let mut expected = vec![
        ("Status", "Disetujui"),
        ("Tanggal", "1 Januari 2026, 00.01.30 WIB"),
        ("Merchant", "PAYLOANTES"),
        ("Barang", "Test Transaction Nicepay"),
        ("No. referensi", "order-1"),
        ("Transaksi", &t_xid),
        ("Akun", "0812••••1818"),
        ("Tenor", "3 bulan"),
        ("Cicilan", "3 × Rp 206.000"),
        ("Biaya", "Rp 18.000"),
        ("Total cicilan", "Rp 618.000"),
    ];
    says(&receipt(&reply), &expected);
    assert!(!reply.body.contains("81291891818"), "never the whole number");
    let page = html(&reply);
    assert!(text(one(&page, ".order-amount")).contains("Rp 600.000"));
    assert_eq!(by_id(&page, "receipt").attr("data-print"), Some("Cetak bukti"));
    assert!(all(&page, "form, input, button").is_empty(), "the script makes the button");

    // What is given back is on it, too.
    let shop = sim.shop();
    assert_eq!(shop.cancel(&payment.registered, "2", "100000").result_cd(), "0000");
    expected[0].1 = "Dikembalikan sebagian";
    expected.splice(2..2, [("Jumlah dikembalikan", "Rp 100.000"), ("Sisa pembayaran", "Rp 500.000")]);
    let reply = payment.get("result");
    assert_eq!(outcome(&reply), "approved", "it is still paid");
    says(&receipt(&reply), &expected);
    let page = html(&reply);
    assert_eq!(text(one(&page, "h1")), "Dana dikembalikan sebagian");
    assert!(text(one(&page, ".lead")).ends_with("Dana yang dikembalikan mengurangi utang Anda ke Kredivo."));
    assert_eq!(notice(&payment.get("signin")), (409, "already-paid".into()), "and nothing is to be paid again");
    sim.advance("1h");
    assert_eq!(shop.cancel(&payment.registered, "2", "500000").result_cd(), "0000");
    payment.in_english();
    let reply = payment.get("result");
    assert_eq!(outcome(&reply), "refunded");
    says(
        &receipt(&reply),
        &[
            ("Status", "Refunded"),
            ("Paid on", "1 January 2026, 00:01:30 WIB"),
            ("Refunded on", "1 January 2026, 01:06:30 WIB"),
            ("Merchant", "PAYLOANTES"),
            ("Item", "Test Transaction Nicepay"),
            ("Reference no.", "order-1"),
            ("Transaction", &t_xid),
            ("Account", "0812••••1818"),
            ("Amount refunded", "Rp 600.000"),
        ],
    );
    assert_eq!(by_id(&html(&reply), "receipt").attr("data-print"), Some("Print receipt"));

    // Whoever opens the old link finds it, and is not told that the payment is complete.
    let reply = payment.get("signin");
    assert_eq!(notice(&reply), (409, "already-paid".into()));
    let page = html(&reply);
    assert_eq!(text(one(&page, "h1")), "Payment refunded");
    let link = by_id(&page, "receipt-show");
    assert_eq!((text(link).as_str(), link.attr("href")), ("Show the receipt", Some(payment.url("result").as_str())));
}

#[test]
fn instalments_that_differ_are_shown_so_that_they_add_up() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 1_499_000));
    payment.in_english();
    payment.sign_in("081291891818", "414141");
    let page = html(&payment.get("plan"));
    assert!(
        text(by_id(&page, "plan-form")).contains("The last instalment may be smaller because amounts are rounded.")
    );
    payment.post("plan", &[("instmntMon", "3")]);
    let page = html(&payment.get("otp"));
    assert_eq!(text(by_id(&page, "otp-tenor")), "3 months");
    assert_eq!(text(by_id(&page, "otp-plan")), "2 × Rp 514.657 + Rp 514.656");
    assert_eq!(text(by_id(&page, "otp-total")), "Rp 1.543.970", "before it is confirmed");
    payment.otp("4567");
    let lines = receipt(&payment.get("result"));
    let line = |what: &str| lines.iter().find(|line| line.0 == what).unwrap().1.clone();
    assert_eq!(line("Instalments"), "2 × Rp 514.657 + Rp 514.656");
    assert_eq!(line("Total to pay back"), "Rp 1.543.970");
}

#[test]
fn whoever_pays_and_links_is_told_so_at_every_step_and_on_the_receipt() {
    let sim = Simulator::start();
    let note = "This payment also links your Kredivo account to PAYLOANTES.";
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145).tokenize("customer-1"));
    payment.in_english();
    assert_eq!(text(by_id(&html(&payment.get("signin")), "link-note")), note);
    payment.sign_in("081291891818", "414141");
    assert_eq!(text(by_id(&html(&payment.get("plan")), "link-note")), note);
    payment.post("plan", &[("instmntMon", "1")]);
    assert_eq!(text(by_id(&html(&payment.get("otp")), "link-note")), note);
    payment.otp("4567");
    assert_eq!(text(by_id(&html(&payment.get("result")), "receipt-linked")), "PAYLOANTES");

    let mut without = Payment::at(&sim, "without", "signin");
    assert!(all(&html(&without.get("signin")), "[data-testid=link-note]").is_empty());
    let mut without = Payment::at(&sim, "without-2", "result");
    assert!(all(&html(&without.get("result")), "[data-testid=receipt-linked]").is_empty());
}

#[test]
fn what_was_not_paid_has_no_receipt() {
    let sim = Simulator::start();
    for (phone, word) in [("089900000003", "under-review"), ("089900000004", "declined")] {
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        pay(&sim, &payment, phone);
        let reply = payment.get("result");
        assert_eq!(outcome(&reply), word);
        assert!(all(&html(&reply), "[data-testid=receipt], [data-print]").is_empty(), "{}", reply.body);
    }
    let mut payment = Payment::at(&sim, "given-up", "signin");
    payment.post("cancel", &[]);
    let reply = payment.get("result");
    assert_eq!(outcome(&reply), "abandoned");
    assert!(all(&html(&reply), "[data-testid=receipt]").is_empty());
}
