import { relative } from 'node:path'
import { Simulator } from './simulator.js'

export const withMerchant = (body, options) => async (t) => {
  let hasFailed = false // Where Node has `passed` (since 20.12): whether a subtest has.
  t.afterEach?.((subtest) => { hasFailed ||= subtest?.passed === false })
  const timeout = () => new Promise((_, reject) => t.signal.addEventListener('abort', () => reject(t.signal.reason)))
  const names = [relative('', t.filePath ?? process.argv[1] ?? ''), t.fullName ?? t.name]
  await Simulator.lend((merchant) => t.signal.throwIfAborted() ?? Promise.race([body(merchant, t), timeout()]),
    () => [hasFailed || t.signal.aborted, ...names], options)
}
