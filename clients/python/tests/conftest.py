import os
import pathlib
import re
import select
import subprocess
import sys
import xml.etree.ElementTree

import pytest


class Suite:
    """A folder with the suite of a user, which is run by a pytest of its own."""

    def __init__(self, folder):
        self.folder = folder
        others = ("PYTEST_", "NICEPAY_SIM_URL", "NICEPAY_SIM_EXEC")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(others)}

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def command(self, *arguments):
        return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junit-xml=junit.xml", *arguments]

    def run(self, *arguments, before=(), code=0):
        run = subprocess.run([*before, *self.command(*arguments)], cwd=self.folder, env=self.env, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert run.returncode == code, run.stdout
        return run.stdout

    def cases(self):
        return list(xml.etree.ElementTree.parse(self.folder / "junit.xml").iter("testcase"))

    def evidence(self):
        return sorted(path.name for path in self.folder.glob("nicepay-evidence/*/*"))


@pytest.fixture
def suite(tmp_path):
    return Suite(tmp_path)


@pytest.fixture
def guide():
    """The code blocks of the guide, by their first line."""
    path = pathlib.Path(os.environ["NICEPAY_SIM_GUIDE"])
    blocks = re.findall(r"^```[a-z,]+\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return {block.partition("\n")[0]: block for block in blocks}


@pytest.fixture
def ends():
    """Waits until a process has ended that is no child of this one."""
    if not hasattr(os, "pidfd_open"):
        pytest.skip("only where a process can be waited for that is no child")

    def ends(pid):
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([process], [], [], 60)[0])
        finally:
            os.close(process)
    return ends
