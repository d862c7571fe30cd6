import { test as base } from 'vitest'
import { Simulator } from './simulator.js'

export const test = base.extend({
  merchant: async ({ task }, use) => {
    const merchant = await (await Simulator.shared()).merchant()
    await use(merchant)
    await merchant.release(task.result?.state === 'fail', task.file.name, task.name)
  },
})
