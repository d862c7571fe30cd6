// Starting, attaching and ending; and everything that can be wrong with the program.
import assert from 'node:assert/strict'
import { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { join } from 'node:path'
import { NicepaySimError, Simulator } from 'nicepay-sim'
import { ended, folderFor, repository, runModule, start, streamOf } from './support.js'

const client = join(repository, 'clients/node/src/simulator.js')
const source = (code) => `import { Simulator } from ${JSON.stringify(client)}\n${code}`

const before = { ...process.env }

/** Sets environment variables for a test. */
function set(t, variables) {
  t.after(() => change(Object.fromEntries(Object.keys(variables).map((name) => [name, before[name]]))))
  change(variables)
}

function change(variables) {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

test('it starts on a free port, and stops', { timeout: 60_000 }, async () => {
  const [one, two] = [await Simulator.start(), await Simulator.start(['--seed', '7'])]
  assert.match(one.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.notEqual(one.url, two.url)
  assert.equal(one.baseUrl, one.url)
  assert.equal((await two.api('GET', 'info')).seed, 7)
  const streams = await Promise.all([streamOf(one.url), streamOf(two.url)])
  await Promise.all([one.stop(), two.stop()])
  await Promise.all(streams.map(ended))
  await one.stop()
  assert.match(one.log.join('\n'), /stopping/)
  await assert.rejects(one.api('GET', 'info'), (error) => error.message.startsWith(`no simulator answers at ${one.url}: `))
})

test('the end of a block with "await using" stops it', async () => {
  const simulator = await Simulator.start()
  const stream = await streamOf(simulator.url)
  await simulator[Symbol.asyncDispose]()
  await ended(stream)
})

test('open starts one without NICEPAY_SIM_URL; shared is the same for all', async (t) => {
  set(t, { NICEPAY_SIM_URL: undefined })
  const simulator = await Simulator.open(['--scenario', 'reject'])
  assert.equal((await simulator.api('GET', 'info')).scenario.name, 'reject')
  await simulator.stop()
  const [shared, again] = await Promise.all([Simulator.shared(), Simulator.shared()])
  assert.equal(shared, again)
  await shared.stop()
})

test('open attaches to NICEPAY_SIM_URL, and stop does not end that simulator', async (t) => {
  const running = await Simulator.start()
  set(t, { NICEPAY_SIM_URL: `${running.url}/` })
  const attached = await Simulator.open()
  assert.deepEqual([attached.url, attached.log], [running.url, undefined])
  await attached.stop()
  assert.equal((await attached.api('GET', 'info')).name, 'nicepay-sim')
  await running.stop()
})

test('NICEPAY_SIM_URL where nothing listens, or something else', async (t) => {
  const server = createServer((request, response) => response.writeHead(200).end('{}')).listen(0, '127.0.0.1')
  t.after(() => server.closeAllConnections())
  t.after(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  set(t, { NICEPAY_SIM_URL: url })
  await assert.rejects(Simulator.open(), { name: 'NicepaySimError', message: `what answers at ${url} (NICEPAY_SIM_URL) is not nicepay-sim` })
  server.removeAllListeners('request').on('request', (request, response) => response.writeHead(404).end())
  await assert.rejects(Simulator.open(), { message: `GET ${url}/__sim/readyz: HTTP 404. Is this nicepay-sim?` })
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  set(t, { NICEPAY_SIM_URL: `http://127.0.0.1:${closed.address().port}` })
  closed.close()
  await once(closed, 'close')
  const message = `no simulator answers at ${process.env.NICEPAY_SIM_URL} (NICEPAY_SIM_URL): ECONNREFUSED`
  await assert.rejects(Simulator.open(), { message })
})

test('the program is missing, has no execute bit, or is a folder', async (t) => {
  const folder = folderFor(t, { program: '#!/bin/sh\n' })
  chmodSync(join(folder, 'program'), 0o644)
  set(t, { NICEPAY_SIM_BIN: join(folder, 'nothing') })
  await assert.rejects(Simulator.start(), { message: `${folder}/nothing cannot be run: there is no such file` })
  set(t, { NICEPAY_SIM_BIN: folder })
  await assert.rejects(Simulator.start(), { message: `${folder} cannot be run: there is no such file` })
  set(t, { NICEPAY_SIM_BIN: join(folder, 'program') })
  const message = `${folder}/program cannot be run: it is not executable (chmod +x)`
  await assert.rejects(Simulator.start(), { name: 'NicepaySimError', message })
})

test('the program is one of another platform, or a text', async (t) => {
  const elf = Buffer.alloc(64)
  elf.write('\x7fELF', 'latin1')
  elf.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18)
  const folder = folderFor(t, { 'other-machine': elf, text: 'touch ran\n', empty: '' })
  for (const name of ['other-machine', 'text', 'empty']) {
    chmodSync(join(folder, name), 0o755)
    set(t, { NICEPAY_SIM_BIN: join(folder, name) })
    const message = `${folder}/${name} cannot be run: it is not a program for ${process.platform}-${process.arch}`
    await assert.rejects(Simulator.start(), { name: 'NicepaySimError', message })
  }
  assert.deepEqual(readdirSync(folder).sort(), ['empty', 'other-machine', 'text'], 'no shell has run it')
})

test('a program that ends at once: its own message is in the error', async (t) => {
  const folder = folderFor(t, { program: '#!/bin/sh\necho "no licence for today" >&2\nexit 7\n' })
  chmodSync(join(folder, 'program'), 0o755)
  set(t, { NICEPAY_SIM_BIN: join(folder, 'program') })
  await assert.rejects(Simulator.start(), { message: `${folder}/program ended with 7: no licence for today` })
})

test('a program whose first line is another one, or does not come, is ended', { timeout: 60_000 }, async (t) => {
  const folder = folderFor(t, { chatty: '#!/bin/sh\necho hello\nexec cat\n', silent: '#!/bin/sh\nexec cat\n' })
  const kill = t.mock.method(ChildProcess.prototype, 'kill')
  const error = async (name) => {
    chmodSync(join(folder, name), 0o755)
    set(t, { NICEPAY_SIM_BIN: join(folder, name) })
    const { message } = await Simulator.start().catch((reason) => reason)
    const child = kill.mock.calls.at(-1).this
    child.ref()
    if (!child.signalCode) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')
    return message
  }
  assert.equal(await error('chatty'), `${folder}/chatty printed "hello": `)
  const limit = t.mock.method(AbortSignal, 'timeout', () => AbortSignal.abort())
  assert.equal(await error('silent'), `${folder}/silent printed no first line within 30 seconds: `)
  assert.deepEqual(limit.mock.calls.map((call) => call.arguments), [[30_000]])
  assert.equal(kill.mock.callCount(), 2)
})

test('a port in use, and wrong settings', async () => {
  const running = await Simulator.start()
  const address = new URL(running.url).host
  await assert.rejects(Simulator.start(['--listen', address]), (error) => {
    assert.match(error.message, new RegExp(`ended with 4: .*${address}.*in use`, 's'))
    return error instanceof NicepaySimError
  })
  await assert.rejects(Simulator.start([`--listen=${address}`]), /ended with 4/)
  await assert.rejects(Simulator.start(['--merchant', 'nothing']), /ended with 3: .*IMID=KEY/s)
  await assert.rejects(Simulator.start(['--no-such-flag']), /ended with 2: .*--no-such-flag/s)
  await running.stop()
})

test('the program is found by NICEPAY_SIM_BIN, then in the platform package, then on the PATH', async (t) => {
  const name = `nicepay-sim-${process.platform}-${process.arch}`
  const modules = folderFor(t, { 'on-path/nicepay-sim': '#!/bin/sh\nexit 51\n', '.bin/nicepay-sim': '#!/bin/sh\nexit 52\n' })
  for (const path of ['on-path/nicepay-sim', '.bin/nicepay-sim']) chmodSync(join(modules, path), 0o755)
  mkdirSync(join(modules, 'node_modules', name), { recursive: true })
  cpSync(join(repository, 'clients/node'), join(modules, 'node_modules/nicepay-sim'), { recursive: true })
  const code = "import { Simulator } from 'nicepay-sim'; await Simulator.start().catch(({ message }) => console.log(message))"
  const path = `${join(modules, '.bin')}:${join(modules, 'on-path')}`
  const message = async (env) => (await runModule(modules, code, { env: { PATH: path, ...env } })).output.trim()

  assert.equal(await message({ NICEPAY_SIM_BIN: undefined }), `${modules}/on-path/nicepay-sim ended with 51:`)
  assert.equal(await message({ NICEPAY_SIM_BIN: undefined, PATH: join(modules, '.bin') }),
    `${name} is not installed, which brings the program; the client also takes NICEPAY_SIM_BIN`)
  cpSync(join(modules, '.bin/nicepay-sim'), join(modules, 'node_modules', name, 'nicepay-sim'))
  assert.equal(await message({ NICEPAY_SIM_BIN: undefined }), `${modules}/node_modules/${name}/nicepay-sim ended with 52:`)
  assert.equal(await message({ NICEPAY_SIM_BIN: '/nothing' }), '/nothing cannot be run: there is no such file')
})

test('a suite that never stops it: both end', { timeout: 60_000 }, async (t) => {
  const folder = folderFor(t)
  const code = source('const s = await Simulator.start(); console.log(s.url); await s.merchant()')
  const suite = start(t, process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
  const stream = streamOf(await suite.line())
  assert.deepEqual(await once(suite.child, 'exit'), [0, null])
  await stream.then(ended, () => undefined)
})

test('kill -9 of the runner ends the simulator', { timeout: 60_000 }, async (t) => {
  const code = source('const s = await Simulator.start(); console.log(s.url); process.stdin.resume()')
  const runner = start(t, process.execPath, ['--input-type=module', '--eval', code])
  const stream = await streamOf(await runner.line())
  runner.child.kill('SIGKILL')
  assert.deepEqual(await once(runner.child, 'exit'), [null, 'SIGKILL'])
  await ended(stream)
})

test('a problem of the control API has its status and its detail', async () => {
  const simulator = await Simulator.start()
  await assert.rejects(simulator.api('GET', 'transactions/nothing'), (error) => {
    assert.deepEqual([error.status, error.problem.type], [404, 'urn:nicepay-sim:problem:not-found'])
    assert.match(error.message, /nothing/)
    return error instanceof NicepaySimError
  })
  assert.equal(await simulator.api('POST', 'reset', {}), null)
  assert.match(await simulator.text('GET', 'info'), /^\{"name":"nicepay-sim"/)
  await simulator.stop()
})

test('the clock is moved by a time, and to what is next', async () => {
  const simulator = await Simulator.start(['--clock', 'manual'])
  const merchant = await simulator.merchant()
  const { tXid } = await merchant.register('order-1', 25145)
  const { now } = await simulator.api('GET', 'clock')
  await merchant.advance('1h')
  const after = await simulator.api('GET', 'clock')
  assert.equal(Date.parse(after.now) - Date.parse(now), 3600e3)
  assert.equal(after.next.kind, 'expiry')
  await simulator.advanceToNext()
  assert.equal((await simulator.api('GET', `transactions/${tXid}`)).stage, 'expired')
  await simulator.stop()
})
