"""A small shop that takes payments by NICEPAY Payloan: what a merchant's server has to get right.

Run it with:  nicepay-sim exec -- python3 examples/python/shop.py
Orders are in memory. A real shop has a database, and a transaction of it wherever `lock` is held here. It takes the
customer from its login, where this one believes the URL, and lets only its staff refund.
"""
import hashlib
import hmac
import html
import http.client
import http.server
import json
import os
import re
import secrets
import sys
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

BASE_URL = os.environ.get("NICEPAY_BASE_URL", "https://dev.nicepay.co.id/nicepay")
IMID, KEY = os.environ.get("NICEPAY_IMID"), os.environ.get("NICEPAY_MERCHANT_KEY")
HOST = os.environ.get("SHOP_HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))
SHOP_URL = os.environ.get("SHOP_URL", f"http://127.0.0.1:{PORT}")
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "30"))
if not IMID or not KEY:
    sys.exit("Set NICEPAY_IMID and NICEPAY_MERCHANT_KEY.")

STATUS = {"0": "paid", "1": "refunded", "2": "refunded", "3": "under-review", "4": "expired", "8": "failed", "9": "pending"}
PERSON = {"Nm": "Siti Rahma", "Phone": "081291891818", "Addr": "Jalan Melati 12", "City": "Bandung",
          "State": "Jawa Barat", "PostCd": "40115", "Country": "Indonesia"}
SELLERS = [{"sellersId": "S-1", "sellersNm": "Toko Contoh", "sellersEmail": "toko@example.com", "sellersAddress": {
    "sellerNm": "Toko", "sellerLastNm": "Contoh", "sellerAddr": "Jalan Cendana 8", "sellerCity": "Bandung",
    "sellerPostCd": "40114", "sellerPhone": "0221234567", "sellerCountry": "ID"}}]
FORMS = """
  <form method="post" action="/buy"><input name="customer" value="siti"><button>buy</button></form>
  <form method="post" action="/one-click"><input name="customer" value="siti"><button>one-click</button></form>
  <form method="post" action="/unlink"><input name="customer" value="siti"><button>unlink</button></form>
  <form method="post" action="/refund"><input name="referenceNo"><button>refund</button></form>"""


@dataclass
class Order:
    reference_no: str
    customer: str
    amount: int  # whole rupiah, as all amounts
    awaits_token: bool  # its notification may bring the customer's userToken
    t_xid: str = ""  # NICEPAY's number of the payment
    status: str = "pending"
    fulfilled: int = 0  # how often the goods were shipped
    refunded: int = 0
    refund_to: int = 0  # what `refunded` will be after the refund that was asked for

    @property
    def is_open(self):
        return self.t_xid and self.status in ("pending", "under-review")

    def become(self, status):
        """Called with the lock held. A paid order may still be refunded; nothing else happens to it."""
        if self.status == "refunded" or (self.status == "paid" and status != "refunded"):
            return
        self.status = status
        if status == "paid":
            self.fulfilled += 1  # So it happens once. A real shop writes the delivery in the same transaction.
            print("ship", self.reference_no, flush=True)

    def view(self):
        return {"referenceNo": self.reference_no, "status": self.status, "amount": self.amount,
                "fulfilled": self.fulfilled, "refunded": self.refunded}


class Problem(Exception):
    """A request that cannot be served, with its HTTP status. If NICEPAY refused something, `code` is its resultCd."""

    def __init__(self, status, message, code=""):
        super().__init__(message)
        self.status, self.code = status, code


orders = {}  # by referenceNo
user_tokens = {}  # by customer
lock = threading.Lock()
refund_lock = threading.Lock()


def sign(*values):
    """The merchantToken. Each endpoint has its own values; the key is always the last."""
    return hashlib.sha256("".join([*values, KEY]).encode()).hexdigest()


def now():
    return datetime.now(timezone(timedelta(hours=7))).strftime("%Y%m%d%H%M%S")  # Jakarta


def call(endpoint, signed, fields):
    """Calls NICEPAY. A problem without a `code` means that there is no usable answer: NICEPAY may have done it, or not."""
    stamp = now()
    fields = {**fields, "timeStamp": stamp, "iMid": IMID, "merchantToken": sign(stamp, IMID, *signed)}
    request = urllib.request.Request(
        f"{BASE_URL}/direct/v2/{endpoint}", json.dumps(fields).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            answer = json.load(response)
        code, message = answer["resultCd"], answer["resultMsg"]
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError) as error:
        raise Problem(502, f"{endpoint}: no usable answer: {error}") from error
    if code != "0000":
        raise Problem(502, f"{endpoint}: {code} {message}", code)
    return answer


