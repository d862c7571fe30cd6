import type { TestContext } from 'node:test'
import type { Merchant, MerchantOptions } from './simulator.js'

/**
 * Makes the body of a test for node:test from one that needs a merchant. Each test has a merchant of its own. When the
 * test fails, the refusals and the diagrams are printed, and the evidence is saved below `nicepay-evidence`.
 */
export function withMerchant(
  body: (merchant: Merchant, t: TestContext) => unknown,
  options?: MerchantOptions,
): (t: TestContext) => Promise<void>
