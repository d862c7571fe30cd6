import { Simulator } from './simulator.js'

export const withMerchant = (body, options) => (t) =>
  Simulator.lend((merchant) => body(merchant, t), () => [false, t.name], options)
