import { Simulator } from './simulator.js'

/** For node:test: `test('…', withMerchant(async (merchant, t) => …))`. */
export const withMerchant = (body, options) => (t) =>
  Simulator.lend((merchant) => body(merchant, t), () => [false, t.name], options)
