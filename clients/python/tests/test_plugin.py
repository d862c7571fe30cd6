"""The pytest plugin, as a user's suite sees it: each test runs a pytest of its own."""
import os
import signal
import subprocess
import xml.etree.ElementTree

import pytest
from nicepay_sim import Simulator

FAILING = '''
def test_fails(merchant):
    merchant.register("order-0", 0)
    merchant.buyer(merchant.register("order-1", 25145)["tXid"]).pay()
    assert merchant.await_notification("order-1")["status"] == "8", merchant.key + " is the key"


def test_passes(merchant):
    merchant.register("order-2", 0)
'''


def test_a_failure_shows_and_saves_what_happened(suite):
    said = suite.write("test_shop.py", FAILING).run(code=1)
    assert "1 failed, 1 passed" in said
    assert "refused: registration -> 9115 amt/zero: " in said and "\norder-1:\nsequenceDiagram\n" in said
    folder = suite.folder / "nicepay-evidence" / "test_shop.py-test_fails"
    assert f"saved in {folder}\n" in said
    assert suite.evidence() == ["events.json", "order-1.har", "order-1.json", "order-1.svg"]
    key = said.partition("AssertionError: ")[2].partition(" is the key")[0]
    assert len(key) == 64 and not [path for path in folder.iterdir() if key in path.read_text(encoding="utf-8")]


def test_a_traceback_ends_where_the_test_has_called_the_client(suite):
    said = suite.write("test_shop.py", '''
def test_fails(merchant):
    merchant.await_notification("order-1", timeout="100ms")
''').run(code=1)
    assert ">       merchant.await_notification(" in said and "no notification.attempted with" in said
    assert "__init__.py" not in said and "def http(" not in said


def test_a_failure_before_any_request_says_so(suite):
    said = suite.write("test_shop.py", "def test_fails(merchant):\n    assert False\n").run(code=1)
    assert "\nNo request with this iMid has arrived.\n" in said


def test_a_long_name_of_a_test_is_cut_to_what_a_folder_can_have(suite):
    name = "test_" + "\u652f" * 100  # three bytes each
    suite.write("test_shop.py", f"def {name}(merchant):\n    assert False\n").run(code=1)
    folder, = (suite.folder / "nicepay-evidence").iterdir()
    assert folder.name == "\u652f" * 66 and suite.evidence() == ["events.json"]


def test_a_failing_fixture_shows_what_happened(suite):
    said = suite.write("test_shop.py", '''
import pytest


@pytest.fixture
def shop(merchant):
    merchant.register("order-1", 0)
    raise RuntimeError("it does not start")


def test_shop(shop):
    pass
''').run(code=1)
    assert "refused: registration -> 9115" in said and "it does not start" in said
    assert suite.evidence() == ["events.json"]


def test_a_failure_is_reported_when_no_evidence_can_be_written(suite):
    suite.write("test_shop.py", FAILING).write("nicepay-evidence", "a file in the way")
    said = suite.run(code=1)
    assert " is the key" in said and "refused: registration" in said and "not saved: " in said


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs a folder in which even root cannot write")
def test_a_failure_is_reported_on_a_read_only_file_system(suite):
    test = suite.write("test_shop.py", FAILING).folder / "test_shop.py"
    said = suite.run("--rootdir=/sys/kernel", str(test), code=1)
    assert " is the key" in said and "not saved: " in said and "/sys/kernel/nicepay-evidence" in said


def test_a_failure_is_reported_when_the_simulator_has_ended(suite):
    said = suite.write("test_shop.py", '''
def test_fails(merchant, nicepay):
    nicepay._process.kill()
    nicepay._process.wait()
    assert "this" == "that"
''').run(code=1)
    assert "assert 'this' == 'that'" in said and "not saved: GET http://" in said


def test_flags_from_the_settings(suite):
    suite.write("pytest.ini", "[pytest]\nnicepay_args = --seed 7 --notification-timeout 2s\n")
    suite.write("test_shop.py", '''
def test_flags(nicepay):
    info = nicepay.api("GET", "info")
    assert (info["seed"], info["limits"]["notificationTimeoutSeconds"]) == (7, 2.0)
''').run()


def test_a_wrong_flag_is_an_error_of_the_tests(suite):
    suite.write("pytest.ini", "[pytest]\nnicepay_args = --scenario no-such-scenario\n")
    said = suite.write("test_shop.py", "def test_it(merchant):\n    pass\n").run(code=1)
    assert "ended with 3: " in said and 'no scenario is called "no-such-scenario"' in said


def test_tests_without_the_fixtures_start_nothing(suite):
    suite.env["NICEPAY_SIM_BIN"] = "/no/such/program"
    suite.write("test_shop.py", "def test_it():\n    pass\n").run()


