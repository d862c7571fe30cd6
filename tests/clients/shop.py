"""A shop with urllib, and with requests where it is installed."""
import hashlib
import http.server
import json
import os
import queue
import sys
import threading
import time
import urllib.parse
import urllib.request

NICEPAY = "https://dev.nicepay.co.id/nicepay/direct/v2/"
IMID, KEY = os.environ["NICEPAY_IMID"], os.environ["NICEPAY_MERCHANT_KEY"]
CUSTOMER = os.environ["NICEPAY_SIM_URL"] + "/__sim/api/transactions/%s/buyer"
with open("order.json") as file:
    ORDER = json.load(file)
JSON = {"Content-Type": "application/json"}
notifications = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.end_headers()
        notifications.put(dict(urllib.parse.parse_qsl(body)))

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
NOTIFY = "http://127.0.0.1:%d/notify" % server.server_port


def sign(*values):
    return hashlib.sha256("".join([*values, KEY]).encode()).hexdigest()


def check(is_right, what):
    if not is_right:
        raise RuntimeError(what)


def signed(reference, fields):
    now = time.strftime("%Y%m%d%H%M%S")
    token = sign(now, IMID, reference, ORDER["amt"])
    return {"timeStamp": now, "iMid": IMID, "referenceNo": reference, "merchantToken": token, **fields}


def pay(post, reference, tokenize, user_token, by_customer):
    fields = {**ORDER, "dbProcessUrl": NOTIFY, "tokenizeUser": tokenize, "userToken": user_token}
    fields["clientUserKey"] = "customer-1" if by_customer else ""
    registered = post(NICEPAY + "registration", signed(reference, fields))
    check(registered["resultCd"] == "0000", registered)
    t_xid = registered["tXid"]
    if by_customer:
        post(CUSTOMER % t_xid, {"do": "pay"})
    told = notifications.get(timeout=30)
    check(told["tXid"] == t_xid and told["merchantToken"] == sign(IMID, t_xid, told["amt"]), told)
    inquiry = post(NICEPAY + "inquiry", signed(reference, {"tXid": t_xid, "amt": ORDER["amt"]}))
    check(inquiry["status"] == "0", inquiry)
    return told.get("userToken")


def by_urllib(url, fields):
    request = urllib.request.Request(url, json.dumps(fields).encode(), JSON)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def by_requests(url, fields):
    return requests.post(url, json=fields, timeout=30).json()


clients = {"urllib": by_urllib}
try:
    import requests

    clients["requests"] = by_requests
except ImportError:
    print("absent python requests")

failed = False
for name, post in clients.items():
    try:
        user_token = pay(post, name + "-1", "1", "", True)
        pay(post, name + "-2", "2", user_token, False)
        print("ok python", name)
    except Exception as error:
        failed = True
        print("failed python %s: %s" % (name, error))
sys.exit(failed)
