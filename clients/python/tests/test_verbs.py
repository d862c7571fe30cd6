"""Each verb of a merchant, on the simulator of the session."""
import json
import re
import urllib.request

import pytest
from nicepay_sim import NicepaySimError, Simulator

AMT = 25145


def pay(merchant, reference_no="order-1", **fields):
    order = merchant.register(reference_no, AMT, **fields)
    assert order["resultCd"] == "0000" and "diagnosis" not in order, order
    return order, merchant.buyer(order["tXid"]).pay()


def test_a_merchant_has_an_imid_of_its_own(nicepay, merchant):
    with nicepay.merchant() as other:
        assert other.i_mid != merchant.i_mid and other.key != merchant.key
        assert re.fullmatch("T[0-9A-F]{9}", other.i_mid), "as long as one of NICEPAY"
        assert other.env == {"NICEPAY_BASE_URL": nicepay.url + "/nicepay", "NICEPAY_IMID": other.i_mid,
                             "NICEPAY_MERCHANT_KEY": other.key}
        for each in (merchant, other):
            order, _ = pay(each)
            assert (order["referenceNo"], len(order["tXid"])) == ("order-1", 30)
        assert len(nicepay.api("GET", f"transactions?iMid={other.i_mid}")) == 1
    known = [each["iMid"] for each in nicepay.api("GET", "merchants")]
    assert merchant.i_mid in known and other.i_mid not in known, "it is removed at the end of the block"


def test_reject_next_is_about_one_payment(merchant):
    rule = merchant.reject_next()
    order, played = pay(merchant, "order-1")
    assert (played["stage"], played["rule"]) == ("declined", rule)
    assert merchant.await_notification("order-1")["status"] == "8"
    assert merchant.inquiry(order)["status"] == "8"
    assert pay(merchant, "order-2")[1]["stage"] == "approved"


def test_a_rule_of_one_merchant_is_not_for_another(nicepay, merchant):
    with nicepay.merchant() as other:
        merchant.reject_next()
        assert pay(other)[1]["stage"] == "approved"
        assert pay(merchant)[1]["stage"] == "declined"


def test_a_rule_can_name_an_order(merchant):
    merchant.reject_next(referenceNo="expensive-*")
    assert pay(merchant, "cheap-1")[1]["stage"] == "approved"
    assert pay(merchant, "expensive-1")[1]["stage"] == "declined"


def test_a_rule_without_times_is_for_all_payments(merchant):
    merchant.rule({"outcome": "reject", "reason": "limit"}, times=None)
    played = [pay(merchant, f"order-{number}")[1] for number in range(3)]
    assert [each["reason"] for each in played] == ["limit"] * 3
    assert pay(merchant, "order-3")[1]["stage"] == "declined"


def test_the_lender_ends_a_review(merchant):
    for verdict, status in (("approve", "0"), ("reject", "8")):
        merchant.review_next()
        order, played = pay(merchant, verdict)
        assert played["stage"] == "under-review"
        assert merchant.await_notification(verdict)["status"] == "3"
        getattr(merchant.lender(order["tXid"]), verdict)()
        assert merchant.await_notification(verdict)["status"] == status


def test_the_lender_ends_a_payment(merchant):
    order = merchant.register("order-1", AMT)
    assert merchant.lender(order["tXid"]).expire()["stage"] == "expired"
    merchant.expect_none("order-1")


def test_the_buyer_acts(merchant):
    def act(reference_no, action, **fields):
        return getattr(merchant.buyer(merchant.register(reference_no, AMT)["tXid"]), action)(**fields)
    assert act("1", "approve")["stage"] == "approved"
    assert act("2", "reject", reason="limit")["reason"] == "limit"
    assert act("3", "review")["stage"] == "under-review"
    assert act("4", "abandon")["stage"] == "abandoned"
    assert act("5", "pay", phone="089900000004")["stage"] == "declined", "this shopper is always rejected"
    assert act("6", "pay", instmntMon=3)["stage"] == "approved"
    assert merchant.await_notification("6")["instmntMon"] == "3"


