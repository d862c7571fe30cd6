import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Merchant } from './merchant.js'
import { checkProgram, findProgram, NicepaySimError } from './program.js'

export { NicepaySimError }
export class Simulator {
  static #shared
  #child
  constructor(url, log, child) {
    Object.assign(this, { url, baseUrl: url, log })
    this.#child = child
  }
  static async open(flags) {
    const url = process.env.NICEPAY_SIM_URL?.replace(/\/+$/, '')
    return url ? new Simulator(url).#ready() : Simulator.start(flags)
  }
  static shared(flags) { return (Simulator.#shared ??= Simulator.open(flags)) }
  static async start(flags = []) {
    const program = checkProgram(findProgram())
    const listen = flags.some((flag) => /^--listen(=|$)/.test(flag)) ? [] : ['--listen', '127.0.0.1:0']
    // Nothing is written to its stdin. The system closes this pipe however this process ends; then the program ends.
    const child = spawn(program, [...listen, '--stop-with-stdin', 'true', ...flags])
    const [log, lines] = [[], createInterface({ input: child.stdout })]
    createInterface({ input: child.stderr }).on('line', (line) => log.push(line) > 200 && log.shift())
    const end = once(child, 'close').then(([code, signal]) => ['', `ended with ${signal ?? code}`])
    const first = once(lines, 'line', { signal: AbortSignal.timeout(30e3) })
      .then(([text]) => [text, `printed "${text}"`], () => ['', 'printed no first line within 30 seconds'])
    const [line, why] = await Promise.race([first, end])
    // From here on, the program does not keep this process from ending.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref()
    if (line.startsWith('listening on ')) return new Simulator(line.slice(13), log, child).#ready()
    child.kill('SIGKILL')
    throw new NicepaySimError(`${program} ${why}: ${log.join('\n')}`)
  }
  async #ready() {
    await this.text('GET', '../readyz')
    if ((await this.text('GET', 'info')).startsWith('{"name":"nicepay-sim"')) return this
    throw new NicepaySimError(`what answers at ${this.#place} is not nicepay-sim`)
  }
  get #place() { return this.url + (this.#child ? '' : ' (NICEPAY_SIM_URL)') }
  async text(method, path, json) {
    const options = { method, headers: { 'Content-Type': 'application/json' }, body: json && JSON.stringify(json) }
    const response = await fetch(`${this.url}/__sim/api/${path}`, options).catch((error) => {
      throw new NicepaySimError(`no simulator answers at ${this.#place}: ${error.cause?.code ?? error.message}`)
    })
    if (response.ok) return response.text()
    const problem = await response.json().catch(() => ({}))
    const why = problem.detail ?? `${method} ${response.url}: HTTP ${response.status}. Is this nicepay-sim?`
    throw Object.assign(new NicepaySimError(why), { status: response.status, problem })
  }
  async api(method, path, json) { return JSON.parse(await this.text(method, path, json) || 'null') }
  async merchant({ scenario = 'instant', ...fields } = {}) {
    const [iMid, merchantKey] = [`T${randomBytes(8).toString('hex').slice(1)}`, randomBytes(32).toString('base64')]
    await this.api('PUT', `merchants/${iMid}`, { merchantKey, ...fields })
    if (scenario) await this.api('PUT', `scenario?iMid=${iMid}`, { name: scenario })
    return new Merchant(this, iMid, merchantKey, scenario)
  }
  /** For the test runners. At the end, `outcome` says whether the test has failed, and its names. */
  static async lend(use, outcome, options) {
    const merchant = await (await Simulator.shared()).merchant(options)
    const end = (hasThrown, [hasFailed, ...names] = outcome()) => merchant.release(hasThrown || hasFailed, ...names)
    try { await use(merchant) } catch (error) { await end(true); throw error }
    await end(false)
  }
  advance(by) { return this.api('POST', 'clock/advance', { by }) }
  advanceToNext() { return this.api('POST', 'clock/advance', { to: 'next' }) }
  async stop() {
    if (this.#child?.exitCode !== null || this.#child.signalCode) return
    this.#child.ref()
    this.#child.stdin.end()
    await once(this.#child, 'exit')
  }
  [Symbol.asyncDispose]() { return this.stop() }
}
