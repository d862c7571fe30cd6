"""Tests against nicepay-sim, a local simulator of NICEPAY's V2 Payloan API. The guide: docs/guides/python.md."""
import atexit
import collections
import errno
import hashlib
import http.client
import http.server
import json
import os
import re
import secrets
import shutil
import subprocess
import sysconfig
import threading
import time
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

__tracebackhide__ = True  # in a traceback of pytest, a failure is where the test has called this module
HTTP_SECONDS = 330  # longer than the longest wait of the control API, 5 minutes
START_SECONDS = 30
WHY_NOT_RUN = {errno.ENOENT: "is not there: install its wheel, or set NICEPAY_SIM_BIN",
               errno.EACCES: "is not executable: use chmod +x", errno.ENOEXEC: "is not a program for this platform"}
PERSON = {"Nm": "Siti Rahma", "Phone": "081291891818", "Addr": "Jalan Melati 12", "City": "Bandung",
          "State": "Jawa Barat", "PostCd": "40115", "Country": "Indonesia"}
ORDER = {**{f"{of}{name}": value for of in ("billing", "delivery") for name, value in PERSON.items()},
         "billingEmail": "siti@example.com", "payMethod": "06", "mitraCd": "KDVI", "currency": "IDR", "goodsNm": "Teko",
         "instmntType": "2", "instmntMon": "1", "userIP": "127.0.0.1", "userAgent": "nicepay-sim",
         "sellers": '[{"sellersId":"S-1","sellersNm":"Toko Contoh","sellersEmail":"toko@example.com"}]'}


class NicepaySimError(AssertionError):
    """The simulator did not start, did not answer, or refused a call; or what a test expects did not happen."""


class Simulator:
    """`url` takes the place of https://dev.nicepay.co.id. At the end of a `with`, it stops."""
    def __init__(self, url, process=None):
        self.url = self.base_url = url.rstrip("/")
        self.log = collections.deque(maxlen=1000)  # the last lines on stderr of a simulator that was started here
        self._process = process

    @classmethod
    def open(cls, *flags):
        """The one at NICEPAY_SIM_URL, which is never stopped from here; without it, a new one with these flags."""
        url = os.environ.get("NICEPAY_SIM_URL")
        if url and not re.fullmatch(r"http://[^/?#@\s]+/?", url):
            raise NicepaySimError(f"NICEPAY_SIM_URL must be like http://127.0.0.1:8606, and is {url}")
        simulator = cls(url) if url else cls.start(*flags)
        try:
            simulator.http("GET", "/__sim/readyz")
            simulator.version = simulator.api("GET", "info")["version"]
        except (NicepaySimError, TypeError, KeyError) as error:
            raise NicepaySimError(f"no simulator is ready at {simulator.url} (NICEPAY_SIM_URL): {error}") from error
        return simulator

    @classmethod
    def start(cls, *flags):
        """Starts one on a free port. It ends with this process, also when that is killed, because its stdin ends."""
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
        program = os.environ.get("NICEPAY_SIM_BIN") or shutil.which("nicepay-sim", path=path) or "nicepay-sim"
        listen = [] if any(flag.startswith("--listen") for flag in flags) else ["--listen", "127.0.0.1:0"]
        pipes = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.PIPE)
        try:
            process = subprocess.Popen([program, *listen, "--stop-with-stdin=true", *flags], **pipes, errors="replace")
        except OSError as error:
            raise NicepaySimError(f"{program} {WHY_NOT_RUN.get(error.errno, error)}") from error
        if hasattr(os, "register_at_fork"):  # A forked child must not hold the pipe open.
            os.register_at_fork(after_in_child=process.stdin.close)
        simulator = cls("", process)
        atexit.register(simulator.stop)
        timer = threading.Timer(START_SECONDS, process.kill)
        timer.start()
        first = process.stdout.readline()
        timer.cancel()
        if not first.startswith("listening on "):
            simulator.stop()
            simulator._read_log()
            raise NicepaySimError(f"{program} ended with {process.returncode}: {first}{''.join(simulator.log)}")
        simulator.url = simulator.base_url = first.split()[-1]
        threading.Thread(target=simulator._read_log, daemon=True).start()
        return simulator

    def _read_log(self):
        with self._process.stdout, self._process.stderr as lines:
            self.log.extend(lines)

    def stop(self):
        if self._process:
            self._process.stdin.close()
            try:
                self._process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def __enter__(self): return self
    def __exit__(self, *_): self.stop()

    def http(self, method, path, fields=None):
        headers = {"Content-Type": "application/json", "Connection": "close"}
        try:
            connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=HTTP_SECONDS)
            connection.request(method, path, None if fields is None else json.dumps(fields), headers)
            response = connection.getresponse()
            text = response.read().decode()
            answer = json.loads(text) if response.headers.get_content_type().endswith("json") else text
        except (OSError, ValueError, http.client.HTTPException) as error:
            log = "".join([*self.log][-5:])
            raise NicepaySimError(f"{method} {self.url}{path}: no usable answer: {error} {log}") from error
        if response.status >= 400:
            problem = answer if isinstance(answer, dict) else {"detail": answer}
            raise NicepaySimError(f"{problem.get('detail')}\n  ({method} {path}: HTTP {response.status})")
        if isinstance(answer, dict) and "X-Sim-Diagnosis" in response.headers:
            answer["diagnosis"] = response.headers["X-Sim-Diagnosis"]
        return answer

    def api(self, method, path, fields=None): return self.http(method, "/__sim/api/" + path, fields)
    def merchant(self, scenario="instant", **fields): return Merchant(self, scenario, **fields)
    def advance(self, by): return self.api("POST", "clock/advance", {"by": by})
    def advance_to_next(self): return self.api("POST", "clock/advance", {"to": "next"})


