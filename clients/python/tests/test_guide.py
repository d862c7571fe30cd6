"""The code of the guide, exactly as it is printed there."""
import pathlib
import xml.etree.ElementTree

import pytest
from nicepay_sim import Simulator

SHOP = pathlib.Path(__file__).parents[3] / "examples" / "python" / "shop.py"
SUITE = "import json, os, subprocess, sys"
TESTS = ["approve", "reject", "review", "duplicate", "forged", "expiry", "refund", "parallel"]
WSGI = '''
import os


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return [form or os.environ["NICEPAY_IMID"].encode()]
'''


@pytest.fixture
def shop(suite, guide):
    """The suite of the guide, beside the shop of the examples."""
    return suite.write("shop.py", SHOP.read_text(encoding="utf-8")).write("test_payments.py", guide[SUITE])


def test_the_first_test(suite, guide):
    assert "1 passed" in suite.write("test_it.py", guide["def test_a_rejected_payment(merchant):"]).run()


def test_the_first_test_of_the_readme(suite):
    readme = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert "1 passed" in suite.write("test_it.py", readme.partition("```python\n")[2].partition("```")[0]).run()


def test_the_suite(shop, guide):
    assert "8 passed" in shop.run()
    assert [case.get("name") for case in shop.cases()] == [f"test_{name}" for name in TESTS]
    set_up = guide[SUITE].partition("def test_")[0].split("\n")
    assert len([line for line in set_up if line.strip()]) <= 10
    assert shop.evidence() == []


def test_the_suite_in_two_workers(shop):
    assert "8 passed" in shop.run("-n", "2")


def test_the_suite_in_two_workers_on_one_simulator(shop):
    with Simulator.start() as simulator:
        shop.env["NICEPAY_SIM_URL"] = simulator.url
        assert "8 passed" in shop.run("-n", "2")


@pytest.mark.parametrize("name", TESTS)
def test_each_test_of_the_suite_alone(shop, name):
    assert "1 passed" in shop.run("-k", f"test_{name}")


@pytest.mark.parametrize("line, mistake, failing", [
    ("settle(order, form[\"tXid\"])", "order.become(STATUS[form[\"status\"]])", {"forged"}),
    ("(self.status == \"paid\" and status != \"refunded\")", "False", {"duplicate"}),
])
def test_the_suite_finds_a_mistake_of_the_shop(shop, line, mistake, failing):
    source = (shop.folder / "shop.py").read_text(encoding="utf-8")
    assert source.count(line) == 1
    shop.write("shop.py", source.replace(line, mistake))
    shop.run(code=1)
    failed = {case.get("name")[len("test_"):] for case in shop.cases() if case.find("failure") is not None}
    assert failed == failing


def test_a_day_later(shop, guide):
    shop.write("test_clock.py", "from test_payments import shop\n\n\n" + guide["def test_a_day_later(merchant, shop):"])
    assert "1 passed" in shop.run("test_clock.py")


def test_in_the_same_process(suite, guide):
    suite.write("shop.py", WSGI).write("test_it.py", guide["import threading"] + '''

from urllib.request import urlopen


def test_it(merchant, shop):
    assert urlopen(shop).read() == merchant.i_mid.encode()
    order = merchant.register("order-1", 25145, dbProcessUrl=shop + "/notify")
    merchant.buyer(order["tXid"]).pay()
    assert merchant.await_notification("order-1").attempt["httpStatus"] == 200
''').run()


def test_the_settings(suite, guide):
    suite.write("pytest.ini", guide["[pytest]"]).write("test_it.py", '''
def test_it(nicepay):
    assert nicepay.api("GET", "info")["limits"]["notificationTimeoutSeconds"] == 2.0
''').run()


def passed(path):
    report = xml.etree.ElementTree.parse(path).getroot()
    assert report.get("failures") == "0"
    return int(report.get("tests")) - int(report.get("skipped"))


def test_the_report_by_exec(shop, guide):
    command, = [line for block in guide.values() for line in block.splitlines() if "--report report.xml" in line]
    before, _, arguments = command.partition(" -- pytest")
    assert before.startswith("nicepay-sim ")
    shop.env["NICEPAY_SIM_EXEC"] = "1"
    shop.run(*arguments.split(), before=[shop.env["NICEPAY_SIM_BIN"], *before.split()[1:], "--"])
    assert passed(shop.folder / "report.xml") > 10


def test_the_report_by_a_fixture(shop, guide):
    shop.write("conftest.py", guide["import pathlib"]).run()
    assert passed(shop.folder / "report.xml") > 10
