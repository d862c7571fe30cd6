// What the tests share: folders, processes, and the condition that a process has ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
export const program = process.env.NICEPAY_SIM_BIN
export const tools = process.env.NICEPAY_SIM_TOOLS

/** Whether a package of npm is there for this test. The reason is what a skipped test shows. */
export const misses = (name) => existsSync(join(tools, 'node_modules', name)) ? false : `${name} is not installed`

/** A folder with files, which is removed after the test. With `inTools`, its modules can import the packages there. */
export function folderFor(t, files = {}, { inTools = false } = {}) {
  const folder = mkdtempSync(join(inTools ? tools : tmpdir(), 'nicepay-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** The environment of a test runner in this one: without what the runner of these tests has set. */
export function environment(changes = {}) {
  const { NODE_TEST_CONTEXT, NICEPAY_SIM_URL, NICEPAY_SIM_EXEC, FORCE_COLOR, ...others } = process.env
  return Object.fromEntries(Object.entries({ ...others, NO_COLOR: '1', ...changes }).filter(([, value]) => value !== undefined))
}

/** Runs a program to its end. */
export async function run(command, args, { env, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(env), ...options })
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, signal, stdout, stderr, output: stdout + stderr }
}

/** Runs Node on a module that is given as text. */
export const runModule = (folder, source, options) =>
  run(process.execPath, ['--input-type=module', '--eval', source], { cwd: folder, ...options })

/** Starts a program that goes on. `line()` returns its next line on stdout. */
export function start(t, command, args, { env, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment(env), ...options })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, line: async () => (await lines.next()).value, stderr: text(child.stderr) }
}

/** Waits until the simulator at this address has ended: its event stream breaks when it does. */
export async function ended(stream) {
  await stream.text().catch(() => undefined)
}

/** An event stream of a simulator: its end is the end of the simulator. */
export const streamOf = (url) => fetch(`${url}/__sim/api/events/stream`)

/** The block of code in a page of the documents that begins with this comment. */
export function block(page, name) {
  const markdown = readFileSync(join(repository, page), 'utf8')
  const found = [...markdown.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].filter(([, , code]) => code.startsWith(`// ${name}`))
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks ${name}`)
  return found[0][2]
}
