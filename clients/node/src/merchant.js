import { AssertionError } from 'node:assert'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const PERSON = Object.entries({ Nm: 'Budi', Phone: '081291891818', Email: 'budi@example.com', Addr: 'Jalan Melati 1',
  City: 'Jakarta', State: 'Jakarta', PostCd: '12345', Country: 'Indonesia' })
const sampleOrder = (amt) => ({
  ...Object.fromEntries(PERSON.flatMap(([name, value]) => [[`billing${name}`, value], [`delivery${name}`, value]])),
  payMethod: '06', currency: 'IDR', mitraCd: 'KDVI', instmntType: '2', instmntMon: '1', goodsNm: 'Rice', amt,
  cartData: JSON.stringify({ count: '1', item: [{ goods_name: 'Rice', goods_amt: amt, goods_quantity: '1' }] }),
  sellers: JSON.stringify([{ sellersId: 'S1', sellersNm: 'Toko Budi', sellersEmail: 'toko@example.com' }]),
  userIP: '127.0.0.1', userAgent: 'nicepay-sim',
})
const NOTIFICATIONS = 'notification.scheduled,notification.held,notification.attempted'
const form = (body) => Object.fromEntries(new URLSearchParams(body))
const failsTest = (status) => (error) => { throw error.status === status ? new AssertionError(error) : error }
export class Merchant {
  #servers = []
  #seen = new Map() // by referenceNo: the last event that awaitNotification has returned

