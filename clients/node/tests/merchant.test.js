// Each verb of a merchant.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Simulator } from 'nicepay-sim'
import { folderFor, program, repository, run } from './support.js'

const simulator = await Simulator.start()
after(() => simulator.stop())

/** A merchant with an order that is paid. */
async function paid(options) {
  const merchant = await simulator.merchant(options)
  const order = await merchant.register('order-1', 25145)
  await merchant.buyer(order.tXid).pay()
  return { merchant, order }
}

test('each merchant has an iMid and a key of its own, and what an application needs', async () => {
  const [one, two] = [await simulator.merchant(), await simulator.merchant({ name: 'Toko Budi', duplicateCheck: false })]
  assert.match(one.iMid, /^T[0-9a-f]{15}$/)
  assert.notEqual(one.iMid, two.iMid)
  assert.notEqual(one.key, two.key)
  const { url } = simulator
  assert.deepEqual(one.env, { NICEPAY_BASE_URL: `${url}/nicepay`, NICEPAY_IMID: one.iMid, NICEPAY_MERCHANT_KEY: one.key })
  const shown = await simulator.api('GET', `merchants/${two.iMid}`)
  assert.deepEqual([shown.name, shown.duplicateCheck], ['Toko Budi', false])
})

test('its scenario is instant, another one, or that of the simulator', async () => {
  for (const [options, name] of [[undefined, 'instant'], [{ scenario: 'reject' }, 'reject'], [{ scenario: null }, 'approve']]) {
    const merchant = await simulator.merchant(options)
    assert.equal((await simulator.api('GET', `scenario?iMid=${merchant.iMid}`)).name, name)
    await merchant.reset()
    assert.equal((await simulator.api('GET', `scenario?iMid=${merchant.iMid}`)).name, name, 'after a reset, too')
  }
})

test('register, inquiry and cancel are signed as a shop does it', async () => {
  const { merchant, order } = await paid()
  assert.deepEqual([order.resultCd, order.referenceNo, order.amt, order.diagnosis], ['0000', 'order-1', '25145', undefined])
  assert.equal((await merchant.inquiry(order)).status, '0')
  assert.deepEqual([(await merchant.cancel(order, 145)).resultCd, (await merchant.inquiry(order)).cancelAmt], ['0000', '145'])
  const second = await merchant.register('order-2', '500')
  await merchant.buyer(second.tXid).pay()
  assert.equal((await merchant.cancel(second)).resultCd, '0000')
  assert.equal((await merchant.inquiry(second)).status, '2')
})

test('a refused registration says why, and has no customer', async () => {
  const { merchant } = await paid()
  const again = await merchant.register('order-1', 25145)
  assert.equal(again.resultCd, '9009')
  assert.match(again.diagnosis, /^referenceNo\/duplicate: /)
  assert.throws(() => merchant.buyer(again.tXid), /was the registration refused/)
  const changed = await merchant.register('order-2', 25145, { mitraCd: 'AKLP', goodsNm: 'Tea' })
  assert.equal((await merchant.buyer(changed.tXid).pay()).stage, 'approved')
  assert.equal((await merchant.awaitNotification('order-2')).goodsNm, 'Tea')
})

test('the sample order is also one for the strict profile', async () => {
  const strict = await Simulator.start(['--profile', 'strict'])
  const order = await (await strict.merchant()).register('order-1', 25145)
  assert.equal(order.resultCd, '0000', order.diagnosis)
  await strict.stop()
})

