// One inquiry with https, and one with fetch. The address is that of the unmodified client libraries.
const url = 'https://dev.nicepay.co.id/nicepay/direct/v2/inquiry';
const reason = (error) => String((error.cause && error.cause.message) || error.message || error).split('\n')[0];
const headers = (client) => ({ 'Content-Type': 'application/json', 'User-Agent': `nicepay-sim-check/node-${client}` });

console.log('try https');
const request = require('https').request(url, { method: 'POST', headers: headers('https'), timeout: 20000 }, (response) => response.resume());
request.on('timeout', () => request.destroy(new Error('no answer in 20 s')));
request.on('error', (error) => console.log(`failed https: ${reason(error)}`));
request.end('{}');

if (typeof fetch === 'function') {
  console.log('try fetch');
  fetch(url, { method: 'POST', body: '{}', headers: headers('fetch') })
    .then((response) => response.text())
    .catch((error) => console.log(`failed fetch: ${reason(error)}`));
}