  constructor(simulator, iMid, key, scenario) {
    Object.assign(this, { simulator, iMid, key, scenario, notifyUrl: `${simulator.url}/__sim/inbox/${iMid}` })
    this.env = { NICEPAY_BASE_URL: `${simulator.url}/nicepay`, NICEPAY_IMID: iMid, NICEPAY_MERCHANT_KEY: key }
  }
  async rule(then, when = {}, times = 1) {
    const rule = { ...(times && { times }), when: { ...when, iMid: this.iMid }, then }
    return (await this.simulator.api('POST', 'rules', rule)).id
  }
  rejectNext(when) { return this.rule({ outcome: 'reject' }, when) }
  reviewNext(when) { return this.rule({ outcome: 'review' }, when) }
  notifyTwice(when) { return this.rule({ notify: { variant: 'duplicate', times: 2 } }, when) }
  forgeNext(status, when) { return this.rule({ notify: { variant: 'changed-status', status } }, when) }
  buyer(tXid) { return this.#actor(tXid, 'buyer', ['pay', 'approve', 'reject', 'review', 'abandon']) }
  lender(tXid) { return this.#actor(tXid, 'partner', ['approve', 'reject', 'expire']) }
  #actor(tXid, who, verbs) {
    if (!tXid) throw new TypeError('there is no tXid: was the registration refused, or is an await missing?')
    const act = (verb) => (fields) => this.simulator.api('POST', `transactions/${tXid}/${who}`, { do: verb, ...fields })
    return Object.fromEntries(verbs.map((verb) => [verb, act(verb)]))
  }
  register(referenceNo, amt, fields) {
    const order = { ...sampleOrder(String(amt)), referenceNo, dbProcessUrl: this.notifyUrl, ...fields }
    return this.#call('registration', [order.referenceNo, order.amt], order)
  }
  inquiry({ tXid, referenceNo, amt }) { return this.#call('inquiry', [referenceNo, amt], { tXid, referenceNo, amt }) }
  cancel({ tXid, referenceNo, amt: all }, amt = all) {
    const cancelType = String(amt) === String(all) ? '1' : '2'
    return this.#call('cancel', [tXid, amt], { tXid, referenceNo, amt: String(amt), payMethod: '06', cancelType })
  }
  async #call(endpoint, parts, fields) {
    const timeStamp = new Date(Date.now() + 7 * 3600e3).toISOString().replace(/\D/g, '').slice(0, 14) // in Jakarta
    const merchantToken = createHash('sha256').update([timeStamp, this.iMid, ...parts, this.key].join('')).digest('hex')
    const body = JSON.stringify({ timeStamp, iMid: this.iMid, merchantToken, ...fields })
    const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }
    const response = await fetch(`${this.simulator.url}/nicepay/direct/v2/${endpoint}`, options)
    const diagnosis = response.headers.get('x-sim-diagnosis')
    return { ...await response.json(), ...(diagnosis && { diagnosis }) }
  }
  async receiver(answers = [200]) {
    const messages = []
    const server = createServer((request, response) => text(request).then((body) => {
      const status = answers[Math.min(messages.push(form(body)), answers.length) - 1]
      response.writeHead(status, { Connection: 'close' }).end()
    }, () => {})) // The connection broke.
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening).unref())
    this.#servers.push(server)
    this.notifyUrl = `http://127.0.0.1:${server.address().port}/notify`
    return { url: this.notifyUrl, messages }
  }
  async awaitNotification(referenceNo, fields) {
    const of = { iMid: this.iMid, referenceNo, after: this.#seen.get(referenceNo) ?? 0, ...fields }
    const wait = `events/wait?${new URLSearchParams({ type: 'notification.attempted', ...of })}`
    const attempt = await this.simulator.api('GET', wait).catch(failsTest(404))
    this.#seen.set(referenceNo, attempt.id)
    const body = await this.simulator.text('GET', `notifications/${attempt.notification}/body`)
    return Object.defineProperty(form(body), 'attempt', { value: attempt })
  }
  expectNone(referenceNo) { return this.verify([{ type: NOTIFICATIONS, times: 0 }], { referenceNo }) }
  verify(expect, options) {
    return this.simulator.api('POST', 'verify', { iMid: this.iMid, expect, ...options }).catch(failsTest(409))
  }
  advance(by) { return this.simulator.advance(by) }
  async reset() {
    await this.simulator.api('POST', 'reset', { iMid: this.iMid })
    if (this.scenario) await this.simulator.api('PUT', `scenario?iMid=${this.iMid}`, { name: this.scenario })
  }
  async remove() {
    this.#servers.forEach((server) => server.close())
    await this.simulator.api('DELETE', `merchants/${this.iMid}`)
  }
  async explainFailure() {
    const refused = await this.#list('events?type=transaction.refused')
    const parts = refused.map(({ endpoint, resultCd, diagnosis }) => `refused: ${endpoint} ${resultCd} ${diagnosis}`)
    for (const { tXid, referenceNo, stage } of (await this.#list('transactions?limit=10000')).slice(-3)) {
      parts.push(`${referenceNo}: ${stage}`)
      parts.push(await this.simulator.text('GET', `transactions/${tXid}/diagram?format=mermaid`))
    }
    return parts.join('\n') || 'No request with this iMid has arrived.'
  }
  async evidence(folder) {
    mkdirSync(folder, { recursive: true })
    const save = async (name, path) => writeFileSync(`${folder}/${name}`, await this.simulator.text('GET', path))
    await save('events.json', `events?limit=10000&iMid=${this.iMid}`)
    const [files, taken] = [{ json: 'evidence', har: 'har', svg: 'diagram' }, new Set(['events'])]
    for (const { tXid, referenceNo } of await this.#list('transactions?limit=10000')) {
      const plain = encodeURIComponent(referenceNo).slice(0, 150)
      const name = taken.has(plain.toLowerCase()) ? `${plain}-${tXid}` : plain // There are file systems without case.
      taken.add(name.toLowerCase())
      for (const ending in files) await save(`${name}.${ending}`, `transactions/${tXid}/${files[ending]}`)
    }
  }
  #list(path) { return this.simulator.api('GET', `${path}&iMid=${this.iMid}`) }
  /** For the test runners. After a failure it throws nothing: that would hide the failure. */
  async release(hasFailed, ...names) {
    this.#servers.forEach((server) => server.close())
    // A simulator of this process (it has a log here) or of exec keeps the merchant, for the report on all tests.
    if (!hasFailed) return this.simulator.log || process.env.NICEPAY_SIM_EXEC ? undefined : this.remove()
    const name = Buffer.from(names.join(' ').trim()).subarray(0, 200).toString().replace(/[^\p{L}\p{N}]+/gu, '-')
    const saved = this.evidence(`nicepay-evidence/${name}`).then(() => `Evidence: nicepay-evidence/${name}`)
    const noted = [this.explainFailure(), saved].map((text) => text.then(console.error))
    for (const { reason } of await Promise.allSettled(noted)) if (reason) console.error('No evidence:', reason.message)
  }
}
