//! The guide at the top: one line on a phone, the four steps on a wider screen; and the card at its end.

use thirtyfour::prelude::*;

use super::{Visit, for_everybody};
use crate::chromium::{HEIGHT, WIDTH};

fn is_displayed(visit: &Visit, test_id: &str) -> bool {
    let element = visit.customer.element(test_id);
    visit.customer.wait(element.is_displayed())
}

#[test]
fn on_a_phone_the_guide_is_one_line_that_opens() {
    for (language, line) in [("en", "Step 1 of 4: Buy and link"), ("id", "Langkah 1 dari 4: Beli dan hubungkan")] {
        for javascript in [true, false] {
            let visit = Visit::new(language, javascript);
            let customer = &visit.customer;
            visit.open("/demo/");
            assert_eq!(customer.text("guide-line"), line);
            assert!(!is_displayed(&visit, "step-unlink") && !is_displayed(&visit, "shopper"));
            let height = "return document.querySelector('[data-testid=guide]').offsetHeight";
            if javascript {
                let clock_line = "return document.querySelector('.clock-stopped')?.offsetHeight ?? 0";
                let lines =
                    customer.run(height, vec![]).as_u64().unwrap() - customer.run(clock_line, vec![]).as_u64().unwrap();
                assert!(lines <= 70, "{lines} px for one line");
            }
            visit.tick("guide-line");
            assert!(is_displayed(&visit, "step-unlink") && is_displayed(&visit, "start-over-link"));
            if javascript {
                for_everybody(customer, language);
                customer.at_width(1280, HEIGHT);
                assert!(!is_displayed(&visit, "guide-line") && is_displayed(&visit, "step-unlink"));
                customer.at_width(WIDTH, HEIGHT);
            }
        }
    }
}

/// The order of the steps: unlink comes before linking without buying.
#[test]
fn the_steps_have_an_order_and_a_card_closes_the_demo() {
    let visit = Visit::new("en-US", true);
    let customer = &visit.customer;
    visit.story(false);
    let steps = customer.wait(customer.driver().find_all(By::Css(".guide li")));
    let names: Vec<_> = steps.iter().map(|step| customer.wait(step.attr("data-testid")).unwrap_or_default()).collect();
    assert_eq!(names, ["step-buy-and-link", "step-one-click", "step-unlink", "step-link"]);
    visit.shows("[data-testid=closing]");
    assert_eq!(customer.text("guide-line"), "Demo: 4 of 4 steps done");
    for language in ["en", "id"] {
        visit.open(&["/demo/account?lang=", language].concat());
        for_everybody(customer, language);
    }
    visit.open("/demo/account?lang=en");
    let links = customer.wait(customer.driver().find_all(By::Testid("diagram-link")));
    assert_eq!(links.len(), 2, "one for each payment");
    customer.press_id("diagram-link");
    assert!(customer.url().contains("/__sim/transactions/TOKODEMO01"), "{}", customer.url());
    visit.open("/demo/");
    customer.press_id("report-link");
    assert!(customer.url().ends_with("/__sim/report?iMid=TOKODEMO01"), "{}", customer.url());
    visit.open("/demo/account");
    customer.press_id("closing-start-over");
    customer.press_id("start-over");
    assert!(!customer.shows("closing"));
}
