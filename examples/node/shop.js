// A small shop that takes payments by NICEPAY Payloan: what a merchant's server has to get right.
//
// Run it with:  nicepay-sim exec -- node examples/node/shop.js
// Orders are in memory, and what has no `await` in it is not interrupted. A real shop has a database, and a transaction
// of it in these places. It takes the customer from its login, where this one believes the URL, and lets only its staff
// refund.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const { NICEPAY_BASE_URL: baseUrl = 'https://dev.nicepay.co.id/nicepay', NICEPAY_IMID: iMid, NICEPAY_MERCHANT_KEY: key } = process.env
const { SHOP_HOST: host = '127.0.0.1', PORT: port = '3000', POLL_SECONDS: pollSeconds = '30' } = process.env
let { SHOP_URL: shopUrl } = process.env
if (!iMid || !key) {
  console.error('Set NICEPAY_IMID and NICEPAY_MERCHANT_KEY.')
  process.exit(1)
}

const STATUS = new Map([
  ['0', 'paid'], ['1', 'refunded'], ['2', 'refunded'], ['3', 'under-review'], ['4', 'expired'], ['8', 'failed'], ['9', 'pending'],
])
const PERSON = {
  Nm: 'Siti Rahma', Phone: '081291891818', Addr: 'Jalan Melati 12', City: 'Bandung',
  State: 'Jawa Barat', PostCd: '40115', Country: 'Indonesia',
}
const SELLERS = [{
  sellersId: 'S-1', sellersNm: 'Toko Contoh', sellersEmail: 'toko@example.com',
  sellersAddress: {
    sellerNm: 'Toko', sellerLastNm: 'Contoh', sellerAddr: 'Jalan Cendana 8', sellerCity: 'Bandung',
    sellerPostCd: '40114', sellerPhone: '0221234567', sellerCountry: 'ID',
  },
}]
const FORMS = `
  <form method="post" action="/buy"><input name="customer" value="siti"><button>buy</button></form>
  <form method="post" action="/one-click"><input name="customer" value="siti"><button>one-click</button></form>
  <form method="post" action="/unlink"><input name="customer" value="siti"><button>unlink</button></form>
  <form method="post" action="/refund"><input name="referenceNo"><button>refund</button></form>`

const orders = new Map() // by referenceNo
const userTokens = new Map() // by customer

/** A request that cannot be served, with its HTTP status. If NICEPAY refused something, `code` is its resultCd. */
class Problem extends Error {
  constructor(status, message, code = '') {
    super(message)
    Object.assign(this, { status, code })
  }
}

/** The merchantToken. Each endpoint has its own values; the key is always the last. */
const sign = (...values) => createHash('sha256').update(values.join('') + key).digest('hex')

/** The time in Jakarta, as NICEPAY writes it. */
const now = () => new Date(Date.now() + 7 * 3600e3).toISOString().replace(/\D/g, '').slice(0, 14)

const isOpen = ({ tXid, status }) => tXid && (status === 'pending' || status === 'under-review')

/** A paid order may still be refunded; nothing else happens to it. */
function become(order, status) {
  if (order.status === 'refunded' || (order.status === 'paid' && status !== 'refunded')) return
  order.status = status
  if (status === 'paid') {
    order.fulfilled += 1 // There is no `await` since the check, so once. A real shop writes the delivery in a transaction.
    console.log('ship', order.referenceNo)
  }
}

const view = ({ referenceNo, status, amount, fulfilled, refunded }) => ({ referenceNo, status, amount, fulfilled, refunded })

