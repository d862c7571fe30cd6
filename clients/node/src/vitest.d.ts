import type { TestAPI } from 'vitest'
import type { Merchant } from './simulator.js'

/** Vitest's `test`, with a `merchant` of its own for each test. */
export const test: TestAPI<{ merchant: Merchant }>