def test_a_buyer_needs_a_payment(merchant):
    refused = merchant.register("order-1", 0)
    assert (refused["resultCd"], refused["tXid"]) == ("9115", None)
    assert refused["diagnosis"].startswith("amt/zero: ")
    with pytest.raises(NicepaySimError) as error:
        merchant.buyer(refused["tXid"])
    first, why = str(error.value).split("\n")
    assert first == "there is no tXid: the registration was refused"
    assert why.startswith("refused: registration -> 9115 amt/zero: ")
    with pytest.raises(NicepaySimError, match="do must be one of pay, approve"):
        merchant.buyer(merchant.register("order-2", AMT)["tXid"]).py()


def test_a_buyer_without_a_payment_says_the_last_refusal_of_a_registration(merchant):
    with pytest.raises(NicepaySimError, match="^there is no tXid: the registration was refused$"):
        merchant.buyer(None)
    merchant.register("order-1", 0)
    merchant.register("order-2" * 10, AMT)
    merchant.inquiry({"tXid": "X" * 30, "referenceNo": "order-3", "amt": str(AMT)})
    with pytest.raises(NicepaySimError, match=r"refused\nrefused: registration -> 9109 [^\n]*$"):
        merchant.lender(None)


def test_notify_twice(merchant):
    receiver = merchant.receiver()
    merchant.notify_twice()
    order, _ = pay(merchant)
    first, second = merchant.await_notification("order-1"), merchant.await_notification("order-1")
    assert (first, first["status"], first["tXid"]) == (second, "0", order["tXid"])
    assert first.attempt["id"] < second.attempt["id"]
    assert receiver.messages == [first, second]


def test_forge_next(merchant):
    merchant.forge_next("8")
    _, played = pay(merchant)
    assert played["stage"] == "approved"
    forged = merchant.await_notification("order-1")
    assert forged["status"] == "8"
    assert merchant.inquiry(forged)["status"] == "0"
    received = merchant.simulator.api("GET", f"inbox/{merchant.i_mid}")
    assert [each["merchantToken"] for each in received] == ["right"], "without a receiver, in the built-in inbox"


def test_a_receiver_answers_as_it_is_told(nicepay):
    with Simulator.start() as simulator, simulator.merchant() as merchant:
        receiver = merchant.receiver(answers=[503, 404, 200])
        pay(merchant)
        statuses = [merchant.await_notification("order-1").attempt["httpStatus"]]
        for _ in range(2):
            simulator.advance("1m")
            statuses.append(merchant.await_notification("order-1").attempt["httpStatus"])
        assert statuses == [503, 404, 200]
        pay(merchant, "order-2")
        assert merchant.await_notification("order-2").attempt["httpStatus"] == 200, "the last status repeats"
        assert [each["referenceNo"] for each in receiver.messages] == ["order-1"] * 3 + ["order-2"]


def test_empty_fields_are_there(merchant):
    receiver = merchant.receiver()
    pay(merchant)
    assert merchant.await_notification("order-1")["payNo"] == ""
    assert receiver.messages[0]["payNo"] == ""


def test_an_order_goes_to_the_address_that_it_names(merchant):
    first, second = merchant.receiver(), merchant.receiver()
    for reference_no, fields in (("order-1", {"dbProcessUrl": first.url}), ("order-2", {})):
        pay(merchant, reference_no, **fields)
        merchant.await_notification(reference_no)
    assert [len(first.messages), len(second.messages)] == [1, 1]