test('rejectNext, reviewNext, notifyTwice and forgeNext are about the next order only', async () => {
  const merchant = await simulator.merchant()
  const pay = async (referenceNo) => (await merchant.buyer((await merchant.register(referenceNo, 100)).tXid).pay()).stage
  assert.match(await merchant.rejectNext(), /^rule-\d+$/)
  assert.deepEqual([await pay('a'), await pay('b')], ['declined', 'approved'])
  await merchant.reviewNext({ referenceNo: 'd' })
  assert.deepEqual([await pay('c'), await pay('d'), await pay('e')], ['approved', 'under-review', 'approved'])
  await merchant.notifyTwice()
  await pay('twice')
  const [first, second] = [await merchant.awaitNotification('twice'), await merchant.awaitNotification('twice')]
  assert.deepEqual(first, second)
  assert.notEqual(first.attempt.id, second.attempt.id)
  await merchant.forgeNext('8')
  await pay('forged')
  const forged = await merchant.awaitNotification('forged')
  const token = createHash('sha256').update(`${merchant.iMid}${forged.tXid}100${merchant.key}`).digest('hex')
  assert.deepEqual([forged.status, forged.merchantToken], ['8', token])
  await pay('plain')
  assert.equal((await merchant.awaitNotification('plain')).status, '0')
})

test('a rule counts as often as it says, and only for its merchant', async () => {
  const [merchant, other] = [await simulator.merchant(), await simulator.merchant()]
  const pay = async (of, referenceNo) => (await of.buyer((await of.register(referenceNo, 100)).tXid).pay()).stage
  await merchant.rule({ outcome: 'reject' }, { referenceNo: 'bad-*' }, null)
  const stages = []
  for (const [of, name] of [[merchant, 'bad-1'], [merchant, 'bad-2'], [merchant, 'good'], [other, 'bad-1']]) stages.push(await pay(of, name))
  assert.deepEqual(stages, ['declined', 'declined', 'approved', 'approved'])
  await merchant.rule({ outcome: 'reject' }, {}, 2)
  assert.deepEqual([await pay(merchant, 'x'), await pay(merchant, 'y'), await pay(merchant, 'z')], ['declined', 'declined', 'approved'])
})

test('the customer and the lender act', async () => {
  const merchant = await simulator.merchant()
  const order = async (referenceNo) => (await merchant.register(referenceNo, 300000)).tXid
  assert.equal((await merchant.buyer(await order('1')).pay({ phone: '089900000004' })).stage, 'declined')
  assert.equal((await merchant.buyer(await order('2')).approve()).stage, 'approved')
  assert.equal((await merchant.buyer(await order('3')).reject({ reason: 'limit' })).reason, 'limit')
  assert.equal((await merchant.buyer(await order('4')).abandon()).stage, 'abandoned')
  assert.equal((await merchant.lender(await order('5')).expire()).stage, 'expired')
  for (const [referenceNo, verdict, stage] of [['6', 'approve', 'approved'], ['7', 'reject', 'declined']]) {
    const tXid = await order(referenceNo)
    assert.equal((await merchant.buyer(tXid).review()).stage, 'under-review')
    assert.equal((await merchant.lender(tXid)[verdict]()).stage, stage)
  }
  await assert.rejects(merchant.buyer(await order('8').then((tXid) => merchant.lender(tXid).expire().then(() => tXid))).pay(),
    { name: 'NicepaySimError', status: 409 })
})

test('awaitNotification waits for what is sent later', async () => {
  const merchant = await simulator.merchant()
  const { tXid } = await merchant.register('order-1', 25145)
  const waiting = merchant.awaitNotification('order-1')
  await merchant.buyer(tXid).review()
  assert.equal((await waiting).status, '3')
  await merchant.lender(tXid).approve()
  const next = await merchant.awaitNotification('order-1', { kind: 'approve' })
  assert.deepEqual([next.status, next.attempt.httpStatus, next.attempt.attempt], ['0', 200, 1])
  await merchant.reset()
  await merchant.buyer((await merchant.register('order-1', 25145)).tXid).pay()
  assert.equal((await merchant.awaitNotification('order-1')).status, '0', 'after a reset')
})

