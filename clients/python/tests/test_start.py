"""Starting a simulator, finding one, and everything that can be wrong with that."""
import os
import signal
import subprocess
import sys
import sysconfig
import textwrap
import threading

import nicepay_sim
import pytest
from nicepay_sim import NicepaySimError, Receiver, Simulator

PROGRAM = os.environ["NICEPAY_SIM_BIN"]


@pytest.fixture(autouse=True)
def no_simulator_runs_already(monkeypatch):
    monkeypatch.delenv("NICEPAY_SIM_URL", raising=False)


def program(path, content, mode=0o755):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def refusal(monkeypatch, path, *flags):
    monkeypatch.setenv("NICEPAY_SIM_BIN", str(path))
    with pytest.raises(NicepaySimError) as error:
        Simulator.start(*flags)
    return str(error.value)


def test_there_is_no_program(monkeypatch, tmp_path):
    path = tmp_path / "nicepay-sim"
    assert refusal(monkeypatch, path) == f"{path} is not there: install its wheel, or set NICEPAY_SIM_BIN"


def test_nothing_is_installed(monkeypatch, tmp_path):
    monkeypatch.delenv("NICEPAY_SIM_BIN")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(NicepaySimError, match="nicepay-sim is not there: install its wheel"):
        Simulator.start()


def test_the_program_of_this_environment_comes_before_that_on_the_path(monkeypatch, tmp_path):
    for folder in ("environment", "path"):
        (tmp_path / folder).mkdir()
        program(tmp_path / folder / "nicepay-sim", f"#!/bin/sh\necho {folder}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "environment"))
    monkeypatch.delenv("NICEPAY_SIM_BIN")
    with pytest.raises(NicepaySimError, match="ended with 0: environment"):
        Simulator.start()
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "nowhere"))
    with pytest.raises(NicepaySimError, match="ended with 0: path"):
        Simulator.start()


@pytest.mark.parametrize("content", [
    # The head of a 64-bit ELF file for a machine that does not exist.
    b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xfe\xfe\x01\x00\x00\x00" + bytes(100),
    "a text without a line that says how to run it", b"MZ\x90\x00", b""])
def test_a_program_of_another_platform(monkeypatch, tmp_path, content):
    path = program(tmp_path / "other", content)
    assert refusal(monkeypatch, path) == f"{path} is not a program for this platform"


def test_a_program_without_the_execute_bit(monkeypatch, tmp_path):
    path = program(tmp_path / "file", "#!/bin/sh\n", 0o644)
    assert refusal(monkeypatch, path) == f"{path} is not executable: use chmod +x"


def test_a_port_in_use(monkeypatch):
    with Simulator.start() as simulator:
        address = simulator.url[len("http://"):]
        said = refusal(monkeypatch, PROGRAM, "--listen", address)
        assert said.startswith(f"{PROGRAM} ended with 4: ") and f"{address} is in use" in said
        assert refusal(monkeypatch, PROGRAM, f"--listen={address}").startswith(f"{PROGRAM} ended with 4: ")


def test_wrong_settings(monkeypatch):
    assert "ended with 3: " in refusal(monkeypatch, PROGRAM, "--scenario", "no-such-scenario")
    assert "ended with 2: " in refusal(monkeypatch, PROGRAM, "--no-such-flag")
    assert "--no-such-flag" in refusal(monkeypatch, PROGRAM, "--no-such-flag")


def test_a_program_that_ends_at_once(monkeypatch, tmp_path):
    path = program(tmp_path / "ends", "#!/bin/sh\necho something >&2\nexit 7\n")
    assert refusal(monkeypatch, path) == f"{path} ended with 7: something\n"


def test_another_program(monkeypatch, tmp_path):
    assert "ended with 0: hello" in refusal(monkeypatch, program(tmp_path / "says", "#!/bin/sh\necho hello"))


def test_a_program_that_never_says_anything(monkeypatch, tmp_path):
    monkeypatch.setattr(nicepay_sim, "START_SECONDS", 0.1)
    assert "ended with -9: " in refusal(monkeypatch, program(tmp_path / "silent", "#!/bin/sh\nexec sleep 600"))


def test_a_log_that_is_not_utf_8(monkeypatch, tmp_path):
    path = program(tmp_path / "bytes", b"#!/bin/sh\nprintf 'a\\377b' >&2\nexit 1\n")
    assert refusal(monkeypatch, path).startswith(f"{path} ended with 1: a")


def test_flags_and_log():
    before = set(threading.enumerate())
    with Simulator.start("--seed", "7", "--log-level", "info") as simulator:
        reader, = [thread for thread in set(threading.enumerate()) - before if thread.daemon]
        assert simulator.api("GET", "info")["seed"] == 7
        assert simulator.base_url == simulator.url
    reader.join(60)
    with pytest.raises(NicepaySimError, match="(?s)no usable answer.*stopping: stdin has ended"):
        simulator.api("GET", "info")


def test_two_simulators_have_two_ports():
    with Simulator.start() as one, Simulator.start() as two:
        assert one.url != two.url


