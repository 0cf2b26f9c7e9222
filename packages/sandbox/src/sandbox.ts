import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { Hono } from 'hono'
import type { HandledCall } from './answer-call.ts'
import { type CheckEntry, createCheckBook } from './bank-gateway/check-book.ts'
import type { Config } from './config.ts'
import { createAccountBook } from './external-account/account-book.ts'
import type { JournalEntry } from './external-account/book-state.ts'
import { createPeopleBook } from './external-account/people-book.ts'
import { createExternalAccountApp } from './external-account/routes.ts'
import { Faults } from './faults.ts'
import { openJournal } from './journal.ts'
import { createLibraryApp } from './library/library-app.ts'
import { Listener } from './listener.ts'
import { outsideAccountsSchema } from './outside-accounts.ts'
import { createPages } from './pages.ts'
import type { FaceEntry } from './real-name/face-book.ts'
import { createRealNameApp } from './real-name/routes.ts'
import { createSmsApp, type Message, sendOnce } from './sms/routes.ts'
import { createUtilityApp } from './utility/routes.ts'
import { createTopUpBook, type UtilityEntry } from './utility/top-up-book.ts'
import { openWechat } from './wechat/open-wechat.ts'
import type { TemplateMessage } from './wechat/template-messages.ts'
import type { TradeEntry } from './wechat/trade-book.ts'

/**
 * The outside world of the demo and of the tests: a bank and a one-card system at ports of their
 * own, which can be taken away, and an SMS and a real-name provider beside the pages that show it all.
 */
export async function startSandbox(config: Config): Promise<Sandbox> {
  const { HOST, DATA_DIR } = config
  const key = createSigningKey({
    keyId: config.PORT_KEY_ID,
    algorithm: 'hmac-sha256',
    secret: config.PORT_KEY_SECRET,
  })
  const accounts = outsideAccountsSchema.parse(
    JSON.parse(readFileSync(config.ACCOUNTS_FILE, 'utf8')),
  )
  const faults = new Faults()
  const stopping = new AbortController()
  function openRecords<T>(name: string) {
    const calls: HandledCall[] = []
    return { journal: openJournal<T>(join(DATA_DIR, 'sandbox', `${name}.jsonl`)), calls }
  }
  const bank = openRecords<JournalEntry>('bank')
  const oneCard = openRecords<JournalEntry>('one-card')
  const sms = openRecords<Message>('sms')
  const realName = openRecords<FaceEntry>('real-name')
  const utility = openRecords<UtilityEntry>('utility')
  const wechat = openRecords<TradeEntry>('wechat')
  const wechatMessages = openJournal<TemplateMessage>(
    join(DATA_DIR, 'sandbox', 'wechat-messages.jsonl'),
  )
  const cardChecks = openJournal<CheckEntry>(join(DATA_DIR, 'sandbox', 'bank-card-checks.jsonl'))
  const checks = createCheckBook({
    journal: cardChecks,
    cards: accounts.bank.flatMap(({ account, card }) =>
      card ? [{ ...card, token: account }] : [],
    ),
    secret: config.PORT_KEY_SECRET,
    sendSms: (message) => sendOnce(sms.journal, message),
  })

  function listenAt(service: 'bank' | 'one-card', port: number): Listener {
    const opening = service === 'bank' ? accounts.bank : accounts.oneCard
    const { journal, calls } = service === 'bank' ? bank : oneCard
    const openingFen = new Map(opening.map(({ account, balanceFen }) => [account, balanceFen]))
    const listener: Listener = new Listener(
      createExternalAccountApp({
        service,
        book: createAccountBook(journal, openingFen),
        journal,
        calls,
        faults,
        key,
        origin: () => listener.origin,
        withBalances: service === 'one-card',
        ...(service === 'one-card' && { people: createPeopleBook(accounts.cardHolders) }),
        ...(service === 'bank' && { checks }),
        stopping: stopping.signal,
      }),
      HOST,
      port,
    )
    faults.onChange(service, (fault) => (fault === 'down' ? listener.down() : listener.up()))
    return listener
  }

  function listenForUtilities(): Listener {
    const { journal, calls } = utility
    const listener: Listener = new Listener(
      createUtilityApp({
        book: createTopUpBook(journal, accounts.utilities),
        ...{ calls, faults, key, origin: () => listener.origin, stopping: stopping.signal },
      }),
      HOST,
      config.UTILITY_PORT,
    )
    faults.onChange('utility', (fault) => (fault === 'down' ? listener.down() : listener.up()))
    return listener
  }

  const front = new Hono()
  const pages: Listener = new Listener(front, HOST, config.SANDBOX_PORT)
  front.route(
    '/',
    createPages({
      bank: { ...bank, cardChecks },
      oneCard,
      sms,
      realName,
      utility,
      wechat,
      wechatMessages,
      faults,
    }),
  )
  front.route('/sms', createSmsApp({ ...sms, faults, key, origin: () => pages.origin }) as never)
  const { REAL_NAME_KEY_ID: keyId, REAL_NAME_KEY_SECRET: secret, CORE_URL: coreUrl } = config
  if (keyId && secret && coreUrl) {
    const realNameApp = createRealNameApp({
      ...{ ...realName, faults, secret, coreUrl },
      key: createSigningKey({ keyId, algorithm: 'hmac-sha256', secret }),
      origin: () => pages.origin,
      stopping: stopping.signal,
    })
    front.route('/real-name', realNameApp as never)
  }
  const { BFF_URL: bffUrl } = config
  if (bffUrl) {
    front.route('/library', createLibraryApp({ bffUrl, url: () => `${pages.origin}/library` }))
  }
  const wechatListener = await openWechat(config, {
    ...wechat,
    ...{ messageJournal: wechatMessages, faults, stopping: stopping.signal },
  })
  const listeners = {
    bank: listenAt('bank', config.BANK_PORT),
    oneCard: listenAt('one-card', config.ONE_CARD_PORT),
    utility: listenForUtilities(),
    pages,
    ...(wechatListener && { wechat: wechatListener }),
  }
  for (const listener of Object.values(listeners)) await listener.up()
  return {
    bankUrl: listeners.bank.origin,
    oneCardUrl: listeners.oneCard.origin,
    utilityUrl: listeners.utility.origin,
    wechatUrl: wechatListener?.origin,
    url: pages.origin,
    async stop() {
      stopping.abort()
      for (const listener of Object.values(listeners)) await listener.down()
      for (const { journal } of [bank, oneCard, sms, realName, utility, wechat]) journal.close()
      cardChecks.close()
      wechatMessages.close()
    },
  }
}

export interface Sandbox {
  url: string
  bankUrl: string
  oneCardUrl: string
  utilityUrl: string
  /** R27: where it is set up. */
  wechatUrl: string | undefined
  stop(): Promise<void>
}
