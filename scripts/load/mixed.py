"""Mixed load: registrations at a fixed rate, and everything else beside them."""
import collections
import http.client
import http.server
import json
import random
import socket
import threading
import time

from load.simulator import AMT, API, DIRECT, JSON, connect, exchange, registration, signed

REGISTRATIONS_PER_SECOND = 100
CONNECTIONS = 4
PAGES = ["/", "/__sim/", "/__sim/?status=0", "/__sim/bindings", "/__sim/log", "/__sim/rules", "/__sim/shoppers",
         "/__sim/tokens", "/__sim/merchants", "/__sim/inbox", "/__sim/docs/", API + "/info", API + "/transactions?limit=100",
         API + "/events?limit=1000", API + "/notifications?limit=100", API + "/merchants", API + "/rules"]
MEASURED = ["SOAKLATENCY%d" % number for number in range(CONNECTIONS)]
FLOWS = ["SOAKFLOW%d" % number for number in range(4)]
OTHERS = ["SOAKDEAD", "SOAKHANG", "SOAKRULES"]


def free_port():
    """A port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def measure(port, i_mid, end, reports):
    """Registers at a fixed rate on one connection, and pays each order, so that it can be removed."""
    stream, number, latencies, statuses, failures, due = connect(port), 0, [], [], [], time.monotonic()
    url = "http://127.0.0.1:%d/__sim/inbox/soak" % port
    while time.monotonic() < end:
        number += 1
        body = json.dumps(registration(i_mid, "order-%d" % number, url)).encode()
        latency, status, answer = exchange(stream, "POST", DIRECT + "registration", body)
        latencies.append(latency)
        # A reset of everything in between makes it a 404.
        paid = exchange(stream, "POST", API + "/transactions/%s/buyer" % answer.get("tXid"), b"{}")[1]
        statuses += [status, paid]
        if answer.get("resultCd") != "0000":
            failures.append("registration: %d %s" % (status, answer))
        if number % 50 == 0:
            reports.put({"latencies": latencies, "statuses": statuses, "failures": failures})
            latencies, statuses, failures = [], [], []
        due = max(due + CONNECTIONS / REGISTRATIONS_PER_SECOND, time.monotonic() - 1)
        time.sleep(max(0, due - time.monotonic()))


class Receiver(http.server.BaseHTTPRequestHandler):
    told = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        for field in body.split("&"):
            if field.startswith("tXid=") and field[5:] in self.told:
                self.told[field[5:]].set()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


class Load:
    """Everything but the registrations that are measured, in one process."""

    def __init__(self, port, start, seconds, reports):
        self.port, self.start, self.seconds, self.reports = port, start, seconds, reports
        self.end = start + seconds
        self.resets = []
        self.numbers = iter(range(1, 1 << 60))
        server = Server(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.receiver = "http://127.0.0.1:%d/notify" % server.server_port
        self.dead = "http://127.0.0.1:%d/notify" % free_port()
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.hanging = "http://127.0.0.1:%d/notify" % listener.getsockname()[1]
        threading.Thread(target=self.hang, args=(listener,), daemon=True).start()

    def run(self):
        # (the action, how many threads, seconds between two of them in each thread)
        actions = [(self.flow, 12, 0.25), (self.pay_dead, 1, 0.5), (self.pay_hanging, 1, 1), (self.rule, 1, 0.5),
                   (self.reset_one, 1, 20), (self.stream, 6, 0.5), (self.wait, 2, 0.5), (self.junk, 2, 0.2),
                   (self.drip, 6, 1), (self.page, 1, 0.5)]
        threads = [threading.Thread(target=self.repeat, args=(action, pause, number))
                   for action, count, pause in actions for number in range(count)]
        threads.append(threading.Thread(target=self.reset_all))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def repeat(self, action, pause, number):
        draw = random.Random("%s %d" % (action.__name__, number))
        while time.monotonic() + pause < self.end:
            try:
                action(draw)
                self.reports.put({"done": action.__name__})
            except Exception as error:
                # What sends bad bytes expects to be cut off; the others do not.
                if not isinstance(error, OSError) or action not in (self.junk, self.drip):
                    self.fail("%s: %r" % (action.__name__, error))
            time.sleep(pause)

    def fail(self, text):
        self.reports.put({"failures": [text]})

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), JSON)
            answer = connection.getresponse()
            text = answer.read()
            self.reports.put({"statuses": [answer.status]})
            return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text
        finally:
            connection.close()

    def register(self, i_mid, url):
        reference = "soak-%d" % next(self.numbers)
        return reference, self.ask("POST", DIRECT + "registration", registration(i_mid, reference, url))[1]

    def flow(self, draw):
        begun, i_mid = time.monotonic(), draw.choice(FLOWS)
        problem = self.whole_flow(i_mid)
        if problem and not any(begun - 1 < at for at, which in self.resets if which in (None, i_mid)):
            self.fail("flow: %s" % (problem,))

    def whole_flow(self, i_mid):
        """Registers, pays, is notified, inquires and cancels; returns what is wrong."""
        reference, registered = self.register(i_mid, self.receiver)
        if registered["resultCd"] != "0000":
            return registered
        t_xid = registered["tXid"]
        told = Receiver.told[t_xid] = threading.Event()
        try:
            status, paid = self.ask("POST", API + "/transactions/%s/buyer" % t_xid, {"do": "pay"})
            if status != 200:
                return paid
            if not told.wait(30):
                return "%s is not notified after 30 s" % t_xid
        finally:
            del Receiver.told[t_xid]
        inquiry = signed(i_mid, reference, {"tXid": t_xid, "amt": AMT})
        answer = self.ask("POST", DIRECT + "inquiry", inquiry)[1]
        if answer.get("status") != "0":
            return answer
        status, cancelled = self.ask("POST", API + "/transactions/%s/cancel" % t_xid, {})
        return None if status == 200 else cancelled

    def pay(self, i_mid, url):
        t_xid = self.register(i_mid, url)[1].get("tXid")
        self.ask("POST", API + "/transactions/%s/buyer" % t_xid, {})
        return t_xid

    def pay_dead(self, _):
        self.pay("SOAKDEAD", self.dead)

    def pay_hanging(self, _):
        t_xid = self.pay("SOAKHANG", self.hanging)
        self.ask("POST", API + "/transactions/%s/notify" % t_xid, {"times": 5})

    @staticmethod
    def hang(listener):
        kept = collections.deque()
        while True:
            kept.append(listener.accept()[0])
            if len(kept) > 400:
                kept.popleft().close()

    def rule(self, draw):
        # No rule answers with 500: each 500 is the simulator's own.
        then = draw.choice([{"outcome": "reject"}, {"answer": {"status": 503}}, {"answer": "empty"},
                            {"notify": "duplicate"}, {"answer": {"delay": "200ms"}}])
        status, added = self.ask("POST", API + "/rules", {"when": {"iMid": "SOAKRULES"}, "then": then})
        try:
            self.pay("SOAKRULES", self.receiver)
        except (KeyError, TypeError, AttributeError, http.client.HTTPException):
            pass  # The rule has taken the answer.
        # A third stays until the next reset of this merchant.
        if status == 201 and draw.random() < 0.66:
            self.ask("DELETE", API + "/rules/" + added["id"])

    def reset_one(self, draw):
        i_mid = draw.choice(FLOWS + OTHERS)
        self.resets.append((time.monotonic() + 5, i_mid))
        self.ask("POST", API + "/reset", {"iMid": i_mid})
        if i_mid == "SOAKRULES":
            self.ask("DELETE", API + "/rules?iMid=SOAKRULES")

    def reset_all(self):
        for part in (0.1, 0.45, 0.7):
            time.sleep(max(0, self.start + part * self.seconds - time.monotonic()))
            self.resets.append((time.monotonic() + 5, None))
            self.ask("POST", API + "/reset", {})

    def stream(self, draw):
        with connect(self.port) as stream:
            stream.sendall(b"GET /__sim/api/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            # Some read, and some do not.
            end, reads = time.monotonic() + draw.uniform(0, 8), draw.random() < 0.7
            stream.settimeout(0.5)
            while time.monotonic() < min(end, self.end):
                try:
                    if reads and not stream.recv(65536):
                        return
                except TimeoutError:
                    pass
                if not reads:
                    time.sleep(0.5)

    def wait(self, draw):
        with connect(self.port) as stream:
            stream.sendall(b"GET /__sim/api/events/wait?type=token.removed&timeout=60s HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(draw.uniform(0, 2))

    def junk(self, draw):
        post = b"POST /nicepay/direct/v2/registration HTTP/1.1\r\nHost: localhost\r\n"
        chunked = post + b"Transfer-Encoding: chunked\r\n\r\n"
        request = draw.choice([
            draw.randbytes(draw.randrange(1, 5000)),
            post + b"Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n" + draw.randbytes(4000),
            post + b"Content-Length: 4000\r\n\r\n{",
            post[:draw.randrange(1, len(post))],
            post + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
            post + b"Content-Length: 99999999999999999999\r\n\r\n",
            chunked + b"zz\r\n" + draw.randbytes(20),
            chunked + b"fffffffffffffffff\r\n{}",
            chunked + b"2\r\n{}\r\n0\r\n\n",
            chunked + b"5\r\n{}",
            b"GET /%ff/%00/../../__sim/api/\xff?x=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: evil.com/.localhost\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + draw.randbytes(200),
        ])
        with connect(self.port) as stream:
            stream.sendall(request)
            if draw.random() < 0.5:
                stream.shutdown(socket.SHUT_WR)
                answer = stream.recv(4096)
                if answer.startswith(b"HTTP/1."):
                    self.reports.put({"statuses": [int(answer[9:12])]})

    def drip(self, draw):
        """A client that sends a byte at a time until the simulator closes the connection."""
        request = b"POST /nicepay/direct/v2/inquiry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400\r\n\r\n" + b"{" * 400
        with connect(self.port) as stream:
            stream.sendall(request[:draw.randrange(1, 200)])
            for at in range(200):
                if time.monotonic() > self.end:
                    return
                stream.sendall(request[at:at + 1])
                time.sleep(0.2)
        self.fail("drip: a slow client was not closed in 40 s")

    def page(self, draw):
        path = draw.choice(PAGES)
        status, _ = self.ask("GET", path)
        if status != 200:
            self.fail("page: %s answers %d" % (path, status))
