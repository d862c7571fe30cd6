//! The speaker's notes of `docs/guides/demo.md`, clicked through as they are written: what is bold is clicked, and what is
//! bold after "You see" is shown.

use std::fs;
use std::path::Path;

use thirtyfour::prelude::*;

use super::Visit;
use crate::chromium::{HEIGHT, OTP, PHONE, PIN};

/// One step of the notes.
struct Note {
    clicks: Vec<String>,
    /// Whether the speaker goes through Kredivo's pages after the clicks.
    at_kredivo: bool,
    sees: Vec<String>,
}

/// The bold words of a text.
fn bold(text: &str) -> Vec<String> {
    text.split("**").skip(1).step_by(2).map(|word| word.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The steps below a heading.
fn notes(heading: &str, [sees, says]: [&str; 2]) -> Vec<Note> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/demo.md")).unwrap();
    let section = page.split(&format!("\n### {heading}\n")).nth(1).unwrap().split("\n#").next().unwrap().to_owned();
    let step = |text: &str| {
        let (what, rest) = text.split_once(sees).unwrap_or_else(|| panic!("{text} has no {sees:?}"));
        let (seen, said) = rest.split_once(says).unwrap_or_else(|| panic!("{text} has no {says:?}"));
        assert!(said.len() > 20, "{text}");
        Note { clicks: bold(what), at_kredivo: what.contains('`'), sees: bold(seen) }
    };
    // A step begins with its number, and its other lines are indented.
    let mut steps: Vec<String> = Vec::new();
    for line in section.lines() {
        if line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok()) {
            steps.push(line.to_owned());
        } else if line.starts_with("   ") {
            steps.last_mut().unwrap().push_str(&["\n", line].concat());
        }
    }
    steps.iter().map(|text| step(text)).collect()
}

/// Clicks what has this label: exactly, or else at its beginning.
#[track_caller]
fn click(visit: &Visit, label: &str) {
    let customer = &visit.customer;
    let script = "const all = [...document.querySelectorAll('main :is(a, button, label, summary), header a')]
            .filter((element) => element.checkVisibility());
        const text = (element) => element.innerText.replace(/\\s+/g, ' ').trim();
        const found = all.find((element) => text(element) === arguments[0])
            ?? all.find((element) => text(element).startsWith(arguments[0]));
        found?.scrollIntoView({ block: 'center' });
        return found ?? null;";
    let found = customer.wait(async {
        let found = customer.driver().execute(script, vec![label.into()]).await?;
        if found.json().is_null() { Ok(None) } else { found.element().map(Some) }
    });
    let Some(element) = found else { panic!("at {} nothing has the label {label:?}", customer.url()) };
    let stays = ["label", "summary"].contains(&customer.wait(element.tag_name()).as_str());
    customer.wait(async {
        element.click().await?;
        if stays { Ok(()) } else { element.wait_until().stale().await }
    });
}

/// Waits for a text in what the page shows, while time passes.
#[track_caller]
fn see(visit: &Visit, text: &str) {
    let script = "return document.body.innerText.replace(/\\s+/g, ' ').includes(arguments[0])";
    for _ in 0..10 {
        if visit.customer.run(script, vec![text.into()]) == true {
            return;
        }
        visit.sim.advance("1s");
        visit.customer.wait(visit.customer.driver().refresh());
    }
    panic!("{} never shows {text:?}", visit.customer.url());
}

fn play(language: &str, width: u32) {
    let visit = Visit::new(language, true);
    let customer = &visit.customer;
    customer.at_width(width, HEIGHT);
    let (headings, words) = match language {
        "en" => (["In three minutes", "In ten minutes"], ["You see", "Say:"]),
        _ => (["Dalam tiga menit", "Dalam sepuluh menit"], ["Terlihat", "Katakan:"]),
    };
    visit.open("/demo/start-over");
    customer.press_id("start-over");
    for (heading, count) in headings.into_iter().zip([4, 9]) {
        let steps = notes(heading, words);
        assert_eq!(steps.len(), count, "{heading}");
        for step in steps {
            for label in &step.clicks {
                click(&visit, label);
            }
            if step.at_kredivo {
                if customer.shows("login-phone") {
                    customer.fill("login-phone", PHONE);
                }
                customer.fill("login-pin", PIN);
                customer.press_id("login-submit");
                if customer.page() == "plan" {
                    customer.choose(3);
                }
                customer.enter_otp(OTP);
                customer.come_back();
            }
            for text in &step.sees {
                see(&visit, text);
            }
            assert_eq!(customer.language(), language, "at {}", customer.url());
        }
    }
    customer.no_complaints();
}

#[test]
fn the_notes_in_english_on_a_desk() {
    play("en", 1280);
}

#[test]
fn the_notes_in_english_on_a_phone() {
    play("en", 390);
}

#[test]
fn the_notes_in_indonesian_on_a_desk() {
    play("id", 1280);
}

#[test]
fn the_notes_in_indonesian_on_a_phone() {
    play("id", 390);
}