/** Calls NICEPAY. A problem without a `code` means that there is no usable answer: NICEPAY may have done it, or not. */
async function call(endpoint, signed, fields) {
  const timeStamp = now()
  let answer
  try {
    const response = await fetch(`${baseUrl}/direct/v2/${endpoint}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...fields, timeStamp, iMid, merchantToken: sign(timeStamp, iMid, ...signed) }),
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    answer = await response.json()
    if (typeof answer?.resultCd !== 'string') throw new Error('no resultCd')
  } catch (error) {
    throw new Problem(502, `${endpoint}: no usable answer: ${error.cause?.message ?? error.message}`)
  }
  if (answer.resultCd !== '0000') throw new Problem(502, `${endpoint}: ${answer.resultCd} ${answer.resultMsg}`, answer.resultCd)
  return answer
}

/** Registers a payment: one that links the customer's account, or one with the userToken of a linked account. */
async function register(request, userToken = '') {
  const customer = readCustomer(request)
  const amount = readAmount(request, '425000')
  const referenceNo = `SHOP-${now()}-${randomBytes(6).toString('hex')}`
  const order = {
    referenceNo,
    customer,
    amount, // whole rupiah, as all amounts
    awaitsToken: !userToken, // its notification may bring the customer's userToken
    tXid: '', // NICEPAY's number of the payment
    status: 'pending',
    fulfilled: 0, // how often the goods were shipped
    refunded: 0,
    refundTo: 0, // what `refunded` will be after the refund that was asked for
    isRefunding: false, // that refund is being sent
  }
  // All values are text. goods_amt is the price of one piece; over all lines, goods_amt x goods_quantity is amt.
  const cart = {
    count: '1',
    item: [{
      goods_id: 'K-1', goods_name: 'Teko Moka', goods_detail: 'Teko Moka', goods_type: 'Dapur',
      goods_amt: String(amount), goods_quantity: '1', goods_url: 'https://shop.example/teko-moka',
      goods_sellers_id: 'S-1', goods_sellers_name: 'Toko Contoh',
    }],
  }
  const person = Object.entries(PERSON).flatMap(([name, value]) => [[`billing${name}`, value], [`delivery${name}`, value]])
  orders.set(referenceNo, order) // Stored first: the notification may come before the answer to the registration.
  try {
    const { tXid } = await call('registration', [referenceNo, amount], {
      ...Object.fromEntries(person), billingEmail: `${customer}@example.com`,
      payMethod: '06', mitraCd: 'KDVI', instmntType: '2', instmntMon: '1', currency: 'IDR',
      referenceNo, amt: String(amount), goodsNm: 'Teko Moka',
      cartData: JSON.stringify(cart), sellers: JSON.stringify(SELLERS), dbProcessUrl: `${shopUrl}/notify`,
      userIP: request.socket.remoteAddress, userAgent: (request.headers['user-agent'] || 'unknown').slice(0, 100),
      // clientUserKey: one for each customer, the same for ever.
      tokenizeUser: userToken ? '2' : '1', clientUserKey: customer, userToken,
    })
    order.tXid = tXid
  } catch (error) {
    if (!order.tXid) order.status = 'failed'
    throw error
  }
  return order
}

/** Asks NICEPAY for the status of a payment, and applies it. Nothing else makes an order paid. */
async function settle(order, tXid = order.tXid) {
  const { referenceNo } = order
  const amt = String(order.amount)
  const answer = await call('inquiry', [referenceNo, amt], { tXid, referenceNo, amt })
  if (answer.tXid !== tXid || answer.referenceNo !== referenceNo || answer.amt !== amt) {
    throw new Problem(502, 'inquiry: the answer is about another payment')
  }
  const status = STATUS.get(answer.status) ?? order.status
  order.tXid = tXid
  order.refunded = status === 'refunded' ? order.amount : Math.max(order.refunded, Number(answer.cancelAmt) || 0)
  become(order, status)
}

/** Sends the refund that was asked for. Says whether it is done; if not, the poller repeats it. */
async function sendRefund(order) {
  if (order.isRefunding) return false
  order.isRefunding = true
  try {
    await settle(order) // The answer to an earlier try may be lost: this tells what was refunded.
    const amount = order.refundTo - order.refunded
    if (amount > 0) {
      const cancelType = amount === order.amount ? '1' : '2'
      const { tXid, referenceNo } = order
      await call('cancel', [tXid, amount], { tXid, payMethod: '06', amt: String(amount), referenceNo, cancelType })
    }
  } catch (error) {
    if (error.code === '9302' || error.code === '') return false // Too early after the payment, or no usable answer.
    order.refundTo = order.refunded
    throw error
  } finally {
    order.isRefunding = false
  }
  order.refunded = Math.max(order.refunded, order.refundTo)
  if (order.refunded === order.amount) become(order, 'refunded')
  return true
}

const buy = async (request) => goToPayment(request, await register(request))

async function oneClick(request) {
  const customer = readCustomer(request)
  const userToken = userTokens.get(customer)
  if (userToken) {
    try {
      return goToPayment(request, await register(request, userToken))
    } catch (error) {
      if (error.code !== '9920') throw error
      forget(customer, userToken) // It was revoked at Kredivo: the account must be linked again.
    }
  }
  return buy(request)
}

/** NICEPAY tells that a payment has changed, and repeats it until the answer is 200. */
async function notify({ headers, form }) {
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(headers['content-type'] ?? '')) throw new Problem(415, 'not a form')
  const { tXid, merchantToken, referenceNo, amt, status, clientUserKey, userToken } = form
  if (!tXid || !merchantToken || !referenceNo || !amt || !status) throw new Problem(400, 'a field is missing')
  const [expected, sent] = [sign(iMid, tXid, amt), merchantToken].map((text) => Buffer.from(text))
  if (expected.length !== sent.length || !timingSafeEqual(expected, sent)) throw new Problem(403, 'wrong merchantToken')
  // The merchantToken does not cover referenceNo, status and userToken: the order is compared, and NICEPAY is asked.
  const order = orders.get(referenceNo)
  if (!order || tXid !== (order.tXid || tXid)) throw new Problem(404, 'no such payment')
  if (amt !== String(order.amount)) throw new Problem(409, 'another amount')
  await settle(order, tXid)
  if (order.awaitsToken && order.status === 'paid' && clientUserKey === order.customer && userToken) {
    userTokens.set(order.customer, userToken)
    order.awaitsToken = false // A repeat must not bring back a token that was removed meanwhile.
  }
  return [200, { received: true }]
}

/** The browser is back from NICEPAY. Anyone can type this address: what it says proves nothing. */
async function comeBack(request) {
  const order = readOrder(request)
  if (isOpen(order)) {
    // As after a notification. When it fails, the customer sees an open order, and the poller asks again.
    await settle(order).catch((error) => console.error(error.message))
  }
  // Both words are our own: what comes from outside would have to be escaped.
  return [200, `<p>Order ${order.referenceNo} is <b>${order.status}</b>.</p>${FORMS}`]
}

async function refund(request) {
  const order = readOrder(request)
  if (order.status !== 'paid' || order.refundTo > order.refunded) {
    throw new Problem(409, 'not paid, or another refund is on its way')
  }
  const left = order.amount - order.refunded
  const amount = readAmount(request, String(left))
  if (amount > left) throw new Problem(409, 'more than is left')
  order.refundTo = order.refunded + amount
  return [(await sendRefund(order)) ? 200 : 202, view(order)]
}

async function unlink(request) {
  const customer = readCustomer(request)
  const userToken = userTokens.get(customer)
  if (userToken) {
    try {
      await call('remove-token', [userToken], { userToken })
    } catch (error) {
      if (error.code !== '9920') throw error // 9920: it is unusable already.
    }
    forget(customer, userToken)
  }
  return [200, { customer, linked: false }]
}

function forget(customer, userToken) {
  if (userTokens.get(customer) === userToken) userTokens.delete(customer)
}

/** Finds what no notification told, and repeats refunds. A real shop's cron does this. */
async function poll() {
  for (const order of orders.values()) {
    try {
      if (isOpen(order)) await settle(order)
      else if (order.refundTo > order.refunded) await sendRefund(order)
    } catch (error) {
      console.error(order.referenceNo, error.message)
    }
  }
  return [200, { polled: true }]
}

async function pollForEver() {
  for (;;) {
    await sleep(Number(pollSeconds) * 1000)
    await poll()
  }
}

function readCustomer({ fields: { customer = 'siti' } }) {
  if (!/^[a-z0-9-]{1,40}$/.test(customer)) throw new Problem(400, 'customer: small letters, digits and hyphens')
  return customer
}

function readAmount({ fields }, ifMissing) {
  const amount = fields.amount ?? ifMissing
  if (!/^[1-9][0-9]{0,11}$/.test(amount)) throw new Problem(400, 'amount: whole rupiah, 1 to 12 digits')
  return Number(amount)
}

function readOrder({ fields }) {
  const order = orders.get(fields.referenceNo)
  if (!order) throw new Problem(404, 'no such order')
  return order
}

/** A browser is sent to NICEPAY's page. After a payment with a userToken that page leads straight back. */
function goToPayment(request, { referenceNo, tXid, amount }) {
  const timeStamp = now()
  const merchantToken = sign(timeStamp, iMid, referenceNo, amount)
  const query = new URLSearchParams({ timeStamp, tXid, merchantToken, callBackUrl: `${shopUrl}/return` })
  const isBrowser = request.headers.accept?.includes('text/html')
  return [isBrowser ? 303 : 200, { referenceNo, tXid, paymentUrl: `${baseUrl}/direct/v2/payment?${query}` }]
}

const ROUTES = {
  'GET /': () => [200, FORMS], 'GET /buy': buy, 'POST /buy': buy, 'POST /one-click': oneClick, 'POST /notify': notify,
  'GET /return': comeBack, 'POST /return': comeBack, 'POST /refund': refund, 'POST /unlink': unlink,
  'GET /poll': poll, 'POST /poll': poll, 'GET /orders/': (request) => [200, view(readOrder(request))],
}

async function route(request) {
  const url = new URL(request.url, shopUrl)
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk
    if (body.length > 100_000) throw new Problem(413, 'the body is too long')
  }
  request.form = Object.fromEntries(new URLSearchParams(body))
  request.fields = { ...Object.fromEntries(url.searchParams), ...request.form }
  const [, folder, referenceNo] = /^(\/orders\/)(.+)$/.exec(url.pathname) ?? [null, url.pathname]
  if (referenceNo) request.fields.referenceNo = referenceNo
  const handler = ROUTES[`${request.method} ${folder}`]
  if (!handler) throw new Problem(404, 'no such page')
  return handler(request)
}

createServer(async (request, response) => {
  const [status, body] = await route(request).catch((error) => {
    if (error instanceof Problem) return [error.status, { error: error.message }]
    console.error(error)
    return [500, { error: 'internal error' }]
  })
  const isPage = typeof body === 'string'
  response.writeHead(status, {
    'Content-Type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    ...(status === 303 && { Location: body.paymentUrl }),
  })
  response.end(isPage ? `<!doctype html><title>Shop</title>${body}` : JSON.stringify(body))
}).listen(Number(port), host, function listening() {
  shopUrl ??= `http://127.0.0.1:${this.address().port}` // PORT=0 takes a free port.
  console.log(`The shop is at ${shopUrl}`)
})
pollForEver()