test('a notification that does not come fails the test, and shows what came instead', async () => {
  const { merchant } = await paid()
  await assert.rejects(merchant.awaitNotification('order-2', { timeout: '20ms' }), (error) => {
    assert.equal(error.name, 'AssertionError')
    assert.match(error.message, /no notification\.attempted with .*referenceNo=order-2.*nearest: event \d+ has referenceNo=order-1/s)
    return true
  })
  await assert.rejects(merchant.awaitNotification('order-1', { timeout: 'soon' }), { name: 'NicepaySimError', status: 422 })
})

test('expectNone passes when nothing was sent, and fails when something was, or will be', async () => {
  const merchant = await simulator.merchant()
  const { tXid } = await merchant.register('order-1', 25145)
  await merchant.expectNone('order-1')
  await merchant.buyer(tXid).abandon()
  await merchant.expectNone('order-1')
  const { merchant: other } = await paid()
  await assert.rejects(other.expectNone('order-1'), { name: 'AssertionError', message: /expected no notification/ })
  const { merchant: slow } = await paid({ scenario: 'notification-late' })
  await assert.rejects(slow.expectNone('order-1'), { name: 'AssertionError', message: /notification\.scheduled/ })
})

test('verify looks at the events of this merchant', async () => {
  const { merchant } = await paid()
  const expect = [{ type: 'transaction.registered', times: 1 }, { type: 'transaction.approved', times: 1 }]
  assert.equal((await merchant.verify(expect, { referenceNo: 'order-1', inOrder: true })).ok, true)
  await assert.rejects(merchant.verify([...expect].reverse(), { inOrder: true }), { name: 'AssertionError' })
  await assert.rejects(merchant.verify([{ type: 'transaction.declined' }]),
    { name: 'AssertionError', message: /expected at least 1 transaction\.declined/ })
  await assert.rejects(merchant.verify([{ type: 'nothing' }]), { name: 'NicepaySimError', status: 422 })
})

test('a receiver answers as it is told, and keeps what came', async () => {
  const merchant = await simulator.merchant({ scenario: 'notification-duplicate' })
  const receiver = await merchant.receiver([503, 200])
  assert.match(receiver.url, /^http:\/\/127\.0\.0\.1:\d+\/notify$/)
  const { tXid } = await merchant.register('order-1', 25145)
  await merchant.buyer(tXid).pay()
  const answered = [await merchant.awaitNotification('order-1'), await merchant.awaitNotification('order-1')]
  assert.deepEqual(answered.map(({ attempt }) => attempt.httpStatus).sort(), [200, 503])
  assert.deepEqual(receiver.messages.map((message) => message.tXid), [tXid, tXid])
  assert.deepEqual({ ...answered[0] }, receiver.messages[0])
  await simulator.api('POST', `transactions/${tXid}/notify`, {})
  assert.equal((await merchant.awaitNotification('order-1')).attempt.httpStatus, 200, 'the last answer repeats')
})

test('a receiver survives a broken connection, and ends with its merchant', async () => {
  const merchant = await simulator.merchant({ scenario: 'notification-reset' })
  const receiver = await merchant.receiver()
  const { tXid } = await merchant.register('order-1', 25145)
  await merchant.buyer(tXid).pay()
  assert.ok((await merchant.awaitNotification('order-1')).attempt.error)
  assert.deepEqual(receiver.messages, [])
  await merchant.remove()
  const socket = createConnection(new URL(receiver.url).port, '127.0.0.1')
  assert.equal((await once(socket, 'error'))[0].code, 'ECONNREFUSED')
  await assert.rejects(merchant.register('order-2', 1).then(({ resultCd }) => { throw new Error(resultCd) }), { message: '9011' })
})

test('a reset forgets what this merchant did, and nothing else', async () => {
  const [{ merchant }, { merchant: other }] = [await paid(), await paid()]
  await merchant.rejectNext()
  await merchant.reset()
  assert.deepEqual(await simulator.api('GET', `transactions?iMid=${merchant.iMid}`), [])
  assert.deepEqual((await simulator.api('GET', 'rules')).filter(({ iMid }) => iMid === merchant.iMid), [])
  assert.equal((await simulator.api('GET', `transactions?iMid=${other.iMid}`)).length, 1)
})