def register(request, user_token=""):
    """Registers a payment: one that links the customer's account, or one with the userToken of a linked account."""
    customer, amount = request.customer(), request.amount(default="425000")
    order = Order(f"SHOP-{now()}-{secrets.token_hex(6)}", customer, amount, awaits_token=not user_token)
    # All values are text. goods_amt is the price of one piece; over all lines, goods_amt x goods_quantity is amt.
    cart = {"count": "1", "item": [{
        "goods_id": "K-1", "goods_name": "Teko Moka", "goods_detail": "Teko Moka", "goods_type": "Dapur",
        "goods_amt": str(amount), "goods_quantity": "1", "goods_url": "https://shop.example/teko-moka",
        "goods_sellers_id": "S-1", "goods_sellers_name": "Toko Contoh"}]}
    with lock:  # Stored first: the notification may come before the answer to the registration.
        orders[order.reference_no] = order
    try:
        answer = call("registration", [order.reference_no, str(amount)], {
            **{f"billing{name}": value for name, value in PERSON.items()}, "billingEmail": f"{customer}@example.com",
            **{f"delivery{name}": value for name, value in PERSON.items()},
            "payMethod": "06", "mitraCd": "KDVI", "instmntType": "2", "instmntMon": "1", "currency": "IDR",
            "referenceNo": order.reference_no, "amt": str(amount), "goodsNm": "Teko Moka",
            "cartData": json.dumps(cart), "sellers": json.dumps(SELLERS), "dbProcessUrl": f"{SHOP_URL}/notify",
            "userIP": request.client_address[0], "userAgent": (request.headers.get("User-Agent") or "unknown")[:100],
            # clientUserKey: one for each customer, the same for ever.
            "tokenizeUser": "2" if user_token else "1", "clientUserKey": customer, "userToken": user_token})
    except Problem:
        with lock:
            order.status = order.status if order.t_xid else "failed"
        raise
    with lock:
        order.t_xid = answer["tXid"]
    return order


def settle(order, t_xid=""):
    """Asks NICEPAY for the status of a payment, and applies it. Nothing else makes an order paid."""
    t_xid, amt = t_xid or order.t_xid, str(order.amount)
    answer = call("inquiry", [order.reference_no, amt], {"tXid": t_xid, "referenceNo": order.reference_no, "amt": amt})
    if [answer.get(name) for name in ("tXid", "referenceNo", "amt")] != [t_xid, order.reference_no, amt]:
        raise Problem(502, "inquiry: the answer is about another payment")
    status = STATUS.get(answer.get("status"), order.status)
    with lock:
        order.t_xid = t_xid
        order.refunded = order.amount if status == "refunded" else max(order.refunded, int(answer.get("cancelAmt") or 0))
        order.become(status)


def send_refund(order):
    """Sends the refund that was asked for. Says whether it is done; if not, the poller repeats it."""
    with refund_lock:
        try:
            settle(order)  # The answer to an earlier try may be lost: this tells what was refunded.
            amount = order.refund_to - order.refunded
            if amount > 0:
                call("cancel", [order.t_xid, str(amount)], {
                    "tXid": order.t_xid, "payMethod": "06", "amt": str(amount), "referenceNo": order.reference_no,
                    "cancelType": "1" if amount == order.amount else "2"})
        except Problem as problem:
            if problem.code in ("9302", ""):  # Too early after the payment, or no usable answer.
                return False
            with lock:
                order.refund_to = order.refunded
            raise
        with lock:
            order.refunded = max(order.refunded, order.refund_to)
            if order.refunded == order.amount:
                order.become("refunded")
        return True


def buy(request):
    return request.go_to_payment(register(request))


def one_click(request):
    customer = request.customer()
    user_token = user_tokens.get(customer)
    if user_token:
        try:
            return request.go_to_payment(register(request, user_token))
        except Problem as problem:
            if problem.code != "9920":
                raise
            forget(customer, user_token)  # It was revoked at Kredivo: the account must be linked again.
    return buy(request)


def notify(request):
    """NICEPAY tells that a payment has changed, and repeats it until the answer is 200."""
    form = request.form
    if request.headers.get_content_type() != "application/x-www-form-urlencoded":
        raise Problem(415, "not a form")
    if not all(form.get(name) for name in ("tXid", "merchantToken", "referenceNo", "amt", "status")):
        raise Problem(400, "a field is missing")
    if not hmac.compare_digest(sign(IMID, form["tXid"], form["amt"]).encode(), form["merchantToken"].encode()):
        raise Problem(403, "wrong merchantToken")
    # The merchantToken does not cover referenceNo, status and userToken: the order is compared, and NICEPAY is asked.
    order = orders.get(form["referenceNo"])
    if not order or form["tXid"] != (order.t_xid or form["tXid"]):
        raise Problem(404, "no such payment")
    if form["amt"] != str(order.amount):
        raise Problem(409, "another amount")
    settle(order, form["tXid"])
    with lock:
        linked = order.awaits_token and order.status == "paid" and form.get("clientUserKey") == order.customer
        if linked and form.get("userToken"):
            user_tokens[order.customer] = form["userToken"]
            order.awaits_token = False  # A repeat must not bring back a token that was removed meanwhile.
    return 200, {"received": True}


