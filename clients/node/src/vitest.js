import { test as base } from 'vitest'
import { Simulator } from './simulator.js'

export const test = base.extend({
  merchant: ({ task }, use) => Simulator.lend(use, () => [task.result?.state === 'fail', task.file.name, task.name]),
})
