// bin/nicepay-sim.js, as npm installs it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ended, folderFor, program, repository, run, start, streamOf } from './support.js'

const name = `nicepay-sim-${process.platform}-${process.arch}`
const manifest = JSON.parse(readFileSync(join(repository, 'clients/node/package.json'), 'utf8'))

/** A folder in which the package is installed, with this as its program. Returns the launcher. */
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

test('a signal reaches the program, which stops in order', { timeout: 60_000 }, async (t) => {
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

test('npm installs both packages from their files, without network and without a script of ours', async (t) => {
  const [os, cpu] = [process.platform, process.arch]
  const folder = folderFor(t, {
    'platform/package.json': JSON.stringify({ name, version: manifest.version, os: [os], cpu: [cpu], files: ['nicepay-sim'] }),
    'platform/nicepay-sim': `#!/bin/sh\nexec ${program} "$@"\n`,
    'project/package.json': '{}',
  })
  chmodSync(join(folder, 'platform/nicepay-sim'), 0o755)
  const npm = async (...args) => {
    const { code, output } = await run('npm', args, { cwd: join(folder, 'project'), env: { NICEPAY_SIM_BIN: undefined } })
    assert.equal(code, 0, output)
    return output
  }
  await npm('pack', '--silent', '--pack-destination', folder, join(folder, 'platform'))
  const packed = await npm('pack', '--json', '--pack-destination', folder, join(repository, 'clients/node'))
  const files = JSON.parse(packed)[0].files.map(({ path }) => path)
  assert.ok(files.includes('README.md') && files.includes('src/simulator.d.ts') && !files.some((path) => /^test/.test(path)))
  const tarballs = ['nicepay-sim', name].map((packed) => join(folder, `${packed}-${manifest.version}.tgz`))
  await npm('install', '--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache'), ...tarballs)
  const version = await npm('exec', '--offline', '--', 'nicepay-sim', '--version')
  assert.equal(version, (await run(program, ['--version'])).stdout)
  const code = "import { Simulator } from 'nicepay-sim'; const s = await Simulator.start(); console.log((await s.merchant()).iMid)"
  const client = await run(process.execPath, ['--input-type=module', '--eval', code],
    { cwd: join(folder, 'project'), env: { NICEPAY_SIM_BIN: undefined, PATH: '' } })
  assert.match(client.output, /^T[0-9a-f]{15}\n$/)
  assert.equal(manifest.scripts, undefined)
})