def test_await_notification_says_what_happened_instead(merchant):
    pay(merchant)
    merchant.await_notification("order-1")
    with pytest.raises(AssertionError, match=r"no notification.attempted with .* in 0.1 s"):
        merchant.await_notification("order-1", timeout="100ms")
    with pytest.raises(AssertionError, match="nearest: event .* has referenceNo=order-1"):
        merchant.await_notification("order-2", timeout="100ms")
    with pytest.raises(AssertionError, match="has httpStatus=200"):
        merchant.await_notification("order-1", timeout="100ms", after=0, httpStatus=503)


def test_expect_none(merchant):
    order = merchant.register("order-1", AMT)
    merchant.expect_none("order-1")
    merchant.buyer(order["tXid"]).pay()
    with pytest.raises(AssertionError, match="expected no notification.scheduled"):
        merchant.expect_none("order-1")


def test_expect_none_knows_what_is_scheduled(nicepay):
    with nicepay.merchant(scenario="notification-late") as merchant:
        pay(merchant)
        with pytest.raises(AssertionError, match="saw 1"):
            merchant.expect_none("order-1")


def test_verify(merchant):
    pay(merchant)
    merchant.await_notification("order-1")
    registered, approved = ({"type": f"transaction.{name}", "times": 1} for name in ("registered", "approved"))
    assert merchant.verify("order-1", [registered, approved], in_order=True)["ok"]
    assert merchant.verify(expect=[registered])["ok"]
    with pytest.raises(AssertionError, match=r"expect\[1\]"):
        merchant.verify("order-1", [approved, registered], in_order=True)
    with pytest.raises(AssertionError, match="expected at least 1 transaction.declined"):
        merchant.verify("order-1", [{"type": "transaction.declined"}])
    with pytest.raises(AssertionError, match="saw none"):
        merchant.verify("order-2", [registered])


def test_refunds(merchant):
    order, _ = pay(merchant)
    assert merchant.cancel(order, 10000)["amt"] == "10000"
    assert merchant.inquiry(order)["cancelAmt"] == "10000"
    assert merchant.cancel(order)["resultCd"] == "9320", "all of it, after a part"
    other, _ = pay(merchant, "order-2")
    assert merchant.cancel(merchant.await_notification("order-2"))["resultCd"] == "0000"
    assert merchant.inquiry(other)["status"] == "2"


def test_reset_keeps_the_merchant_and_its_scenario(nicepay, merchant):
    for _ in range(2):
        assert pay(merchant)[1]["stage"] == "approved"
        assert merchant.await_notification("order-1")["status"] == "0"
        merchant.reject_next()
        merchant.reset()
        merchant.expect_none("order-1")
    with nicepay.merchant(scenario="reject") as other:
        other.reset()
        assert pay(other)[1]["stage"] == "declined"


def test_a_merchant_has_a_scenario_and_fields(nicepay):
    scenario = nicepay.api("GET", "scenario")["name"]
    for own, name in (("instant", "instant"), ("reject", "reject"), (None, scenario)):
        with nicepay.merchant(scenario=own, name="Toko", duplicateCheck=False) as merchant:
            assert nicepay.api("GET", f"scenario?iMid={merchant.i_mid}")["name"] == name
            assert nicepay.api("GET", f"merchants/{merchant.i_mid}")["name"] == "Toko"
            assert [merchant.register("order-1", AMT)["resultCd"] for _ in range(2)] == ["0000"] * 2


def test_the_clock():
    with Simulator.start("--clock=manual") as simulator, simulator.merchant() as merchant:
        order = merchant.register("order-1", AMT)
        assert simulator.advance_to_next()["events"][0]["type"] == "transaction.expired"
        later = merchant.register("order-2", AMT)
        moved = merchant.advance("24h")
        assert [each["type"] for each in moved["events"]] == ["transaction.expired", "clock.moved"]
        assert [merchant.inquiry({**each, "amt": str(AMT)})["status"] for each in (order, later)] == ["8", "8"]