test('the evidence is text and files, and has no key', async (t) => {
  const { merchant, order } = await paid()
  await merchant.register('order/2', 25145)
  await merchant.register('order-1', 25145)
  const text = await merchant.explainFailure()
  assert.match(text, /^refused: registration 9009 referenceNo\/duplicate: .*\norder-1: approved\nsequenceDiagram\n/)
  assert.match(text, /\norder\/2: registered\nsequenceDiagram\n/)
  const folder = join(folderFor(t), 'a/b')
  await merchant.evidence(folder)
  const names = ['events.json', ...['order%2F2', 'order-1'].flatMap((name) => [`${name}.har`, `${name}.json`, `${name}.svg`])]
  assert.deepEqual(readdirSync(folder).sort(), names.sort())
  const content = (name) => readFileSync(join(folder, name), 'utf8')
  assert.equal(JSON.parse(content('order-1.json')).transaction.tXid, order.tXid)
  assert.ok(JSON.parse(content('order-1.har')).log.entries.length > 0)
  assert.match(content('order-1.svg'), /^<svg/)
  assert.ok(JSON.parse(content('events.json')).some(({ type }) => type === 'transaction.approved'))
  assert.ok(!(text + names.map(content).join('')).includes(merchant.key))
})

test('two payments do not share a file, and no file of a payment is events.json', async (t) => {
  const merchant = await simulator.merchant({ duplicateCheck: false })
  const orders = []
  for (const referenceNo of ['order-1', 'order-1', 'Order-1', 'events']) orders.push(await merchant.register(referenceNo, 25145))
  const folder = folderFor(t)
  await merchant.evidence(folder)
  const names = readdirSync(folder)
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 13)
  const saved = names.filter((name) => name.endsWith('.json') && name !== 'events.json')
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).transaction.tXid)
  assert.deepEqual(saved.sort(), orders.map(({ tXid }) => tXid).sort())
  assert.ok(Array.isArray(JSON.parse(readFileSync(join(folder, 'events.json'), 'utf8'))))
})

test('the explanation has the last three diagrams, or says that no request has arrived', async () => {
  const merchant = await simulator.merchant()
  assert.equal(await merchant.explainFailure(), 'No request with this iMid has arrived.')
  for (const number of [1, 2, 3, 4]) await merchant.register(`order-${number}`, 25145)
  const text = await merchant.explainFailure()
  assert.deepEqual(text.match(/^order-\d: registered\nsequenceDiagram$/gm).map((found) => found[6]), ['2', '3', '4'])
})

test('the client has at most 300 lines, none longer than 120 characters', () => {
  const folders = ['bin', 'src'].map((name) => join(repository, 'clients/node', name))
  const files = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.js')).map((name) => join(folder, name)))
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'))
  assert.ok(files.length >= 7 && lines.length <= 300, `${lines.length} lines`)
  assert.deepEqual(lines.filter((line) => line.length > 120), [])
})

test('exec gives the address of its simulator to a suite', async (t) => {
  const folder = folderFor(t)
  const client = join(repository, 'clients/node/src/simulator.js')
  const code = `import { Simulator } from ${JSON.stringify(client)}
    const s = await Simulator.open()
    const m = await s.merchant()
    const { tXid } = await m.register('order-1', 25145)
    console.log(s.url === process.env.NICEPAY_SIM_URL, (await m.buyer(tXid).pay()).stage, (await m.awaitNotification('order-1')).status)`
  const { code: status, stdout, output } =
    await run(program, ['exec', '--', process.execPath, '--input-type=module', '--eval', code], { cwd: folder })
  assert.deepEqual([status, stdout.trim()], [0, 'true approved 0'], output)
})
