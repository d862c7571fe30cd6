"""Fixtures for pytest: `nicepay`, a simulator for the session, and `merchant`, one for each test."""
import os
import re
import pytest
from . import Simulator


def pytest_addoption(parser):
    parser.addini("nicepay_args", "flags of the simulator that is started for the tests", type="args", default=[])
    parser.addini("nicepay_keep", "whether merchants stay at the end of a test on a shared simulator", type="bool")


@pytest.fixture(scope="session")
def nicepay(pytestconfig):
    with Simulator.open(*pytestconfig.getini("nicepay_args")) as simulator:
        yield simulator


@pytest.fixture
def merchant(request, nicepay):
    request.node.nicepay_merchant = nicepay.merchant()
    yield request.node.nicepay_merchant
    is_shared = os.environ.get("NICEPAY_SIM_URL") and not os.environ.get("NICEPAY_SIM_EXEC")
    request.node.nicepay_merchant.remove(keep=not is_shared or request.config.getini("nicepay_keep"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and call.when != "teardown" and hasattr(item, "nicepay_merchant"):
        name = re.sub(r"[^\w.-]+", "-", item.nodeid).encode()[-200:].decode(errors="ignore")
        folder = item.config.rootpath / "nicepay-evidence" / name
        try:
            report.sections.append(("nicepay-sim", item.nicepay_merchant.explain_failure()))
            item.nicepay_merchant.evidence(folder)
            report.sections.append(("nicepay-sim: evidence", f"saved in {folder}"))
        except (OSError, AssertionError) as error:  # The test's own failure is reported all the same.
            report.sections.append(("nicepay-sim: evidence", f"not saved: {error}"))
