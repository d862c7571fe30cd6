// A shop with https, with fetch, and with axios where it is installed.
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');

const NICEPAY = 'https://dev.nicepay.co.id/nicepay/direct/v2/';
const { NICEPAY_IMID: IMID, NICEPAY_MERCHANT_KEY: KEY, NICEPAY_SIM_URL } = process.env;
const ORDER = JSON.parse(fs.readFileSync('order.json', 'utf8'));
const headers = { 'Content-Type': 'application/json' };

const clients = {
  https: (url, fields) => new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http;
    const request = client.request(url, { method: 'POST', headers, timeout: 30000 }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 30 s')));
    request.on('error', reject);
    request.end(JSON.stringify(fields));
  }),
  fetch: async (url, fields) => {
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(fields) });
    return answer.json();
  },
};
if (typeof fetch !== 'function') {
  delete clients.fetch;
  console.log('absent node fetch');
}
try {
  const axios = require('axios');
  clients.axios = async (url, fields) => (await axios.post(url, fields, { timeout: 30000 })).data;
} catch (error) {
  console.log('absent node axios');
}

const sign = (...values) => crypto.createHash('sha256').update(values.join('') + KEY).digest('hex');
const check = (isRight, what) => {
  if (!isRight) throw new Error(JSON.stringify(what));
};

function signed(referenceNo, fields) {
  const timeStamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const merchantToken = sign(timeStamp, IMID, referenceNo, ORDER.amt);
  return { timeStamp, iMid: IMID, referenceNo, merchantToken, ...fields };
}

let onNotification;
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => {
    response.setHeader('Connection', 'close');
    response.end();
    onNotification(Object.fromEntries(new URLSearchParams(body)));
  });
});

async function pay(post, referenceNo, tokenizeUser, userToken, byCustomer) {
  const dbProcessUrl = `http://127.0.0.1:${server.address().port}/notify`;
  const notified = new Promise((resolve, reject) => {
    onNotification = resolve;
    setTimeout(() => reject(new Error('no notification in 30 s')), 30000).unref();
  });
  const clientUserKey = byCustomer ? 'customer-1' : '';
  const fields = { ...ORDER, dbProcessUrl, tokenizeUser, clientUserKey, userToken };
  const registered = await post(`${NICEPAY}registration`, signed(referenceNo, fields));
  check(registered.resultCd === '0000', registered);
  const { tXid } = registered;
  if (byCustomer) await post(`${NICEPAY_SIM_URL}/__sim/api/transactions/${tXid}/buyer`, { do: 'pay' });
  const told = await notified;
  check(told.tXid === tXid && told.merchantToken === sign(IMID, tXid, told.amt), told);
  const inquiry = await post(`${NICEPAY}inquiry`, signed(referenceNo, { tXid, amt: ORDER.amt }));
  check(inquiry.status === '0', inquiry);
  return told.userToken;
}

server.listen(0, '127.0.0.1', async () => {
  for (const [name, post] of Object.entries(clients)) {
    try {
      const userToken = await pay(post, `${name}-1`, '1', '', true);
      await pay(post, `${name}-2`, '2', userToken, false);
      console.log(`ok node ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`failed node ${name}: ${(error.cause && error.cause.message) || error.message}`);
    }
  }
  server.close();
});