URLS = '''
import pytest


@pytest.mark.parametrize("number", range(8))
def test_url(number, merchant, record_property):
    merchant.buyer(merchant.register("order-1", 25145)["tXid"]).pay()
    assert merchant.await_notification("order-1")["status"] == "0"
    record_property("url", merchant.simulator.url)
'''


def urls(suite):
    return {each.get("value") for case in suite.cases() for each in case.iter("property")}


def test_a_session_has_one_simulator(suite):
    suite.write("test_shop.py", URLS).run()
    assert len(urls(suite)) == 1


def test_each_worker_has_a_simulator(suite):
    suite.write("test_shop.py", URLS).run("-n", "2", "--dist=each")
    assert len(urls(suite)) == 2


STAY = '''
import pytest


@pytest.mark.parametrize("number", range(3))
def test_one(number, merchant):
    """The merchants of the simulator: two are built in, and one is of this test."""
    assert len(merchant.simulator.api("GET", "info")["merchants"]) == 2 + number + 1
'''


def test_merchants_stay_on_a_simulator_of_this_run(suite):
    suite.write("test_shop.py", STAY).run()


def test_merchants_stay_on_the_simulator_of_exec(suite):
    with Simulator.start() as simulator:
        suite.env.update(NICEPAY_SIM_URL=simulator.url, NICEPAY_SIM_EXEC="1")
        suite.write("test_shop.py", STAY).run()
        assert len(simulator.api("GET", "info")["merchants"]) == 2 + 3


def test_workers_share_the_simulator_that_runs_already(suite):
    with Simulator.start() as simulator:
        suite.env["NICEPAY_SIM_URL"] = simulator.url
        suite.write("test_shop.py", URLS).run("-n", "2")
        assert urls(suite) == {simulator.url}
        built_in = ["IONPAYTEST", "PAYLOANTES"]
        assert simulator.api("GET", "info")["merchants"] == built_in, "each test has removed its merchant"
        suite.run("-o", "nicepay_keep=true")
        assert len(simulator.api("GET", "info")["merchants"]) == 2 + 8


def test_a_pytest_that_is_killed_ends_the_simulator(suite, ends):
    suite.write("test_shop.py", '''
def test_waits(nicepay, merchant, capfd):
    with capfd.disabled():
        print("simulator", nicepay._process.pid, flush=True)
    merchant.await_notification("order-1", timeout="5m")
''')
    place = {"cwd": suite.folder, "env": suite.env}
    with subprocess.Popen(suite.command("-q"), stdout=subprocess.PIPE, text=True, **place) as run:
        pid = next(int(line.split()[-1]) for line in run.stdout if "simulator" in line)
        run.send_signal(signal.SIGKILL)
        assert ends(pid)


def test_exec_writes_a_report_on_all_merchants(suite):
    suite.write("test_shop.py", URLS)
    exec_ = [suite.env["NICEPAY_SIM_BIN"], "exec", "--report", "report.xml", "--"]
    suite.env["NICEPAY_SIM_EXEC"] = "1"
    suite.run(before=exec_)
    report = xml.etree.ElementTree.parse(suite.folder / "report.xml").getroot()
    passed = int(report.get("tests")) - int(report.get("skipped"))
    assert (report.get("failures"), passed > 0) == ("0", True), report.attrib


def test_eight_workers_with_two_hundred_tests_each_on_one_simulator(suite):
    for worker in range(8):
        suite.write(f"test_{worker}.py", '''
import os

import pytest

OUTCOMES = {"approve": ("0", "approved"), "reject": ("8", "declined"), "review": ("3", "under-review")}


@pytest.mark.parametrize("number", range(200))
def test_payment(number, merchant, record_property):
    """Every test has the same number of the order, and the same customer at the lender."""
    record_property("worker", os.environ["PYTEST_XDIST_WORKER"])
    outcome = list(OUTCOMES)[number % 3]
    status, stage = OUTCOMES[outcome]
    receiver = merchant.receiver()
    merchant.rule({"outcome": outcome})
    order = merchant.register("order-1", 25145)
    assert order["resultCd"] == "0000"
    merchant.buyer(order["tXid"]).pay()
    notification = merchant.await_notification("order-1")
    assert (notification["status"], notification["tXid"]) == (status, order["tXid"])
    assert receiver.messages == [notification]
    assert merchant.inquiry(order)["status"] == status
    types = ["transaction.registered", f"transaction.{stage}", "notification.attempted"]
    merchant.verify(expect=[{"type": type, "times": 1} for type in types], in_order=True)
''')
    with Simulator.start("--log-level", "error") as simulator:
        suite.env["NICEPAY_SIM_URL"] = simulator.url
        assert "1600 passed" in suite.run("-q", "-n", "8", "--dist=loadfile")
        assert simulator.api("GET", "info")["merchants"] == ["IONPAYTEST", "PAYLOANTES"]
    workers = [each.get("value") for case in suite.cases() for each in case.iter("property")]
    assert [workers.count(worker) for worker in sorted(set(workers))] == [200] * 8
