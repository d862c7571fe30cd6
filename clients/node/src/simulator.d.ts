/** An error of the simulator or of its control API. `status` and `problem` are those of a call that was refused. */
export class NicepaySimError extends Error {
  status?: number
  problem?: Record<string, unknown>
}

/** A running simulator: one that this process has started, or one that was there already. */
export class Simulator {
  /** Attaches to the simulator at NICEPAY_SIM_URL; starts one with these flags when it is not set. */
  static open(flags?: string[]): Promise<Simulator>
  /** The simulator of this process. The first call starts it, as `open` does. The helpers use it too. */
  static shared(flags?: string[]): Promise<Simulator>
  /** Starts a simulator on a free port. It ends with this process, however this process ends. */
  static start(flags?: string[]): Promise<Simulator>

  /** Its address, to put in the place of https://dev.nicepay.co.id. */
  readonly url: string
  /** The same as `url`. */
  readonly baseUrl: string
  /** The last lines of its log, if it was started here. */
  readonly log?: string[]

  /** Adds a merchant with an iMid of its own. */
  merchant(options?: MerchantOptions): Promise<Merchant>
  /** Calls the control API, and returns its JSON: `api('POST', 'rules', { then: { outcome: 'reject' } })`. */
  api(method: string, path: string, json?: unknown): Promise<any>
  /** The same for an answer that is not JSON: `text('GET', 'report?format=junit')`. */
  text(method: string, path: string, json?: unknown): Promise<string>
  /** Moves the clock, such as by `24h`. All merchants of the simulator share it. */
  advance(by: string): Promise<ClockMoved>
  /** Moves the clock to what is due next. */
  advanceToNext(): Promise<ClockMoved>
  /** Stops the simulator if it was started here. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface MerchantOptions {
  /** A built-in scenario. Default: `instant`, which has no delays. `null`: that of the simulator. */
  scenario?: string | null
  name?: string
  partners?: ('KDVI' | 'AKLP' | 'IDNA')[]
  /** Whether a second use of a `referenceNo` is refused. Default: true. */
  duplicateCheck?: boolean
}

export interface ClockMoved {
  now: string
  events: Event[]
  [field: string]: unknown
}

/** An event of the log; `docs/reference/events.md` has all types and their fields. */
export interface Event {
  id: number
  type: string
  [field: string]: any
}

/** The conditions of a rule, such as `{ referenceNo: 'order-*' }`. */
export type When = Record<string, unknown>

/** The fields of a notification as they were sent. `attempt` is the event of the attempt; it is not enumerable. */
export type Notification = Record<string, string> & { readonly attempt: Event }

/** NICEPAY's answer. `diagnosis` says why a request was refused. */
export interface Answer {
  resultCd: string
  resultMsg: string
  tXid: string
  referenceNo: string
  amt: string
  diagnosis?: string
  [field: string]: any
}

export interface Played {
  stage: string
  callbackUrl: string | null
  rule?: string
  reason?: string
  [field: string]: unknown
}

export interface BuyerFields {
  phone?: string
  instmntMon?: number | string
}

export interface Expectation {
  type?: string
  times?: number | { atLeast?: number; atMost?: number }
  where?: Record<string, unknown>
  referenceNo?: string
  tXid?: string
}

/** A merchant that a test has for itself. */
export class Merchant {
  readonly simulator: Simulator
  readonly iMid: string
  readonly key: string
  /** NICEPAY_BASE_URL, NICEPAY_IMID and NICEPAY_MERCHANT_KEY, for an application. */
  readonly env: { NICEPAY_BASE_URL: string; NICEPAY_IMID: string; NICEPAY_MERCHANT_KEY: string }
  /** The `dbProcessUrl` of `register`: the newest receiver, or else an inbox of the simulator. */
  notifyUrl: string

  /** The next payment is rejected; with `when`, the next that fits. Returns the rule's id, as all of these do. */
  rejectNext(when?: When): Promise<string>
  /** The next payment is under review, until `lender(tXid)` decides. */
  reviewNext(when?: When): Promise<string>
  /** The next notification is sent twice. */
  notifyTwice(when?: When): Promise<string>
  /** The next notification has another status (default: the wrong one of `0` and `8`), and a valid merchantToken. */
  forgeNext(status?: string, when?: When): Promise<string>
  /** Adds a rule for the next `times` payments; `null` is for all. */
  rule(then: Record<string, unknown>, when?: When, times?: number | null): Promise<string>

  /** Acts as the customer. `pay` does what rules and account decide; the others force an outcome. */
  buyer(tXid: string): {
    pay(fields?: BuyerFields): Promise<Played>
    approve(fields?: BuyerFields): Promise<Played>
    reject(fields?: BuyerFields & { reason?: string }): Promise<Played>
    review(fields?: BuyerFields): Promise<Played>
    abandon(fields?: BuyerFields): Promise<Played>
  }
  /** Acts as the lender. `approve` and `reject` end a review; `expire` ends an open payment. */
  lender(tXid: string): { approve(): Promise<Played>; reject(): Promise<Played>; expire(): Promise<Played> }

  /** Registers a sample order, as a shop does it. `fields` replace those of the request. */
  register(referenceNo: string, amt: number | string, fields?: Record<string, string>): Promise<Answer>
  /** Asks for the status of an order. */
  inquiry(order: { tXid: string; referenceNo: string; amt: string }): Promise<Answer>
  /** Refunds an order, or a part of it. */
  cancel(order: { tXid: string; referenceNo: string; amt: string }, amt?: number | string): Promise<Answer>

  /** Starts a server in this process that receives notifications. `answers` are its HTTP statuses; the last repeats. */
  receiver(answers?: number[]): Promise<{ readonly url: string; readonly messages: Record<string, string>[] }>
  /** Waits until a notification of this order was sent. The next call waits for the next one. Default timeout: 10 s. */
  awaitNotification(referenceNo: string, fields?: { timeout?: string; [field: string]: any }): Promise<Notification>
  /** Fails if a notification of this order was sent, or is going to be sent. Does not wait. */
  expectNone(referenceNo: string): Promise<unknown>
  /** Fails unless the events of this merchant are as expected. */
  verify(expect: Expectation[], options?: { referenceNo?: string; inOrder?: boolean; [field: string]: unknown }): Promise<any>
  /** Moves the clock of the simulator, which all its merchants share. */
  advance(by: string): Promise<ClockMoved>

  /** Forgets what this merchant did, with its rules. Its scenario stays. */
  reset(): Promise<void>
  /** Removes the merchant with everything that belongs to it, and its receivers. */
  remove(): Promise<void>

  /** Says why requests were refused, and shows the last three orders as Mermaid diagrams. */
  explainFailure(): Promise<string>
  /** Saves the events, and of each order the evidence, the HTTP messages (HAR) and the diagram (SVG). */
  evidence(folder: string): Promise<void>
}
