// What node:test shows and saves when a test fails.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Simulator } from 'nicepay-sim'
import { folderFor, misses, repository, run, tools } from './support.js'

const SUITE = `
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withMerchant } from ${JSON.stringify(join(repository, 'clients/node/src/test.js'))}

test('it fails / with "signs"', withMerchant(async (merchant, t) => {
  assert.equal(t.name, 'it fails / with "signs"')
  await merchant.register('order-1', 25145)
  await merchant.register('order-1', 25145)
  assert.equal(1, 2, 'the failure of the test')
}))
test('it passes', withMerchant((merchant) => assert.match(merchant.iMid, /^T/)))
test('it throws at once', withMerchant(() => { throw new Error('at once') }))
`
const FAILS = 'suite-test-mjs-it-fails-with-signs-'
const runSuite = (folder, options, files = ['suite.test.mjs']) =>
  run(process.execPath, ['--test', '--test-reporter=tap', ...files], { cwd: folder, ...options })

test('the refusals and the diagram are printed, and the evidence is saved', async (t) => {
  const folder = folderFor(t, { 'suite.test.mjs': SUITE })
  const { code, output } = await runSuite(folder)
  assert.equal(code, 1, output)
  assert.match(output, /^# pass 1\n# fail 2$/m)
  assert.match(output, /the failure of the test/)
  assert.match(output, /refused: registration 9009 referenceNo\/duplicate/)
  assert.match(output, /order-1: registered\n# sequenceDiagram/)
  assert.deepEqual(readdirSync(join(folder, 'nicepay-evidence')).sort(), [FAILS, 'suite-test-mjs-it-throws-at-once'])
  assert.deepEqual(readdirSync(join(folder, 'nicepay-evidence', FAILS)).sort(),
    ['events.json', 'order-1.har', 'order-1.json', 'order-1.svg'])
  assert.match(output, new RegExp(`^# Evidence: nicepay-evidence/${FAILS}$`, 'm'))
  assert.match(output, /^# No request with this iMid has arrived\.$/m)
})

test('a timeout, a subtest that fails, and tests of one title have evidence', async (t) => {
  const suite = `
import { describe, test } from 'node:test'
import { withMerchant } from ${JSON.stringify(join(repository, 'clients/node/src/test.js'))}
// It never ends. The timer holds the process until the runner gives up the test, as a request does.
const never = (merchant, t) => new Promise(() => {
  const timer = setTimeout(() => {}, 600_000)
  t.signal.addEventListener('abort', () => clearTimeout(timer))
})
const fail = withMerchant(() => { throw new Error('it fails') })

test('it hangs', { timeout: 500 }, withMerchant(never))
test('it has subtests', withMerchant(async (merchant, t) => {
  await t.test('good', () => {})
  await t.test('bad', () => { throw new Error('of the subtest') })
}))
test('its subtest is good', withMerchant((merchant, t) => t.test('good', () => {})))
describe('one', () => { test('it fails', fail) })
describe('two', () => { test('it fails', fail) })
test('日本'.repeat(60), fail)
`
  const folder = folderFor(t, { 'suite.test.mjs': suite, 'b/suite.test.mjs': suite })
  const { code, output } = await runSuite(folder, {}, ['suite.test.mjs', 'b/suite.test.mjs'])
  assert.equal(code, 1, output)
  const [hasPassed, hasFullName] = ['passed', 'fullName'].map((name) => name in t) // Node 18 has neither.
  const own = ['it-hangs', ...(hasPassed ? ['it-has-subtests'] : []), ...(hasFullName ? ['one-it-fails', 'two-it-fails'] : ['it-fails'])]
  const files = { 'suite-test-mjs': '-', 'b-suite-test-mjs': '' } // 200 bytes are 61 of these characters, and 2 bytes or none.
  const expected = Object.entries(files).flatMap(([file, end]) =>
    [...own, `${'日本'.repeat(30)}日${end}`].map((name) => `${file}-${name}`))
  assert.deepEqual(readdirSync(join(folder, 'nicepay-evidence')).sort(), expected.sort(), output)
})

test('with NICEPAY_SIM_URL, the merchant of a passed test is removed, and in exec it is kept', async (t) => {
  const simulator = await Simulator.start()
  t.after(() => simulator.stop())
  const count = async (env) => {
    const folder = folderFor(t, { 'suite.test.mjs': SUITE })
    await runSuite(folder, { env: { NICEPAY_SIM_URL: simulator.url, NICEPAY_SIM_BIN: '/nothing', ...env } })
    const { length } = (await simulator.api('GET', 'merchants')).filter(({ iMid }) => /^T[0-9a-f]{15}$/.test(iMid))
    return length
  }
  assert.equal(await count(), 2, 'those of the tests that have failed')
  assert.equal(await count({ NICEPAY_SIM_EXEC: '1' }), 5, 'three more')
})

test('where the evidence cannot be written, the failure of the test is reported all the same', async (t) => {
  const folder = folderFor(t, { 'suite.test.mjs': SUITE, 'nicepay-evidence': 'a file in its place' })
  const { code, output } = await runSuite(folder)
  assert.equal(code, 1, output)
  assert.match(output, /^# pass 1\n# fail 2$/m)
  assert.match(output, /the failure of the test/)
  assert.match(output, /No evidence: E(NOTDIR|EXIST)/)
  assert.match(output, /refused: registration 9009/)
})

test('a read-only file system, as user 65534 without a home', { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
  const folder = folderFor(t, { 'suite.test.mjs': SUITE.replaceAll(repository, '.') })
  mkdirSync(join(folder, 'clients'))
  await run('cp', ['-r', join(repository, 'clients/node'), join(folder, 'clients/node')])
  await run('cp', [process.env.NICEPAY_SIM_BIN, join(folder, 'nicepay-sim')])
  await run('chmod', ['-R', 'a+rX,a-w', folder])
  writeFileSync(join(folder, 'suite.test.mjs'), SUITE.replaceAll(repository, folder))
  const env = { NICEPAY_SIM_BIN: join(folder, 'nicepay-sim'), HOME: '/nonexistent', TMPDIR: '/nonexistent' }
  const { code, output } = await runSuite(folder, { uid: 65534, gid: 65534, env })
  assert.equal(code, 1, output)
  assert.match(output, /^# pass 1\n# fail 2$/m)
  assert.match(output, /the failure of the test/)
  assert.match(output, /No evidence: EACCES/)
})

test('a simulator that is gone does not hide the failure of the test', async (t) => {
  const suite = SUITE.replace("assert.equal(1, 2, 'the failure", "await merchant.simulator.stop(); assert.equal(1, 2, 'the failure")
  const { code, output } = await runSuite(folderFor(t, { 'suite.test.mjs': suite }))
  assert.equal(code, 1, output)
  assert.match(output, /the failure of the test/)
  assert.match(output, /No evidence: no simulator answers at http:/)
})

test('the declarations fit the client', { skip: misses('typescript') || misses('@types/node') }, async (t) => {
  const use = `
import { NicepaySimError, Simulator, type Merchant, type Notification } from 'nicepay-sim'
import { withMerchant } from 'nicepay-sim/test'
import { test } from 'node:test'
import { test as vitest } from 'nicepay-sim/vitest'
import { test as playwright, expect, payAsCustomer } from 'nicepay-sim/playwright'

test('', withMerchant(async (merchant: Merchant, t) => {
  const order = await merchant.register(t.name, 1)
  await merchant.buyer(order.tXid).reject({ reason: 'limit' })
  const notification: Notification = await merchant.awaitNotification('1', { timeout: '1s' })
  const status: string = notification.status
  const http: number = notification.attempt.httpStatus
  await merchant.verify([{ type: 'transaction.approved', times: { atLeast: 1 } }], { inOrder: true })
  const messages: Record<string, string>[] = (await merchant.receiver([500, 200])).messages
  // @ts-expect-error: there is no such verb
  merchant.lender(order.tXid).pay()
}, { scenario: null }))
vitest('', async ({ merchant }) => { await merchant.cancel(await merchant.register('1', 2), 1) })
playwright('', async ({ page, merchant }) => { expect(await payAsCustomer(page, { months: 3 })).toBe(merchant.iMid) })
export const error: Error = new NicepaySimError('')
export const simulator: Promise<Simulator> = Simulator.start(['--seed', '1'])
`
  const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', skipLibCheck: true, types: ['node'] }
  const folder = folderFor(t, { 'use.mts': use, 'package.json': '{"type":"module"}',
    'tsconfig.json': JSON.stringify({ compilerOptions: options, files: ['use.mts'] }) }, { inTools: true })
  const { code, output } = await run(process.execPath, [join(tools, 'node_modules/typescript/bin/tsc'), '-p', folder])
  assert.equal(code, 0, output)
})
