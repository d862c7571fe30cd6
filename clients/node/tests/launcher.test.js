// bin/nicepay-sim.js, as npm installs it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ended, folderFor, program, repository, run, start, streamOf } from './support.js'

const name = `nicepay-sim-${process.platform}-${process.arch}`

/** A folder in which the package is installed, with this as its program. Answers the launcher. */
function installed(t, content) {
  const modules = join(folderFor(t), 'node_modules')
  cpSync(join(repository, 'clients/node'), join(modules, 'nicepay-sim'), { recursive: true })
  if (content !== undefined) {
    mkdirSync(join(modules, name))
    const file = join(modules, name, 'nicepay-sim')
    if (content === program) symlinkSync(program, file)
    else writeFileSync(file, content)
    if (content !== program) chmodSync(file, 0o755)
  }
  return join(modules, 'nicepay-sim/bin/nicepay-sim.js')
}

test('arguments, streams and the exit code are those of the program', async (t) => {
  const launcher = installed(t, program)
  const version = await run(process.execPath, [launcher, '--version'])
  assert.deepEqual([version.code, version.stdout], [0, (await run(program, ['--version'])).stdout])
  const wrong = await run(process.execPath, [launcher, '--merchant', 'nothing'])
  assert.equal(wrong.code, 3)
  assert.match(wrong.stderr, /IMID=KEY/)
})

test('a signal reaches the program, which stops in order', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const launcher = start(t, process.execPath, [installed(t, program), '--listen', '127.0.0.1:0'])
    const stream = await streamOf((await launcher.line()).replace('listening on ', ''))
    launcher.child.kill(signal)
    assert.deepEqual(await once(launcher.child, 'exit'), [0, null])
    assert.match(await launcher.stderr, new RegExp(`stopping on ${signal}`))
    await ended(stream)
  }
})

test('a program that a signal ends, ends the launcher by this signal', async (t) => {
  const { code, signal } = await run(process.execPath, [installed(t, '#!/bin/sh\nkill -TERM $$\n')])
  assert.deepEqual([code, signal], [null, 'SIGTERM'])
})

test('no package for this platform, a file that cannot be run, or none: one sentence', async (t) => {
  const say = async (content, change = () => {}) => {
    const launcher = installed(t, content)
    change(join(launcher, '../../..', name, 'nicepay-sim'))
    const { code, stdout, stderr } = await run(process.execPath, [launcher], { env: { NICEPAY_SIM_BIN: program } })
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
    return stderr.trim()
  }
  assert.equal(await say(undefined), `nicepay-sim: ${name} is not installed, which brings the program; the client also takes NICEPAY_SIM_BIN`)
  assert.match(await say('text'), new RegExp(`^nicepay-sim: .*cannot be run: it is not a program for ${process.platform}-${process.arch}$`))
  assert.match(await say('#!/bin/sh\n', (file) => chmodSync(file, 0o644)), /it is not executable \(chmod \+x\)$/)
  assert.match(await say('#!/no/such/shell\n'), /^nicepay-sim: spawn .*ENOENT$/)
})

test('there is no install script, and the tarball has what is needed', async (t) => {
  const { scripts, files } = JSON.parse(await import('node:fs').then(({ readFileSync }) => readFileSync(join(repository, 'clients/node/package.json'))))
  assert.equal(scripts, undefined)
  assert.deepEqual(files, ['bin', 'src'])
  assert.ok(existsSync(join(repository, 'clients/node/README.md')))
})
