import { test as base } from '@playwright/test'
import { Simulator } from './simulator.js'

export { expect } from '@playwright/test'
export const test = base.extend({
  merchant: ({}, use, info) => Simulator.lend(use, () =>
    [info.status !== info.expectedStatus, info.project.name, ...info.titlePath]),
})

export async function payAsCustomer(page, { phone = '081291891818', pin = '414141', otp = '4567', months } = {}) {
  const [result, error] = ['result-status', 'page-error'].map((id) => page.getByTestId(id))
  const typed = { 'login-phone': phone, 'login-pin': pin, 'otp-input': otp, 'pin-input': pin }
  for (let last = 'none'; ;) {
    const form = page.locator(`form[data-testid$="-form"]:not([data-testid="${last}-form"])`).first()
    await result.or(error).or(form).first().waitFor()
    if (await result.count()) break
    if (await error.count()) throw new Error(`the lender's page says: ${await error.innerText()}`)
    last = (await form.getAttribute('data-testid')).replace('-form', '')
    for (const id in typed) if (id.startsWith(last)) await page.getByTestId(id).fill(typed[id])
    if (months && last === 'plan') await page.locator(`[data-testid=plan-option][value="${months}"]`).check()
    for (const consent of await page.getByTestId('plan-consent').all()) await consent.check()
    await page.getByTestId(`${last}-submit`).click()
  }
  const outcome = await result.getAttribute('data-outcome')
  await page.getByTestId('return').click()
  await result.waitFor({ state: 'detached' })
  return outcome
}
