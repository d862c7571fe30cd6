import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Merchant } from './merchant.js'
import { checkProgram, findProgram, NicepaySimError } from './program.js'

export class Simulator {
  static #shared
  #child

  constructor(url, log = [], child = undefined) {
    this.url = this.baseUrl = url.replace(/\/+$/, '')
    this.log = log
    this.#child = child
  }

  static async open(flags) {
    const url = process.env.NICEPAY_SIM_URL
    return url ? new Simulator(url).#ready() : Simulator.start(flags)
  }

  static shared(flags) {
    return (Simulator.#shared ??= Simulator.open(flags))
  }

  static async start(flags = []) {
    const program = checkProgram(findProgram())
    const listen = flags.some((flag) => /^--listen(=|$)/.test(flag)) ? [] : ['--listen', '127.0.0.1:0']
    // Nothing is written to its stdin. The system closes this pipe however this process ends; then the program ends.
    const child = spawn(program, [...listen, '--stop-with-stdin', 'true', ...flags])
    const log = []
    createInterface({ input: child.stderr }).on('line', (line) => log.push(line) > 200 && log.shift())
    const line = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new NicepaySimError(`${program} ${why}`))
      child.once('error', (error) => fail(`cannot be run: ${error.message}`))
      child.once('close', (code, signal) => fail(`ended at once, with ${signal ?? code}: ${log.join('\n')}`))
      createInterface({ input: child.stdout }).once('line', resolve)
    })
    // From here on, the program does not keep this process from ending.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref()
    return new Simulator(line.replace('listening on ', ''), log, child).#ready()
  }

  async #ready() {
    await this.api('GET', '../readyz')
    if ((await this.api('GET', 'info')).name === 'nicepay-sim') return this
    throw new NicepaySimError(`what answers at ${this.url} is not nicepay-sim`)
  }

  async api(method, path, json) {
    const options = { method, headers: { 'Content-Type': 'application/json' }, body: json && JSON.stringify(json) }
    const response = await fetch(`${this.url}/__sim/api/${path}`, options).catch((error) => {
      throw new NicepaySimError(`no simulator answers at ${this.url}: ${error.cause?.code ?? error.message}`)
    })
    const text = await response.text()
    const answer = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
    if (response.ok) return answer
    const why = answer.detail ?? `${method} ${response.url}: HTTP ${response.status}. Is this nicepay-sim?`
    throw Object.assign(new NicepaySimError(why), { status: response.status, problem: answer })
  }

  async merchant({ scenario = 'instant', ...fields } = {}) {
    const merchant = new Merchant(this, scenario)
    await this.api('PUT', `merchants/${merchant.iMid}`, { merchantKey: merchant.key, ...fields })
    return merchant.useScenario(scenario)
  }

  advance(by) { return this.api('POST', 'clock/advance', { by }) }
  advanceToNext() { return this.api('POST', 'clock/advance', { to: 'next' }) }

  async stop() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode) return
    this.#child.ref().stdin.end()
    await once(this.#child, 'exit')
  }
}