def test_remove_closes_receivers_and_forgets(nicepay):
    merchant = nicepay.merchant()
    receiver = merchant.receiver()
    rule = merchant.rule({"outcome": "reject"}, times=None)
    merchant.remove()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(receiver.url, timeout=5)
    assert rule not in [each["id"] for each in nicepay.api("GET", "rules")]
    with pytest.raises(NicepaySimError, match="HTTP 404"):
        merchant.remove()


def test_remove_can_keep_what_happened(nicepay):
    merchant = nicepay.merchant()
    receiver = merchant.receiver()
    pay(merchant)
    merchant.remove(keep=True)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(receiver.url, timeout=5)
    assert merchant.explain_failure().startswith("order-1:\n")
    merchant.remove()


def test_evidence_has_everything_but_the_key(merchant, tmp_path):
    merchant.register("order-1", 0)
    order, _ = pay(merchant, "order-1")
    pay(merchant, "2026/11 ü")
    merchant.await_notification("2026/11 ü")
    merchant.evidence(tmp_path / "a" / "folder")
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "a" / "folder").iterdir()}
    names = ["order-1", "2026%2F11%20%C3%BC"]
    parts = [f"{name}.{ending}" for name in names for ending in ("json", "har", "svg")]
    assert sorted(files) == sorted([*parts, "events.json"])
    assert json.loads(files["order-1.json"])["transaction"]["tXid"] == order["tXid"]
    assert json.loads(files["order-1.har"])["log"]["entries"]
    assert files["order-1.svg"].startswith("<svg")
    assert any(each["type"] == "transaction.refused" for each in json.loads(files["events.json"]))
    text = merchant.explain_failure()
    assert text.startswith("refused: registration -> 9115 amt/zero: ") and "\norder-1:\nsequenceDiagram\n" in text
    assert not [name for name, content in {**files, "text": text}.items() if merchant.key in content]


def test_files_of_two_payments_have_two_names(nicepay, tmp_path):
    reference_nos = ["order-1", "order-1", "ORDER-1", "events", "Events", "\U0001f375" * 40, "\U0001f375" * 39 + "!"]
    with nicepay.merchant(duplicateCheck=False) as merchant:
        orders = [merchant.register(reference_no, AMT) for reference_no in reference_nos]
        merchant.evidence(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    tea = "%F0%9F%8D%B5" * 40
    expected = ["order-1", f"order-1-{orders[1]['tXid']}", f"ORDER-1-{orders[2]['tXid']}",
                f"events-{orders[3]['tXid']}", f"Events-{orders[4]['tXid']}", tea[:200],
                f"{tea[:200]}-{orders[6]['tXid']}"]
    assert names == {"events.json"} | {f"{name}.{end}" for name in expected for end in ("json", "har", "svg")}
    assert len({name.lower() for name in names}) == len(names)
    for name, order in zip(expected, orders):
        saved = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        assert saved["transaction"]["tXid"] == order["tXid"]
    assert isinstance(json.loads((tmp_path / "events.json").read_text(encoding="utf-8")), list)


def test_explain_failure_says_that_nothing_has_arrived(merchant):
    nothing = "No request with this iMid has arrived."
    assert merchant.explain_failure() == nothing
    merchant._call("checkMid", ["TEST0"], {})
    assert merchant.explain_failure() == "", "a request that was neither refused nor a payment"


def test_explain_failure_has_the_last_three_payments(merchant):
    for number in range(5):
        merchant.register(f"order-{number}", AMT)
    text = merchant.explain_failure()
    assert [number for number in range(5) if f"order-{number}:" in text] == [2, 3, 4]


def test_a_refused_call_says_why(nicepay, merchant):
    with pytest.raises(NicepaySimError, match=r"unknown field `x`.*\n.*POST /__sim/api/rules: HTTP 400"):
        merchant.rule({"x": 1})
    with pytest.raises(NicepaySimError, match="HTTP 404"):
        nicepay.api("GET", "no/such/path")
    assert nicepay.api("GET", "info")["name"] == "nicepay-sim"
