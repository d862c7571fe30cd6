// A shop with NICEPAY's own package nodejs-nicepay, unchanged. Notifications go to the simulator's inbox.
const fs = require('fs');
const { SecondApiVersion } = require('nodejs-nicepay');

const { NICEPAY_IMID, NICEPAY_MERCHANT_KEY, NICEPAY_SIM_URL } = process.env;
const API = `${NICEPAY_SIM_URL}/__sim/api`;
const ORDER = JSON.parse(fs.readFileSync('order.json', 'utf8'));
const nicepay = new SecondApiVersion({ clientId: NICEPAY_IMID, merchantKey: NICEPAY_MERCHANT_KEY });

async function call(endpoint, fields) {
  const answer = await nicepay.requestAPI(fields, `/direct/v2/${endpoint}`);
  console.log(`${endpoint}: ${answer.resultCd} ${answer.resultMsg}`);
  return answer;
}

async function pay(referenceNo, tokenizeUser, clientUserKey, userToken) {
  const dbProcessUrl = `${NICEPAY_SIM_URL}/__sim/inbox`;
  const order = { ...ORDER, referenceNo, dbProcessUrl, tokenizeUser, clientUserKey, userToken };
  const { tXid } = await call('registration', order);
  if (tokenizeUser === '1') {
    const body = JSON.stringify({ do: 'pay' });
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${API}/transactions/${tXid}/buyer`, { method: 'POST', headers, body });
  }
  await fetch(`${API}/events/wait?type=notification.delivered&tXid=${tXid}`);
  const [{ fields: told }] = await (await fetch(`${API}/inbox?tXid=${tXid}`)).json();
  console.log(`notification: status ${told.status} of ${told.referenceNo}`);
  const { status } = await call('inquiry', { tXid, referenceNo, amt: ORDER.amt });
  console.log(`status ${status}`);
  return told;
}

(async () => {
  const { tXid, userToken } = await pay('nicepay-1', '1', 'customer-1', '');
  await pay('nicepay-2', '2', '', userToken);
  const cancel = { payMethod: '06', cancelType: '1', cancelMsg: 'returned', cancelUserId: 'shop' };
  await call('cancel', { tXid, referenceNo: 'nicepay-1', amt: ORDER.amt, ...cancel });
})();
