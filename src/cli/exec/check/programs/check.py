# One inquiry with urllib, and one with requests where it is installed. The address is that of the unmodified clients.
import urllib.request

URL = "https://dev.nicepay.co.id/nicepay/direct/v2/inquiry"


def headers(client):
    return {"Content-Type": "application/json", "User-Agent": "nicepay-sim-check/python3-" + client}


print("try urllib")
try:
    urllib.request.urlopen(urllib.request.Request(URL, b"{}", headers("urllib")), timeout=20).read()
except Exception as error:
    print("failed urllib:", str(error).splitlines()[0])

try:
    import requests
except ImportError:
    requests = None
if requests:
    print("try requests")
    try:
        requests.post(URL, data=b"{}", headers=headers("requests"), timeout=20)
    except Exception as error:
        print("failed requests:", str(error).splitlines()[0])
