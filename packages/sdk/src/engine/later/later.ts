import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { Basis, Later } from '../engine.ts'
import { loadAnew } from '../load-anew.ts'
import { createBill } from './bill.ts'
import { createContact } from './contact.ts'
import { createEnrolment } from './enrolment.ts'
import { createEventFeed } from './event-feed.ts'
import { createOutcomes } from './outcomes.ts'
import { laterRoutes } from './routes.ts'
import { changeStored, removeOthers } from './store-device.ts'

/** On return, how long the question about the last code may hold up the next one. */
const CATCH_UP_MS = 1_500
/** An outcome older than this need not be waited for. */
const CATCH_UP_AGE_MS = 300_000
/** The session looks often enough whether its end is near. */
const SESSION_CHECK_MS = 20_000
/** How often an account that was unavailable is asked about again (R8). */
const UNAVAILABLE_AGAIN_MS = 10_000

/** All of the engine that the first code can do without. */
export function makeLater(basis: Basis): Later {
  const { page, session, api, clock, store, keeper, pay, card, accounts } = basis
  api.learn(laterRoutes)
  const bill = createBill(api, clock, basis.bill)
  const enrolment = createEnrolment(basis)
  const contact = createContact(basis, pay.showCaps)
  const outcomes = createOutcomes(basis, takeOutcome)
  const feed = createEventFeed(
    api,
    keeper.ready.then(() => keeper.device.value?.cursor),
    takeEvent,
    (next) => {
      cursor = next
      rememberDetails()
    },
  )
  let cursor: string | undefined
  const followers = new Set<(event: PersonEvent) => void>()

  function follow(listener: (event: PersonEvent) => void): () => void {
    const own = (event: PersonEvent) => listener(event)
    if (!followers.size) feed.start()
    followers.add(own)
    return () => {
      if (followers.delete(own) && !followers.size) feed.stop()
    }
  }

  function takeEvent(event: PersonEvent) {
    const { at, data } = event
    for (const follower of [...followers]) follower(event)
    if (data.type === 'wallet') void loadAnew(accounts)
    if (data.type === 'transfer') refreshMoney()
    if (data.type === 'card') void loadAnew(card)
    if (data.type === 'device' && data.change === 'removed') {
      if (data.deviceId === keeper.device.value?.deviceId) void keeper.forget()
    }
    if (data.type === 'payment' && !outcomes.take(data, Date.parse(at))) refreshMoney()
  }

  function takeOutcome(entry: BillEntry) {
    refreshMoney()
    // Some refusals tell that this phone knows too little.
    const code = entry.refusal?.code ?? ''
    if (code.startsWith('DEVICE_') || code === 'CODE_NOT_YET_VALID') contact.hurry()
    if (code.startsWith('CARD_')) void loadAnew(card)
    basis.tell('onOutcome', entry)
  }

  function refreshMoney() {
    void loadAnew(accounts)
    bill.refresh()
  }

  function refreshUnavailable() {
    const known = accounts.state.value.value?.accounts
    if (known?.some(({ status }) => status === 'unavailable')) void accounts.load()
  }

  /** Keeps with the key what the next start wants to know at once; no harm if it is lost. */
  function rememberDetails() {
    const device = keeper.device.value
    const account = accounts.state.value.value?.defaultAccount
    const details = { ...(account && { account }), ...(cursor && { cursor }) }
    if (!device || !differs(device, details)) return
    keeper.device.value = { ...device, ...details }
    changeStored(store, device.deviceId, details).catch(() => {})
  }
  accounts.state.subscribe(rememberDetails)
  keeper.device.subscribe(rememberDetails)

  page.online.subscribe(() => {
    if (!page.online.value) return
    if (card.state.value.problem) void card.load()
    if (accounts.state.value.problem) void accounts.load()
    if (pay.state.value.kind === 'code') void feed.catchUp(CATCH_UP_MS)
  })

  pay.attendedBy({
    caps: contact.caps,
    attend() {
      const timers = [
        setInterval(session.credentials, SESSION_CHECK_MS),
        setInterval(refreshUnavailable, UNAVAILABLE_AGAIN_MS),
      ]
      const stops = [contact.keep(), outcomes.keepAsking(), follow(() => {})]
      return () => {
        for (const stop of stops) stop()
        for (const timer of timers) clearInterval(timer)
      }
    },
    async catchUp() {
      const recent = Date.now() - pay.lastDrawnAt < CATCH_UP_AGE_MS
      if (recent && page.online.value) await feed.catchUp(CATCH_UP_MS)
    },
  })
  void keeper.ready.then(() => removeOthers(store)).catch(() => {})

  return {
    openBill: bill.open,
    moreBill: bill.more,
    startEnrolment: enrolment.start,
    confirmEnrolment: enrolment.confirm,
    dismissEnrolment: enrolment.dismiss,
    follow,
    refreshBill: bill.refresh,
    showEntry: (entry) => void outcomes.show(entry),
  }
}

function differs<T extends object>(whole: T, part: Partial<T>): boolean {
  return Object.entries(part).some(([name, value]) => whole[name as keyof T] !== value)
}
