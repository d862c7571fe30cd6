import type { Page, PlaywrightTestArgs, PlaywrightTestOptions, PlaywrightWorkerArgs, PlaywrightWorkerOptions, TestType }
  from '@playwright/test'
import type { Merchant } from './simulator.js'

export { expect } from '@playwright/test'

/** Playwright's `test`, with a `merchant` of its own for each test. */
export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & { merchant: Merchant },
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>

/**
 * Goes through the lender's pages, from the first one back to the shop. Returns how the payment ended: `approved`,
 * `declined`, … (`data-outcome` of the result page). Without `months`, it keeps the selected number of months; it throws
 * when there is no plan with these `months`.
 */
export function payAsCustomer(
  page: Page,
  customer?: { phone?: string; pin?: string; otp?: string; months?: number | string },
): Promise<string>
