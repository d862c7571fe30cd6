"""A shop with NICEPAY's own package python-nicepay, unchanged. Notifications go to the simulator's inbox."""
import json
import logging
import os
import urllib.request

from python_nicepay.constants.constantsGeneral import ConstantsGeneral
from python_nicepay.data.builder import builderEnvironment
from python_nicepay.data.builder.v2.enterprise import builderCancel, builderCartData, builderInquiry, builderPayloan
from python_nicepay.data.builder.v2.enterprise import builderSellers
from python_nicepay.data.builder.v2.enterprise.dataGenerator import DataGenerator
from python_nicepay.service.v2EnterpriseService import ServiceNicepay

SIM = os.environ["NICEPAY_SIM_URL"]
AMT = "25145"
SANDBOX = builderEnvironment.BuildEnvironment().isCloud(False).isProduction(False).build()
ConstantsGeneral.setNonSnapConfiguration(
    os.environ["NICEPAY_IMID"], os.environ["NICEPAY_MERCHANT_KEY"], SIM + "/__sim/inbox", "https://shop.example/paid"
)


class Answers(logging.Handler):
    """The package writes the answer of an inquiry to its log only."""

    def emit(self, record):
        _, found, text = record.getMessage().partition("Response Data : ")
        if found:
            self.last, _ = json.JSONDecoder().raw_decode(text)


ANSWERS = Answers()
logging.getLogger().handlers = [ANSWERS]


def call(name, service, body):
    service(body, SANDBOX)
    print("%s: %s %s" % (name, ANSWERS.last["resultCd"], ANSWERS.last["resultMsg"]))
    return ANSWERS.last


def sim(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SIM + "/__sim/api/" + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


item = {"goods_name": "Rice", "goods_amt": AMT, "goods_quantity": "1"}
cart = builderCartData.BuildCartData().setCount("1").setItem(item).build().jsonCartData()
seller = builderSellers.BuildSeller().setSellerId("S1").setSellerNm("Toko Budi").setSellerEmail("toko@example.com")
sellers = seller.setSellerUrl("https://shop.example").setSellerAddress({}).build().jsonSellers()
payloan = builderPayloan.BuildPayloan().setPayMethod(ConstantsGeneral.getPayMethodPayloan()).setMitraCd("KDVI")
payloan = payloan.setInstmntType("1").setInstmntMon("1").setAmt(AMT).build().jsonPayloan()

registered = call("registration", ServiceNicepay.serviceRequest, DataGenerator.getPayloanBody(payloan, cart, sellers))
t_xid, reference = registered["tXid"], registered["referenceNo"]
sim("transactions/%s/buyer" % t_xid, {"do": "pay"})
sim("events/wait?type=notification.delivered&tXid=" + t_xid)
told = sim("inbox?tXid=" + t_xid)[0]["fields"]
print("notification: status", told["status"])

inquiry = builderInquiry.BuildInquiry().setTxid(t_xid).setReferenceNo(reference).setAmt(AMT).build().jsonInquiry()
print("status", call("inquiry", ServiceNicepay.serviceInquiry, DataGenerator.getInquiryBody(inquiry))["status"])

cancel = builderCancel.BuildCancel().setTxid(t_xid).setReferenceNo(reference).setAmt(AMT).setCancelType("1")
cancel = cancel.setPayMethod(ConstantsGeneral.getPayMethodPayloan()).setCancelMsg("returned").setCancelUserId("shop")
call("cancel", ServiceNicepay.serviceCancel, DataGenerator.getCancelBody(cancel.build().jsonCancel()))
