// Eight worker processes with two hundred tests each share one simulator, and no test meets another.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Simulator } from 'nicepay-sim'
import { folderFor, repository, run } from './support.js'

const WORKERS = 8
const TESTS = 200

// All tests have the same order number, amount and customer. What differs is the rule of each.
const SUITE = `
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withMerchant } from ${JSON.stringify(join(repository, 'clients/node/src/test.js'))}

const outcomes = [['approve', 'approved', '0'], ['reject', 'declined', '8'], ['review', 'under-review', '3']]
for (let number = 0; number < ${TESTS}; number += 1) {
  const [outcome, stage, status] = outcomes[(number + Number(process.env.WORKER)) % outcomes.length]
  test('test ' + number, withMerchant(async (merchant) => {
    await merchant.rule({ outcome })
    const order = await merchant.register('order-1', 25145)
    assert.equal(order.resultCd, '0000', order.diagnosis)
    assert.equal((await merchant.buyer(order.tXid).pay({ phone: '081291891818' })).stage, stage)
    const notification = await merchant.awaitNotification('order-1')
    assert.deepEqual([notification.tXid, notification.status], [order.tXid, status])
    assert.equal((await merchant.inquiry(order)).status, status)
    await merchant.verify([{ type: 'transaction.registered', times: 1 }, { type: 'notification.attempted', times: 1 }])
  }))
}
`

test(`${WORKERS} workers with ${TESTS} tests each on one simulator`, { timeout: 600_000 }, async (t) => {
  const simulator = await Simulator.start()
  const folder = folderFor(t, { 'suite.test.mjs': SUITE })
  const began = performance.now()
  const workers = await Promise.all(Array.from({ length: WORKERS }, (_, worker) =>
    run(process.execPath, ['--test', '--test-reporter=tap', 'suite.test.mjs'],
      { cwd: folder, env: { NICEPAY_SIM_URL: simulator.url, NICEPAY_SIM_BIN: '/nothing', WORKER: String(worker) } })))
  t.diagnostic(`${WORKERS * TESTS} tests in ${((performance.now() - began) / 1000).toFixed(1)} s`)
  for (const { code, output } of workers) assert.equal(code, 0, output)
  const passes = workers.map(({ stdout }) => stdout.match(/^ok \d+ - test \d+$/gm)?.length)
  assert.deepEqual(passes, Array(WORKERS).fill(TESTS))
  const merchants = (await simulator.api('GET', 'merchants')).map(({ iMid }) => iMid)
  assert.deepEqual(merchants, ['IONPAYTEST', 'PAYLOANTES'], 'each test has removed its merchant')
  await simulator.stop()
})
