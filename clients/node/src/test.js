import { Simulator } from './simulator.js'

/** For node:test: `test('…', withMerchant(async (merchant, t) => …))`. */
export const withMerchant = (body, options) => async (t) => {
  const merchant = await (await Simulator.shared()).merchant(options)
  let hasFailed = true
  try {
    await body(merchant, t)
    hasFailed = false
  } finally {
    await merchant.release(hasFailed, t.name)
  }
}