class Notification(dict):
    """The fields of the form. `attempt`: the event, with the number of the attempt and what your server answered."""
    attempt = None


class Receiver(http.server.HTTPServer):
    """A server at `url`, in this process. `messages`: the forms that came. Of `answers`, the last status repeats."""
    def __init__(self, answers=(200,)):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.url, self.messages, self.answers = f"http://127.0.0.1:{self.server_port}/notify", [], answers
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_): pass
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.messages.append(dict(parse_qsl(body, keep_blank_values=True)))
            self.send_response(self.server.answers[min(len(self.server.messages), len(self.server.answers)) - 1])
            self.end_headers()


class Actor:
    """The customer or the lender: each method is an action of the control API, with its fields as arguments."""
    def __init__(self, merchant, t_xid, who):
        if not t_xid:
            refusals = merchant._refusals("endpoint=registration&")
            raise NicepaySimError("\n".join(["there is no tXid: the registration was refused", *refusals[-1:]]))
        self._api, self._path = merchant.simulator.api, f"transactions/{t_xid}/{who}"
    def __getattr__(self, action):
        return lambda **fields: self._api("POST", self._path, {"do": action, **fields})


class Merchant:
    """A new iMid. `scenario=None`: that of the simulator. At the end of a `with`, it is removed."""
    def __init__(self, simulator, scenario="instant", **fields):
        self.simulator, self.advance, self.scenario = simulator, simulator.advance, scenario
        self.i_mid, self.key = "T" + secrets.token_hex(5)[1:].upper(), secrets.token_urlsafe(48)
        self.env = {"NICEPAY_BASE_URL": simulator.url + "/nicepay", "NICEPAY_IMID": self.i_mid,
                    "NICEPAY_MERCHANT_KEY": self.key}
        self._receivers, self._notify = [], f"{simulator.url}/__sim/inbox/{self.i_mid}"
        simulator.api("PUT", f"merchants/{self.i_mid}", {"merchantKey": self.key, **fields})
        self.reset()

    def reset(self):  # forgets everything of this merchant but its iMid, its key and its scenario
        self._seen = {}
        self.simulator.api("POST", "reset", {"iMid": self.i_mid})
        if self.scenario:
            self.simulator.api("PUT", f"scenario?iMid={self.i_mid}", {"name": self.scenario})
    def remove(self, keep=False):
        for receiver in self._receivers:
            receiver.shutdown()
            receiver.server_close()
        if not keep:
            self.simulator.api("DELETE", f"merchants/{self.i_mid}")

    def __enter__(self): return self
    def __exit__(self, *_): self.remove()

    def rule(self, then, when=None, times=1):
        """What happens to the next payment: docs/guides/scenarios.md. `times=None`: to all of them. Returns its id."""
        rule = {"then": then, "when": {**(when or {}), "iMid": self.i_mid}, "times": times}
        return self.simulator.api("POST", "rules", rule)["id"]

    # `when`: which payment, such as referenceNo="order-*". A forged notification has a valid merchantToken.
    def reject_next(self, **when): return self.rule({"outcome": "reject"}, when)
    def review_next(self, **when): return self.rule({"outcome": "review"}, when)
    def notify_twice(self, **when): return self.rule({"notify": {"variant": "duplicate", "times": 2}}, when)
    def forge_next(self, status, **when):
        return self.rule({"notify": {"variant": "changed-status", "status": status}}, when)

    def buyer(self, t_xid): return Actor(self, t_xid, "buyer")  # .pay(phone=…, instmntMon=…), .reject(reason=…), …
    def lender(self, t_xid): return Actor(self, t_xid, "partner")  # .approve(), .reject(), .expire()

    def receiver(self, answers=(200,)):
        self._receivers.append(Receiver(answers))
        self._notify = self._receivers[-1].url
        return self._receivers[-1]

    def _call(self, endpoint, signed, fields):
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 7 * 3600))  # Jakarta
        token = hashlib.sha256("".join([stamp, self.i_mid, *signed, self.key]).encode()).hexdigest()
        fields = {"timeStamp": stamp, "iMid": self.i_mid, "merchantToken": token, **fields}
        return self.simulator.http("POST", f"/nicepay/direct/v2/{endpoint}", fields)

    def register(self, reference_no, amt, **fields):
        """Registers a sample order, as a shop does; `fields` are added or replaced. A refusal has a `diagnosis`."""
        cart = {"count": "1", "item": [{"goods_name": "Teko", "goods_amt": str(amt), "goods_quantity": "1"}]}
        fields = {"referenceNo": reference_no, "amt": str(amt), "dbProcessUrl": self._notify, **fields}
        return self._call("registration", [reference_no, str(amt)], {**ORDER, "cartData": json.dumps(cart), **fields})
    def inquiry(self, order):
        fields = {name: order[name] for name in ("tXid", "referenceNo", "amt")}
        return self._call("inquiry", [fields["referenceNo"], fields["amt"]], fields)
    def cancel(self, order, amt=None):
        fields = {"tXid": order["tXid"], "amt": str(amt or order["amt"]), "cancelType": "2" if amt else "1"}
        return self._call("cancel", [fields["tXid"], fields["amt"]], {**fields, "payMethod": "06"})

    def await_notification(self, reference_no, timeout="10s", **fields):
        """The next notification of an order, or its next attempt: each call goes on after the one before."""
        fields = {"type": "notification.attempted", "iMid": self.i_mid, "referenceNo": reference_no,
                  "after": self._seen.get(reference_no, 0), "timeout": timeout, **fields}
        event = self.simulator.api("GET", "events/wait?" + urlencode(fields))
        self._seen[reference_no] = event["id"]
        body = self.simulator.api("GET", f"notifications/{event['notification']}/body")
        notification = Notification(parse_qsl(body, keep_blank_values=True))
        notification.attempt = event
        return notification

    def verify(self, reference_no=None, expect=(), in_order=False):
        """Expectations such as {"type": "transaction.approved", "times": 1}: docs/guides/waiting-and-verifying.md"""
        fields = {"iMid": self.i_mid, "referenceNo": reference_no, "expect": expect, "inOrder": in_order}
        return self.simulator.api("POST", "verify", fields)
    def expect_none(self, reference_no):
        types = "notification.scheduled,notification.held,notification.attempted"
        self.verify(reference_no, [{"type": types, "times": 0}])

    def _list(self, path): return self.simulator.api("GET", f"{path}iMid={self.i_mid}&limit=10000")
    def _refusals(self, of=""):
        return [f"refused: {each['endpoint']} -> {each['resultCd']} {each['diagnosis']}"
                for each in self._list("events?type=transaction.refused&" + of)]
    def explain_failure(self):
        lines = self._refusals()
        for each in self._list("transactions?")[-3:]:
            diagram = self.simulator.api("GET", f"transactions/{each['tXid']}/diagram?format=mermaid")
            lines.append(f"{each['referenceNo']}:\n{diagram}")
        has_arrived = lines or self._list("events?type=exchange.recorded&")
        return "\n".join(lines) if has_arrived else "No request with this iMid has arrived."

    def evidence(self, folder):
        files, taken = {"events.json": f"events?iMid={self.i_mid}&limit=10000"}, {"events"}
        for each in self._list("transactions?"):
            name = quote(each["referenceNo"], "")[:200]  # 40 characters of four bytes are 480 here
            name += f"-{each['tXid']}" if name.lower() in taken else ""
            taken.add(name.lower())
            for ending, what in (("json", "evidence"), ("har", "har"), ("svg", "diagram")):
                files[f"{name}.{ending}"] = f"transactions/{each['tXid']}/{what}"
        os.makedirs(folder, exist_ok=True)
        for name, path in files.items():
            content = self.simulator.api("GET", path)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content if isinstance(content, str) else json.dumps(content, indent=1))
