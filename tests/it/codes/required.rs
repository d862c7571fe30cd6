//! Every required field has the code of its absence.

use nicepay_sim::testing::Order;

use super::Profile::{Both, Lenient, Strict};
use super::{
    AMT, AMT_FORMAT, CART_FORMAT, CURRENCY, Desk, GOODS, INSTALMENT_TYPE, MONTHS, ORDER_DATA, Profile, REFERENCE,
    REGISTRATION_KEYS, SELLERS_FORMAT, Says, TIME_STAMP, ways_to_miss, wrong_types,
};

const PAY_METHOD: Says =
    ("9012", "This Payment method is currently not activated. Contact Nicepay for further information.");
const BUYER_NAME: Says =
    ("9016", "Undefined: Buyer Name. Please check your request parameter and make sure [billingNm] is defined.");
const BUYER_PHONE: Says = (
    "9017",
    "Undefined: Buyer Phone Number. Please check your request parameter and make sure [billingPhone] is defined.",
);
const BUYER_EMAIL: Says = (
    "9018",
    "Undefined: Buyer Email Address. Please check your request parameter and make sure [billingEmail] is defined.",
);
const DB_PROCESS_URL: Says = (
    "9020",
    "Undefined: Debit Process URL. Please check your request parameter and make sure [dbProcessUrl] is defined.",
);
const USER_IP: Says =
    ("9024", "Undefined: Customer IP Address. Please check your request parameter and make sure [userIP] is defined.");
const BUYER_CITY: Says =
    ("9025", "Undefined: Buyer City. Please check your request parameter and make sure [billingCity] is defined.");
const BUYER_STATE: Says =
    ("9026", "Undefined: Buyer State. Please check your request parameter and make sure [billingState] is defined.");
const BUYER_POST: Says = (
    "9027",
    "Undefined: Buyer Postal Code. Please check your request parameter and make sure [billingPostCd] is defined.",
);
const BUYER_COUNTRY: Says = (
    "9028",
    "Undefined: Buyer Country. Please check your request parameter and make sure [billingCountry] is defined.",
);

/// A required field, what its absence costs, what a wrong type costs, and who requires it, in the order of §2.1.1.
/// `iMid` and `merchantToken` come before all of them, and have tests of their own.
const REQUIRED: [(&str, Says, Says, Profile); 30] = [
    ("timeStamp", TIME_STAMP, TIME_STAMP, Both),
    ("payMethod", PAY_METHOD, PAY_METHOD, Both),
    ("currency", CURRENCY, CURRENCY, Both),
    ("amt", AMT, AMT_FORMAT, Both),
    ("referenceNo", REFERENCE, REFERENCE, Both),
    ("goodsNm", GOODS, GOODS, Both),
    ("billingNm", BUYER_NAME, BUYER_NAME, Both),
    ("billingPhone", BUYER_PHONE, BUYER_PHONE, Strict),
    ("billingEmail", BUYER_EMAIL, BUYER_EMAIL, Both),
    ("billingAddr", ORDER_DATA, ORDER_DATA, Both),
    ("billingCity", BUYER_CITY, BUYER_CITY, Both),
    ("billingState", BUYER_STATE, BUYER_STATE, Both),
    ("billingPostCd", BUYER_POST, BUYER_POST, Both),
    ("billingCountry", BUYER_COUNTRY, BUYER_COUNTRY, Both),
    ("deliveryNm", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryPhone", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryAddr", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryCity", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryState", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryPostCd", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryCountry", ORDER_DATA, ORDER_DATA, Both),
    ("dbProcessUrl", DB_PROCESS_URL, DB_PROCESS_URL, Both),
    ("userIP", USER_IP, USER_IP, Strict),
    ("cartData", ORDER_DATA, CART_FORMAT, Both),
    ("sellers", ORDER_DATA, SELLERS_FORMAT, Strict),
    ("instmntType", INSTALMENT_TYPE, INSTALMENT_TYPE, Both),
    ("instmntMon", MONTHS, MONTHS, Both),
    ("mitraCd", ORDER_DATA, ORDER_DATA, Both),
    ("callBackUrl", ORDER_DATA, ORDER_DATA, Lenient),
    ("userAgent", ORDER_DATA, ORDER_DATA, Strict),
];

#[test]
fn every_required_field_has_the_code_of_its_absence() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for (field, missing, _, needed) in REQUIRED {
            // Nobody requires callBackUrl; its row says what a wrong type costs.
            if field == "callBackUrl" {
                continue;
            }
            for (i, (what, order)) in ways_to_miss(&desk.order(field), field).into_iter().enumerate() {
                let what = format!("{profile}: {what}");
                if needed.has(profile) {
                    desk.refuses(&what, &order, missing, "field/missing");
                } else {
                    desk.take(&order.with("referenceNo", format!("{field}-{i}")));
                }
            }
        }
        desk.close();
    }
}

#[test]
fn a_wrong_type_has_the_code_of_the_fields_absence() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let others = ["description", "tokenizeUser", "clientUserKey", "userToken", "payValidDt", "payValidTm"];
        let others = others.map(|field| (field, ORDER_DATA, ORDER_DATA, Both));
        for (field, _, wrong, _) in REQUIRED.into_iter().chain(others) {
            for value in wrong_types() {
                let what = format!("{profile}: {field} {value}");
                let order = desk.order("type").with(field, value);
                desk.refuses(&what, &order, wrong, "field/type");
            }
        }
        desk.close();
    }
}

#[test]
fn the_first_missing_field_in_the_documented_order_decides() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let needed: Vec<_> =
            REQUIRED.iter().filter(|(field, .., needed)| needed.has(profile) && *field != "callBackUrl").collect();
        for (i, (field, missing, ..)) in needed.iter().enumerate() {
            let without = |order: Order, (gone, ..): &&(&str, Says, Says, Profile)| order.without(gone);
            let order = needed[i..].iter().fold(desk.order("order"), without);
            let answer = desk.shop.register(&order);
            let what = format!("{profile}: {field} and all after it missing");
            desk.refused(&what, &answer, *missing, "field/missing", &REGISTRATION_KEYS);
            let why = answer.header("x-sim-diagnosis").unwrap();
            assert!(why.contains(&format!("{field} is missing")), "{what}: {why}");
        }
        desk.close();
    }
}

#[test]
fn a_blank_is_a_value() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for field in ["deliveryNm", "billingPhone", "goodsNm"] {
            let order = desk.order(field).with(field, " ");
            desk.take(&order);
        }
        desk.close();
    }
}
