// The programs of the guides run as they are printed, with the packages that npm would install.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { block, folderFor, misses, repository, run, tools } from './support.js'

const NODE = 'docs/guides/node.md'
const PLAYWRIGHT = 'docs/guides/playwright.md'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** A project with blocks of a page, and with the example shop, in a folder in which npm has installed the packages. */
function project(t, page, names, files = {}) {
  const blocks = Object.fromEntries(names.map((name) => [name, block(page, name)]))
  const folder = folderFor(t, { ...blocks, 'package.json': '{}', ...files }, { inTools: true })
  symlinkSync(join(repository, 'examples'), join(folder, 'examples'))
  return folder
}

/** Runs files by node:test; returns the lines about the tests. */
async function nodeTest(folder, files) {
  const { code, output } = await run(process.execPath, ['--test', '--test-reporter=tap', ...files], { cwd: folder })
  assert.equal(code, 0, output)
  assert.ok(!existsSync(join(folder, 'nicepay-evidence')), 'no test has failed')
  return output
}

test('the suite of eight tests, with at most ten lines of set-up', async (t) => {
  const code = block(NODE, 'payments.test.mjs')
  const setUp = code.slice(0, code.indexOf('\ntest(')).split('\n').filter((line) => line && !line.startsWith('//'))
  assert.ok(setUp.length <= 10, `${setUp.length} lines of set-up`)
  const output = await nodeTest(project(t, NODE, ['payments.test.mjs']), ['payments.test.mjs'])
  assert.match(output, /^# tests 8\n[\s\S]*^# pass 8$/m)
})

test('the other tests of the guide', async (t) => {
  const names = ['in-process.test.mjs', 'child-process.test.mjs', 'settings.test.mjs', 'report.test.mjs']
  const folder = project(t, NODE, names)
  const output = await nodeTest(folder, names)
  assert.match(output, /^# pass 4$/m)
  const report = readFileSync(join(folder, 'nicepay-report.xml'), 'utf8')
  const [, checks, skipped] = report.match(/<testsuites .*?tests="(\d+)" .*?skipped="(\d+)"/)
  assert.ok(Number(skipped) < Number(checks), 'the report judges what the tests did')
})

test('every program of the guides is run by these tests', () => {
  const all = [NODE, PLAYWRIGHT].flatMap((page) =>
    [...readFileSync(join(repository, page), 'utf8').matchAll(/^```js,check\n\/\/ (\S+)/gm)].map(([, name]) => name))
  const own = readFileSync(join(repository, 'clients/node/tests/guide.test.js'), 'utf8')
  assert.equal(all.length, 7)
  for (const name of all) assert.ok(own.includes(`'${name}'`), name)
})

test('Vitest: the test of the guide, and what is saved after a failure', { skip: misses('vitest') }, async (t) => {
  const failing = `import { expect } from 'vitest'
import { test } from 'nicepay-sim/vitest'
test('it fails: always', async ({ merchant }) => {
  await merchant.register('order-1', 1)
  expect((await merchant.register('order-1', 1)).resultCd).toBe('0000')
})
test('it passes', async ({ merchant }) => { expect((await merchant.register('order-1', 1)).resultCd).toBe('0000') })
`
  const folder = project(t, NODE, ['payments.spec.mjs'], { 'failing.spec.mjs': failing })
  const vitest = join(tools, 'node_modules/vitest/vitest.mjs')
  const good = await run(process.execPath, [vitest, 'run', '--root', folder, 'payments.spec.mjs'], { cwd: folder })
  assert.equal(good.code, 0, good.output)
  assert.match(good.output, /1 passed/)
  for (const pool of ['forks', 'threads']) {
    const bad = await run(process.execPath, [vitest, 'run', '--root', folder, '--pool', pool, 'failing.spec.mjs'], { cwd: folder })
    assert.equal(bad.code, 1, bad.output)
    assert.match(bad.output, /1 failed \| 1 passed/)
    assert.match(bad.output, /expected '9009' to be '0000'/)
    assert.match(bad.output, /refused: registration 9009 referenceNo\/duplicate/)
    assert.deepEqual(readdirSync(join(folder, 'nicepay-evidence')), ['failing-spec-mjs-it-fails-always'])
  }
})

const CONFIGURATION = `export default {
  workers: 1,
  reporter: 'line',
  use: { locale: 'en-US', launchOptions: { executablePath: ${JSON.stringify(CHROMIUM)}, args: ['--no-sandbox'] } },
}`

/** Runs files by Playwright. */
function playwright(folder, files) {
  const cli = join(tools, 'node_modules/@playwright/test/cli.js')
  return run(process.execPath, [cli, 'test', ...files], { cwd: folder, env: { CI: '1' } })
}
const lacks = misses('@playwright/test') || (existsSync(CHROMIUM) ? false : `${CHROMIUM} is missing`)

test('Playwright: the tests of the guide', { skip: lacks }, async (t) => {
  const folder = project(t, PLAYWRIGHT, ['shop.spec.mjs'], { 'playwright.config.mjs': CONFIGURATION })
  const { code, output } = await playwright(folder, ['shop.spec.mjs'])
  assert.equal(code, 0, output)
  assert.match(output, /2 passed/)
})

test('Playwright: each lender, a wrong PIN, and what is saved after a failure', { skip: lacks }, async (t) => {
  const spec = `import { createHash } from 'node:crypto'
import { test, expect, payAsCustomer } from 'nicepay-sim/playwright'

async function open(page, merchant, fields) {
  const order = await merchant.register('order-1', 300000, fields)
  const values = ['20260101000000', merchant.iMid, 'order-1', '300000', merchant.key]
  const merchantToken = createHash('sha256').update(values.join('')).digest('hex')
  const query = { timeStamp: values[0], tXid: order.tXid, merchantToken, callBackUrl: merchant.simulator.url + '/' }
  await page.goto(merchant.env.NICEPAY_BASE_URL + '/direct/v2/payment?' + new URLSearchParams(query))
}
for (const mitraCd of ['KDVI', 'AKLP', 'IDNA']) {
  test('lender ' + mitraCd, async ({ page, merchant }) => {
    await open(page, merchant, { mitraCd })
    expect(await payAsCustomer(page)).toBe('approved')
    expect((await merchant.awaitNotification('order-1')).mitraCd).toBe(mitraCd)
  })
}
test('a wrong PIN', async ({ page, merchant }) => {
  await open(page, merchant, {})
  await expect(payAsCustomer(page, { pin: '000000' })).rejects.toThrow(/the lender's page says: .*PIN/)
})
test('a plan that is not offered', async ({ page, merchant }) => {
  await open(page, merchant, {})
  await expect(payAsCustomer(page, { months: 5 })).rejects.toThrow(/^there is no plan for 5 months: 1, 3, 6, \\d+/)
})
test('another shopper', async ({ page, merchant }) => {
  await open(page, merchant, {})
  expect(await payAsCustomer(page, { phone: '089900000004', pin: '123456', months: '6' })).toBe('declined')
  expect((await merchant.awaitNotification('order-1')).instmntMon).toBe('6')
})
test('it fails', async ({ page, merchant }) => {
  await open(page, merchant, {})
  expect(await payAsCustomer(page)).toBe('declined')
})
`
  const folder = folderFor(t, { 'package.json': '{}', 'lenders.spec.mjs': spec, 'playwright.config.mjs': CONFIGURATION },
    { inTools: true })
  const { code, output } = await playwright(folder, ['lenders.spec.mjs'])
  assert.equal(code, 1, output)
  assert.match(output, /1 failed[\s\S]*6 passed/, output)
  assert.match(output, /Expected: "declined"/)
  assert.match(output, /order-1: approved/)
  const saved = join(folder, 'nicepay-evidence/lenders-spec-mjs-it-fails')
  assert.deepEqual(readdirSync(saved).sort(), ['events.json', 'order-1.har', 'order-1.json', 'order-1.svg'])
})
