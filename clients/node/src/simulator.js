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
    this.url = this.baseUrl = url.replace(/\/+$/, '')
    this.log = log
    this.#child = child
  }
  static async open(flags) {
    const url = process.env.NICEPAY_SIM_URL
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
    const [line, cause] = await Promise.race([once(lines, 'line'), once(child, 'close')])
    if (typeof line !== 'string') throw new NicepaySimError(`${program} ended with ${cause ?? line}: ${log.join('\n')}`)
    // From here on, the program does not keep this process from ending.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref()
    return new Simulator(line.replace('listening on ', ''), log, child).#ready()
  }
  async #ready() {
    await this.text('GET', '../readyz')
    if ((await this.text('GET', 'info')).startsWith('{"name":"nicepay-sim"')) return this
    throw new NicepaySimError(`what answers at ${this.url} is not nicepay-sim`)
  }

  async text(method, path, json) {
    const options = { method, headers: { 'Content-Type': 'application/json' }, body: json && JSON.stringify(json) }
    const response = await fetch(`${this.url}/__sim/api/${path}`, options).catch((error) => {
      throw new NicepaySimError(`no simulator answers at ${this.url}: ${error.cause?.code ?? error.message}`)
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
    let hasThrown = true
    try {
      await use(merchant)
      hasThrown = false
    } finally {
      const [hasFailed, ...names] = outcome()
      await merchant.release(hasThrown || hasFailed, ...names)
    }
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
