import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import type { z } from 'zod'
import type { HandledCall } from '../answer-call.ts'
import type { knownCardSchema } from '../bank-gateway/known-card.ts'
import type { JournalEntry } from '../external-account/book-state.ts'
import type { FaultName, ServiceName } from '../faults.ts'
import type { outsideAccountsSchema } from '../outside-accounts.ts'
import { type Sandbox, startSandbox } from '../sandbox.ts'
import type { Message } from '../sms/routes.ts'

const keyMaterial = {
  keyId: 'core-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 7).toString('base64url'),
} as const
export const testKey = createSigningKey(keyMaterial)
const realNameMaterial = {
  keyId: 'face-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 9).toString('base64url'),
} as const
export const realNameKey = createSigningKey(realNameMaterial)

export interface Accounts {
  bank: { account: string; balanceFen: number; card?: z.input<typeof knownCardSchema> }[]
  oneCard: { account: string; balanceFen: number }[]
  cardHolders?: z.input<typeof outsideAccountsSchema>['cardHolders']
  utilities?: z.input<typeof outsideAccountsSchema>['utilities']
}

/** A sandbox on free ports with data of its own, and the core's side of its calls. */
export class TestSandbox {
  readonly dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
  #running: Sandbox | undefined
  #coreUrl: string | undefined

  /** @param coreUrl Where the real-name provider calls back; without one there is no provider. */
  static async open(accounts: Accounts, coreUrl?: string): Promise<TestSandbox> {
    const sandbox = new TestSandbox()
    sandbox.#coreUrl = coreUrl
    sandbox.writeAccounts(accounts)
    await sandbox.start()
    return sandbox
  }

  get urls(): Sandbox {
    if (!this.#running) throw new Error('the sandbox is stopped')
    return this.#running
  }

  writeAccounts(accounts: Accounts): void {
    writeFileSync(join(this.dir, 'accounts.json'), JSON.stringify(accounts))
  }

  async start(): Promise<void> {
    this.#running = await startSandbox({
      HOST: '127.0.0.1',
      SANDBOX_PORT: 0,
      BANK_PORT: 0,
      ONE_CARD_PORT: 0,
      UTILITY_PORT: 0,
      DATA_DIR: this.dir,
      PORT_KEY_ID: keyMaterial.keyId,
      PORT_KEY_SECRET: keyMaterial.secret,
      ACCOUNTS_FILE: join(this.dir, 'accounts.json'),
      ...(this.#coreUrl && {
        CORE_URL: this.#coreUrl,
        REAL_NAME_KEY_ID: realNameMaterial.keyId,
        REAL_NAME_KEY_SECRET: realNameMaterial.secret,
      }),
    })
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    this.#running = undefined
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.dir, { recursive: true })
  }

  /** A signed call, whose answer must be signed for it. */
  async call(
    base: string,
    method: 'GET' | 'POST',
    target: string,
    content?: unknown,
    key = testKey,
  ) {
    const { status, text } = await this.callForText(base, method, target, content, key)
    return { status, body: JSON.parse(text) }
  }

  async callForText(
    base: string,
    method: 'GET' | 'POST',
    target: string,
    content?: unknown,
    key = testKey,
  ) {
    const request = signCall(base, method, target, content, key)
    const response = await send(base, request)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const verified = await verifyResponse({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: bytes,
      requestSignature: request.signature,
      findKey: () => key,
      nowMs: Date.now(),
    })
    if (!verified.ok) throw new Error(`${response.status}, not signed for the call`)
    return { status: response.status, text: new TextDecoder().decode(bytes) }
  }

  debit(reference: string, amountFen = 300, account = 'tok-1') {
    const request = { reference, account, amountFen, memo: 'test' }
    return this.call(this.urls.bankUrl, 'POST', '/v1/debits', request)
  }

  query(reference: string) {
    return this.call(this.urls.bankUrl, 'GET', `/v1/debits/${reference}`)
  }

  refund(reference: string, refundReference: string, amountFen: number) {
    const request = { refundReference, amountFen }
    return this.call(this.urls.bankUrl, 'POST', `/v1/debits/${reference}/refunds`, request)
  }

  queryRefund(reference: string, refundReference: string) {
    const target = `/v1/debits/${reference}/refunds/${refundReference}`
    return this.call(this.urls.bankUrl, 'GET', target)
  }

  reverse(reference: string) {
    return this.call(this.urls.bankUrl, 'POST', `/v1/debits/${reference}/reverse`, {})
  }

  async balanceFen(account: string): Promise<number> {
    const answer = await this.call(this.urls.oneCardUrl, 'POST', '/v1/balances', { account })
    return answer.body.balanceFen
  }

  sendSms(reference = 'sms-00000001', phone = '13800001234') {
    const params = { code: '246810' }
    const request = { reference, phone, template: 'enrol-device', params }
    return this.call(this.urls.url, 'POST', '/sms/v1/messages', request)
  }

  /** What the bank has noted, opening balances apart. */
  async bankKinds(): Promise<string[]> {
    const entries = await this.read<JournalEntry>('/bank/journal')
    return entries.map(({ kind }) => kind).filter((kind) => kind !== 'opened')
  }

  async bankCalls(): Promise<string[]> {
    const calls = await this.read<HandledCall>('/bank/calls')
    return calls.map(({ operation, reference, outcome }) => `${operation} ${reference} ${outcome}`)
  }

  inbox(): Promise<Message[]> {
    return this.read<Message>('/inbox.json')
  }

  async read<T>(path: string): Promise<T[]> {
    return (await fetch(this.urls.url + path)).json() as Promise<T[]>
  }

  async setFault(service: ServiceName, fault: FaultName, more: object = {}): Promise<void> {
    const response = await this.postFault({ service, fault, ...more })
    if (!response.ok) throw new Error(`the fault was refused: ${await response.text()}`)
  }

  postFault(content: object): Promise<Response> {
    return fetch(`${this.urls.url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(content),
    })
  }
}

/** What the core would put on the wire. */
export function signCall(
  base: string,
  method: 'GET' | 'POST',
  target: string,
  content?: unknown,
  key = testKey,
) {
  const body = content === undefined ? undefined : JSON.stringify(content)
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const nowMs = Date.now()
  const signed = signRequest({ method, origin: base, target, headers, body, key, nowMs })
  const { signature } = signed
  return { method, target, headers: { ...headers, ...signed.headers }, body, signature }
}
export type SignedCall = ReturnType<typeof signCall>

export function send(base: string, { method, target, headers, body }: SignedCall) {
  const signal = AbortSignal.timeout(4_000)
  return fetch(base + target, { method, headers, signal, ...(body !== undefined && { body }) })
}