def come_back(request):
    """The browser is back from NICEPAY. Anyone can type this address: what it says proves nothing."""
    order = request.order()
    if order.is_open:
        try:
            settle(order)  # As after a notification.
        except Problem as problem:
            print(problem, file=sys.stderr)  # The customer sees an open order; the poller asks again.
    return 200, f"<p>Order {html.escape(order.reference_no)} is <b>{order.status}</b>.</p>{FORMS}"


def refund(request):
    order = request.order()
    with lock:
        if order.status != "paid" or order.refund_to > order.refunded:
            raise Problem(409, "not paid, or another refund is on its way")
        amount = request.amount(default=str(order.amount - order.refunded))
        if amount > order.amount - order.refunded:
            raise Problem(409, "more than is left")
        order.refund_to = order.refunded + amount
    return 200 if send_refund(order) else 202, order.view()


def unlink(request):
    customer = request.customer()
    user_token = user_tokens.get(customer)
    if user_token:
        try:
            call("remove-token", [user_token], {"userToken": user_token})
        except Problem as problem:
            if problem.code != "9920":  # 9920: it is unusable already.
                raise
        forget(customer, user_token)
    return 200, {"customer": customer, "linked": False}


def forget(customer, user_token):
    with lock:
        if user_tokens.get(customer) == user_token:
            del user_tokens[customer]


def poll(request=None):
    """Finds what no notification told, and repeats refunds. A real shop's cron does this."""
    for order in list(orders.values()):
        try:
            if order.is_open:
                settle(order)
            elif order.refund_to > order.refunded:
                send_refund(order)
        except Exception as error:  # One order must not keep the others from being asked for.
            print(f"{order.reference_no}: {error}", file=sys.stderr)
    return 200, {"polled": True}


def poll_for_ever():
    while True:
        time.sleep(POLL_SECONDS)
        poll()


ROUTES = {
    "GET /": lambda request: (200, FORMS), "GET /buy": buy, "POST /buy": buy, "POST /one-click": one_click,
    "POST /notify": notify, "GET /return": come_back, "POST /return": come_back, "POST /refund": refund,
    "POST /unlink": unlink, "GET /poll": poll, "POST /poll": poll,
    "GET /orders/": lambda request: (200, request.order().view()),
}


class Request(http.server.BaseHTTPRequestHandler):
    timeout = 30  # seconds, for a client that sends nothing

    def do_GET(self):
        try:
            status, body = self.route()
        except Problem as problem:
            status, body = problem.status, {"error": str(problem)}
        is_page = isinstance(body, str)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
        if status == 303:
            self.send_header("Location", body["paymentUrl"])
        self.end_headers()
        self.wfile.write((f"<!doctype html><title>Shop</title>{body}" if is_page else json.dumps(body)).encode())

    do_POST = do_GET

    def route(self):
        url = urllib.parse.urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,5}", length):
            raise Problem(413, "the body is too long")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Problem(400, "half a body")
        self.form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        self.fields = {**dict(urllib.parse.parse_qsl(url.query)), **self.form}
        path = url.path
        if path.startswith("/orders/"):
            path, self.fields["referenceNo"] = "/orders/", path[len("/orders/"):]
        if f"{self.command} {path}" not in ROUTES:
            raise Problem(404, "no such page")
        return ROUTES[f"{self.command} {path}"](self)

    def customer(self):
        customer = self.fields.get("customer", "siti")
        if not re.fullmatch("[a-z0-9-]{1,40}", customer):
            raise Problem(400, "customer: small letters, digits and hyphens")
        return customer

    def amount(self, default):
        amount = self.fields.get("amount", default)
        if not re.fullmatch("[1-9][0-9]{0,11}", amount):
            raise Problem(400, "amount: whole rupiah, 1 to 12 digits")
        return int(amount)

    def order(self):
        order = orders.get(self.fields.get("referenceNo"))
        if not order:
            raise Problem(404, "no such order")
        return order

    def go_to_payment(self, order):
        """A browser is sent to NICEPAY's page. After a payment with a userToken that page leads straight back."""
        stamp = now()
        token = sign(stamp, IMID, order.reference_no, str(order.amount))
        payment_url = f"{BASE_URL}/direct/v2/payment?" + urllib.parse.urlencode({
            "timeStamp": stamp, "tXid": order.t_xid, "merchantToken": token, "callBackUrl": f"{SHOP_URL}/return"})
        is_browser = "text/html" in self.headers.get("Accept", "")
        return 303 if is_browser else 200, {
            "referenceNo": order.reference_no, "tXid": order.t_xid, "paymentUrl": payment_url}


if __name__ == "__main__":
    threading.Thread(target=poll_for_ever, daemon=True).start()
    server = http.server.ThreadingHTTPServer((HOST, PORT), Request)
    SHOP_URL = os.environ.get("SHOP_URL", f"http://127.0.0.1:{server.server_port}")  # PORT=0 takes a free one
    print(f"The shop is at {SHOP_URL}", flush=True)
    server.serve_forever()
