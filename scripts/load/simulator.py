"""A process of nicepay-sim, and a client and a merchant for it."""
import atexit
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

KEY = "a-key-for-the-soak"
AMT = "25145"
API = "/__sim/api"
DIRECT = "/nicepay/direct/v2/"
JSON = {"Content-Type": "application/json"}
PARTY = {"Nm": "Budi", "Phone": "081291891818", "Addr": "Jalan Melati 1", "City": "Jakarta", "State": "DKI Jakarta",
         "PostCd": "12345", "Country": "Indonesia"}
ORDER = {
    "payMethod": "06", "currency": "IDR", "amt": AMT, "mitraCd": "KDVI", "instmntType": "2", "instmntMon": "1",
    "goodsNm": "Rice", "userIP": "127.0.0.1", "userAgent": "soak", "billingEmail": "budi@example.com",
    "cartData": json.dumps({"count": "1", "item": [{"goods_name": "Rice", "goods_amt": AMT, "goods_quantity": "1"}]}),
    "sellers": json.dumps([{"sellersId": "S1", "sellersNm": "Toko Budi", "sellersEmail": "toko@example.com"}]),
    **{prefix + name: value for prefix in ("billing", "delivery") for name, value in PARTY.items()},
}


def sign(*values):
    return hashlib.sha256("".join([*values, KEY]).encode()).hexdigest()


def signed(i_mid, reference, fields):
    now = time.strftime("%Y%m%d%H%M%S")
    token = sign(now, i_mid, reference, AMT)
    return {"timeStamp": now, "iMid": i_mid, "referenceNo": reference, "merchantToken": token, **fields}


def registration(i_mid, reference, url, **fields):
    return signed(i_mid, reference, {**ORDER, "dbProcessUrl": url, **fields})


def connect(port):
    stream = socket.create_connection(("127.0.0.1", port), timeout=60)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


def request(method, path, body):
    head = "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return (head % (method, path, len(body))).encode() + body


def exchange(stream, method, path, body):
    """One request of a kept connection. As little Python as possible: its time counts as latency."""
    message = request(method, path, body)
    begun = time.perf_counter()
    stream.sendall(message)
    answer = stream.recv(65536)
    while b"\r\n\r\n" not in answer:
        answer += more(stream)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int((head.lower() + b"\r\ncontent-length: 0\r\n").split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += more(stream)
    return time.perf_counter() - begun, int(head[9:12]), json.loads(body or b"null")


def more(stream):
    data = stream.recv(65536)
    if not data:
        raise ConnectionError("the simulator has closed the connection")
    return data


def fill(stream, i_mid, orders, **fields):
    """Registers orders in batches: the requests of a batch are sent before the first answer is read."""
    size = 50
    for first in range(0, orders, size):
        batch = min(size, orders - first)
        bodies = [registration(i_mid, "order-%d" % number, "http://127.0.0.1:9/notify", **fields)
                  for number in range(first, first + batch)]
        stream.sendall(b"".join(request("POST", DIRECT + "registration", json.dumps(body).encode()) for body in bodies))
        answers = b""
        while answers.count(b'"resultCd":"') < batch:
            answers += more(stream)
        if answers.count(b'"resultCd":"0000"') != batch:
            sys.exit("%s: a registration was refused: %s" % (sys.argv[0], answers[-2000:]))


class Simulator:
    """A process of its own, in an empty folder."""

    def __init__(self, binary, limits):
        self.folder = tempfile.TemporaryDirectory()
        self.log = os.path.join(self.folder.name, "stderr")
        flags = [text for name, value in limits.items() for text in ("--" + name, str(value))]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NICEPAY_SIM_")}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [os.path.abspath(binary), "--listen", "127.0.0.1:0", "--log-level", "warn", *flags], stderr=log,
                stdout=subprocess.PIPE, cwd=self.folder.name, env=environment)
        # Also where the script ends with an error.
        atexit.register(self.process.kill)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on http://"):
            sys.exit("scripts/soak: it does not start: %r\n%s" % (line, self.text()))
        self.port = int(line.rsplit(":", 1)[1])

    def text(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def resident(self):
        """Its resident memory in MiB; 0 when it has ended."""
        try:
            with open("/proc/%d/status" % self.process.pid) as status:
                return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS")), 0)
        except OSError:
            return 0

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "none: it had to be killed"
