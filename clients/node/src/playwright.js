import { test as base } from '@playwright/test'
import { Simulator } from './simulator.js'

export { expect } from '@playwright/test'
export const test = base.extend({
  merchant: ({}, use, info) => Simulator.lend(use, () =>
    [info.status !== info.expectedStatus, info.project.name, ...info.titlePath]),
})
const SHOPPERS = { akulaku: ['087700000000', '123456', '123456'], indodana: ['0838499610', '123654', '999999'] }
export async function payAsCustomer(page, customer = {}) {
  const control = (id) => page.locator(`[data-testid=${id}]`) // getByTestId may be configured to another attribute.
  const [result, error] = [control('result-status'), control('page-error')]
  for (let last = 'none'; ;) {
    const form = page.locator(`form[data-testid$="-form"]:not([data-testid="${last}-form"])`).first()
    await result.or(error).or(form).first().waitFor()
    if (await result.count()) break
    if (await error.count()) throw new Error(`the lender's page says: ${await error.innerText()}`)
    last = (await form.getAttribute('data-testid')).replace('-form', '')
    const shopper = SHOPPERS[new URL(page.url()).pathname.split('/')[1]] ?? ['081291891818', '414141', '4567']
    const { phone = shopper[0], pin = shopper[1], otp = shopper[2], months } = customer
    const typed = { 'login-phone': phone, 'login-pin': pin, 'otp-input': otp, 'pin-input': pin }
    for (const id in typed) if (id.startsWith(last)) await control(id).fill(typed[id])
    if (months && last === 'plan') {
      const plans = await page.$$eval('[data-testid=plan-option]:enabled', (all) => all.map(({ value }) => value))
      if (!plans.includes(`${months}`)) throw new Error(`there is no plan for ${months} months: ${plans.join(', ')}`)
      await page.locator(`[data-testid=plan-option][value="${months}"]`).check()
    }
    for (const consent of await control('plan-consent').all()) await consent.check()
    await control(`${last}-submit`).click()
  }
  const outcome = await result.getAttribute('data-outcome')
  await control('return').click()
  await result.waitFor({ state: 'detached' })
  return outcome
}
