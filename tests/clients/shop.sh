#!/bin/sh
# A shop with curl. Notifications go to the simulator's inbox.
NICEPAY=https://dev.nicepay.co.id/nicepay/direct/v2
API=$NICEPAY_SIM_URL/__sim/api

now() { date +%Y%m%d%H%M%S; }
sign() { printf '%s' "$@" "$NICEPAY_MERCHANT_KEY" | sha256sum | cut -d' ' -f1; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
fail() { echo "failed curl curl: $(echo "$*" | head -n 1)"; exit 1; }
post() { curl -sS --max-time 30 -H 'Content-Type: application/json' -d @- "$1" 2>&1; }
get() { curl -sS --max-time 30 "$1" 2>&1; }
# The fields of every request, without the closing brace.
signed() {
  ts=$(now)
  printf '{"timeStamp":"%s","iMid":"%s","referenceNo":"%s","merchantToken":"%s"' \
    "$ts" "$NICEPAY_IMID" "$1" "$(sign "$ts" "$NICEPAY_IMID" "$1" 25145)"
}

# pay REFERENCE_NO TOKENIZE_USER CLIENT_USER_KEY USER_TOKEN: sets USER_TOKEN to that of the notification
pay() {
  answer=$({
    signed "$1"
    printf ',"dbProcessUrl":"%s","tokenizeUser":"%s","clientUserKey":"%s","userToken":"%s",' \
      "$NICEPAY_SIM_URL/__sim/inbox" "$2" "$3" "$4"
    sed '1s/{//' order.json
  } | post $NICEPAY/registration)
  [ "$(echo "$answer" | field resultCd)" = 0000 ] || fail "$answer"
  txid=$(echo "$answer" | field tXid)
  [ "$2" = 2 ] || echo '{"do":"pay"}' | post "$API/transactions/$txid/buyer" >/dev/null
  get "$API/events/wait?type=notification.delivered&tXid=$txid" >/dev/null
  # The fields as they came; the entry itself has a field merchantToken too, which says whether it is right.
  told=$(get "$API/inbox?tXid=$txid" | sed 's/.*"fields":{//')
  [ "$(echo "$told" | field merchantToken)" = "$(sign "$NICEPAY_IMID" "$txid" 25145)" ] || fail "$told"
  USER_TOKEN=$(echo "$told" | field userToken)
  answer=$({ signed "$1"; printf ',"tXid":"%s","amt":"25145"}' "$txid"; } | post $NICEPAY/inquiry)
  [ "$(echo "$answer" | field status)" = 0 ] || fail "$answer"
}

pay curl-1 1 customer-1 ''
pay curl-2 2 '' "$USER_TOKEN"
echo 'ok curl curl'