def test_stop_ends_the_program():
    simulator = Simulator.start()
    process = simulator._process
    simulator.stop()
    assert process.returncode == 0
    simulator.stop()


def test_a_simulator_that_runs_already_is_used_and_not_stopped(monkeypatch):
    with Simulator.start() as simulator:
        monkeypatch.setenv("NICEPAY_SIM_URL", simulator.url + "/")
        with Simulator.open() as other:
            assert other.url == simulator.url
        assert simulator.api("GET", "info")["version"] == other.version


def test_nothing_listens_at_the_url(monkeypatch):
    receiver = Receiver()
    receiver.shutdown()
    receiver.server_close()
    url = f"http://127.0.0.1:{receiver.server_port}"
    monkeypatch.setenv("NICEPAY_SIM_URL", url)
    with pytest.raises(NicepaySimError) as error:
        Simulator.open()
    assert f"no simulator is ready at {url} (NICEPAY_SIM_URL): " in str(error.value) and "refused" in str(error.value)


def test_something_else_listens_at_the_url(monkeypatch):
    receiver = Receiver()
    monkeypatch.setenv("NICEPAY_SIM_URL", f"http://127.0.0.1:{receiver.server_port}")
    with pytest.raises(NicepaySimError, match="(?s)no simulator is ready at .*HTTP 501"):
        Simulator.open()
    receiver.shutdown()
    receiver.server_close()


@pytest.mark.parametrize("url", [
    "127.0.0.1:8606", "localhost:8606", "nonsense", "https://127.0.0.1:8606", "ftp://127.0.0.1:8606", "http://",
    "http:///x", "http://127.0.0.1:8606/nicepay", "http://127.0.0.1:8606//", "http://127.0.0.1:8606?a=b",
    "http://127.0.0.1:8606#a", "http://a@127.0.0.1:8606", "http://127.0.0.1:8606 ", "http://[::1]/nicepay"])
def test_what_is_no_address_of_a_simulator(monkeypatch, url):
    monkeypatch.setenv("NICEPAY_SIM_URL", url)
    with pytest.raises(NicepaySimError) as error:
        Simulator.open()
    assert str(error.value) == f"NICEPAY_SIM_URL must be like http://127.0.0.1:8606, and is {url}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:port", "http://[::1"])
def test_what_cannot_be_called(monkeypatch, url):
    monkeypatch.setenv("NICEPAY_SIM_URL", url)
    with pytest.raises(NicepaySimError) as error:
        Simulator.open()
    assert str(error.value).startswith(f"no simulator is ready at {url} (NICEPAY_SIM_URL): ")


def test_no_proxy_is_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Simulator.start() as simulator:
        assert simulator.api("GET", "info")["name"] == "nicepay-sim"


def runner(script):
    """A test runner that starts a simulator and says its process."""
    script = "from nicepay_sim import Simulator\nsimulator = Simulator.start()\n" + textwrap.dedent(script)
    return subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


SAY = "print(simulator._process.pid, flush=True)\n"


def test_a_suite_that_never_stops_it(ends):
    with runner(SAY) as suite:
        pid = int(suite.stdout.readline())
        assert suite.wait(60) == 0 and ends(pid)


def test_a_suite_that_ends_with_an_error(ends):
    with runner(SAY + "import os; os._exit(3)") as suite:
        pid = int(suite.stdout.readline())
        assert suite.wait(60) == 3 and ends(pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_suite_that_is_killed(how, ends):
    with runner(SAY + "input()") as suite:
        pid = int(suite.stdout.readline())
        suite.send_signal(how)
        assert suite.wait(60) != 0 and ends(pid)


def test_a_forked_child_does_not_keep_the_simulator(ends):
    fork = """
        import os, sys
        child = os.fork()
        if not child:
            sys.stdin.read()
            os._exit(0)
        print(child, flush=True)
        print(simulator.api("GET", "info")["name"], flush=True)
        os.waitpid(child, 0)
    """
    with runner(SAY + textwrap.dedent(fork)) as suite:
        pid, child, name = int(suite.stdout.readline()), int(suite.stdout.readline()), suite.stdout.readline()
        assert name == "nicepay-sim\n"
        suite.kill()
        assert ends(pid), "the simulator has ended"
        os.kill(child, 0)  # and the child is still there
        suite.stdin.close()
        assert ends(child)


def test_a_forked_child_that_ends_leaves_the_simulator_alone(ends):
    fork = """
        import os, sys
        child = os.fork()
        if not child:
            sys.exit()  # runs what was registered for the end
        print(os.waitpid(child, 0)[1], simulator.api("GET", "info")["name"], flush=True)
    """
    with runner(SAY + textwrap.dedent(fork)) as suite:
        pid = int(suite.stdout.readline())
        assert suite.stdout.readline() == "0 nicepay-sim\n"
        assert suite.wait(60) == 0 and ends(pid)


def test_a_simulator_that_is_killed_is_reported():
    simulator = Simulator.start()
    simulator._process.kill()
    simulator._process.wait()
    with pytest.raises(NicepaySimError, match="no usable answer: .*refused"):
        simulator.api("GET", "info")
    simulator.stop()


