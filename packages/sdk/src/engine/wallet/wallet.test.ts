import type { ApprovalState, KeypadMessage } from '@campus-ecode/protocol/approvals'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { WalletModel } from '../../wallet-model.ts'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { KEYPAD_ORIGIN } from '../testing/fake-wallet.ts'
import { openPage, pass, settle, until, usePhone } from '../testing/phone.ts'

let bff: FakeBff
let pages: ReturnType<typeof openPage>[]

beforeEach(() => {
  bff = createFakeBff()
  pages = []
  usePhone(bff)
})
afterEach(() => {
  for (const page of pages) page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function open() {
  const page = openPage(bff)
  pages.push(page)
  const wallet = await page.wallet()
  await settle()
  return { ...page, wallet }
}

/** The keypad page says something, as it does once it is in its frame. */
async function say(wallet: WalletModel, event: KeypadMessage['event']) {
  await until(() => wallet.keypad.value)
  const { approvalId = '' } = wallet.keypad.value ?? {}
  if (event === 'approved') bff.wallet.decide(approvalId, 'approved')
  wallet.hearKeypad({ type: 'ecode-keypad', approvalId, event })
}

const bodies = (route: string) =>
  bff.requests.filter((request) => request.route === route).map(({ body }) => body)

describe('an approval by the payment password (R16)', () => {
  test('names the action and the way back, and then does what was approved', async () => {
    const { wallet } = await open()
    const done = wallet.approve({ kind: 'sign_agreement' })
    await say(wallet, 'ready')
    expect(wallet.keypad.value).toMatchObject({ url: `${KEYPAD_ORIGIN}/keypad`, step: 'open' })
    await say(wallet, 'approved')
    expect(await done).toMatchObject({ kind: 'done' })
    expect(bodies('POST /approvals')).toEqual([
      {
        action: { kind: 'sign_agreement' },
        returnTo: 'https://app.school.test/pay?from=home#top',
      },
    ])
    expect(wallet.keypad.value).toBeUndefined()
    expect(wallet.wallet.value.value?.agreement.signedAt).toBeTruthy()
  })

  test('that is cancelled changes nothing', async () => {
    const { wallet } = await open()
    const done = wallet.approve({ kind: 'close_wallet' })
    await say(wallet, 'cancelled')
    expect(await done).toEqual({ kind: 'cancelled' })
    expect(bff.count('POST /wallet/close')).toBe(0)
  })

  test('ends with the reason when the password has been locked', async () => {
    const { wallet } = await open()
    const done = wallet.approve({ kind: 'close_wallet' })
    await say(wallet, 'locked')
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'PASSWORD_LOCKED' } })
  })

  test('cannot be had for one thing and spent on another', async () => {
    const { wallet } = await open()
    const done = wallet.approve({ kind: 'close_wallet' })
    await say(wallet, 'ready')
    const approval = bff.wallet.lastApproval()
    approval.action = { kind: 'sign_agreement' }
    await say(wallet, 'approved')
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'APPROVAL_INVALID' } })
  })

  test('hears nothing meant for another approval', async () => {
    const { wallet } = await open()
    void wallet.approve({ kind: 'close_wallet' })
    await until(() => wallet.keypad.value)
    wallet.hearKeypad({ type: 'ecode-keypad', approvalId: 'another', event: 'approved' })
    expect(wallet.keypad.value).toBeDefined()
    expect(bff.count('POST /wallet/close')).toBe(0)
  })

  test('asked twice at once, only the later one is on display', async () => {
    const { wallet } = await open()
    const first = wallet.approve({ kind: 'close_wallet' })
    const second = wallet.approve({ kind: 'sign_agreement' })
    expect(await first).toEqual({ kind: 'cancelled' })
    await say(wallet, 'approved')
    expect(await second).toMatchObject({ kind: 'done' })
  })

  const statesOf = () => [...bff.wallet.approvals.values()].map(({ status }) => status)

  test('whose keypad is closed is over at the core, too, and nobody waits for that', async () => {
    const { wallet } = await open()
    bff.on('POST /approvals/approval-1/cancel', () => new Promise(() => {}))
    const first = wallet.approve({ kind: 'close_wallet' })
    await say(wallet, 'ready')
    wallet.cancelKeypad()
    expect(await first).toEqual({ kind: 'cancelled' })
    await until(() => bff.count('POST /approvals/approval-1/cancel'))
    const second = wallet.approve({ kind: 'close_wallet' })
    await say(wallet, 'ready')
    wallet.cancelKeypad()
    expect(await second).toEqual({ kind: 'cancelled' })
    await until(() => statesOf()[1] === 'cancelled')
  })

  test('that another takes the place of is over at the core', async () => {
    const { wallet } = await open()
    void wallet.approve({ kind: 'close_wallet' })
    await say(wallet, 'ready')
    void wallet.approve({ kind: 'sign_agreement' })
    void wallet.approve({ kind: 'sign_agreement' })
    // Signed at the same moment, either may arrive first.
    await until(() => statesOf().sort().join() === 'cancelled,cancelled,waiting')
    const shown = wallet.keypad.value?.approvalId ?? ''
    expect(bff.wallet.approvals.get(shown)).toMatchObject({
      status: 'waiting',
      action: { kind: 'sign_agreement' },
    })
  })

  test('that ended on the keypad itself is not ended again', async () => {
    const { wallet } = await open()
    for (const event of ['approved', 'cancelled', 'locked', 'expired'] as const) {
      const done = wallet.approve({ kind: 'close_wallet' })
      await say(wallet, event)
      await done
    }
    await settle()
    expect(bff.requests.filter(({ route }) => route.endsWith('/cancel'))).toEqual([])
  })

  test('whose page could not be opened says so at once, and is over', async () => {
    const { wallet } = await open()
    const done = wallet.approve({ kind: 'close_wallet' })
    await until(() => wallet.keypad.value)
    // It is in the frame of this approval, and knows of none.
    wallet.hearKeypad({ type: 'ecode-keypad', event: 'unavailable' })
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'UNAVAILABLE' } })
    expect(wallet.keypad.value).toBeUndefined()
    await until(() => statesOf()[0] === 'cancelled')
  })

  test('without a password says so, and opens nothing', async () => {
    bff.wallet.state = { ...bff.wallet.state, password: 'not_set' }
    const { wallet } = await open()
    const done = await wallet.approve({ kind: 'sign_agreement' })
    expect(done).toMatchObject({ kind: 'refused', problem: { code: 'PASSWORD_NOT_SET' } })
    expect(wallet.keypad.value).toBeUndefined()
  })
})

describe('where frames are not allowed', () => {
  async function leave(run: (wallet: WalletModel) => void) {
    const { wallet } = await open()
    run(wallet)
    await until(() => wallet.keypad.value)
    await pass(7_900)
    expect(wallet.keypad.value?.step).toBe('opening')
    await pass(200)
    expect(wallet.keypad.value?.step).toBe('blocked')
    await wallet.leaveForKeypad()
    expect(wallet.keypad.value?.step).toBe('leaving')
    return wallet
  }

  test('a ticket of its own is fetched for top level, since the first may be used up', async () => {
    const wallet = await leave((each) => void each.approve({ kind: 'sign_agreement' }))
    expect(wallet.keypad.value).toMatchObject({ ticket: 'ticket-2', approvalId: 'approval-2' })
    await until(() => bff.wallet.approvals.get('approval-1')?.status === 'cancelled')
    expect(bff.wallet.lastApproval().status).toBe('waiting')
    await pass(8_000)
    expect(wallet.keypad.value?.step).toBe('stuck')
  })

  test('the page that comes back finishes what was approved', async () => {
    const wallet = await leave((each) => void each.approve({ kind: 'sign_agreement' }))
    bff.wallet.decide(wallet.keypad.value?.approvalId ?? '', 'approved')
    const page = openPage(bff)
    pages.push(page)
    expect(page.model.returned).toBe(true)
    const back = await page.wallet()
    await until(() => back.finished.value?.done)
    expect(back.finished.value).toMatchObject({
      action: { kind: 'sign_agreement' },
      done: { kind: 'done' },
    })
    expect(bff.wallet.state.agreement.signedAt).toBeTruthy()
    // Once only: opened again, there is nothing left to finish.
    expect(page.model.returned).toBe(false)
  })

  test('what was approved is finished later when the core could not be asked at once', async () => {
    const wallet = await leave((each) => void each.approve({ kind: 'sign_agreement' }))
    const approvalId = wallet.keypad.value?.approvalId ?? ''
    bff.wallet.decide(approvalId, 'approved')
    bff.on(`GET /approvals/${approvalId}`, () => bff.refuse('CORE_UNREACHABLE'))
    await open()
    await until(() => bff.count(`GET /approvals/${approvalId}`) > 0)
    await settle()
    expect(bff.wallet.state.agreement.signedAt).toBeFalsy()
    bff.on(`GET /approvals/${approvalId}`, undefined)
    const { wallet: back } = await open()
    await until(() => back.finished.value?.done)
    expect(bff.wallet.state.agreement.signedAt).toBeTruthy()
  })

  test('a top-up goes on with the id it was approved for', async () => {
    const wallet = await leave((each) => void each.startTransfer('top_up', 'card-1', 10_000))
    bff.wallet.decide(wallet.keypad.value?.approvalId ?? '', 'approved')
    const { wallet: back } = await open()
    await until(() => back.transfer.value?.kind === 'known')
    const action = bff.wallet.lastApproval().action as { transferId?: string }
    expect(back.transfer.value).toMatchObject({
      transfer: { transferId: action.transferId, status: 'SUCCEEDED', amountFen: 10_000 },
    })
  })

  test.each([
    ['cancelled', { kind: 'cancelled' }],
    ['waiting', { kind: 'cancelled' }],
    ['expired', { kind: 'refused', problem: { code: 'APPROVAL_INVALID' } }],
  ] as const)('one that is %s on return changes nothing, and says so', async (status, done) => {
    const wallet = await leave((each) => void each.approve({ kind: 'close_wallet' }))
    bff.wallet.decide(wallet.keypad.value?.approvalId ?? '', status)
    const { wallet: back } = await open()
    await until(() => back.finished.value?.done)
    expect(back.finished.value?.done).toMatchObject(done)
    expect(bff.wallet.state.status).toBe('open')
    // The person could go forward to the keypad again.
    await until(() => bff.wallet.lastApproval().status !== 'waiting')
  })
})

describe('Back from the keypad page, to the page as it was left', () => {
  async function comeBack(status: ApprovalState['status']) {
    const { wallet } = await open()
    const signing = wallet.approve({ kind: 'sign_agreement' })
    await until(() => wallet.keypad.value)
    await wallet.leaveForKeypad()
    bff.wallet.decide(wallet.keypad.value?.approvalId ?? '', status)
    await wallet.comeBackFromKeypad()
    const done = await signing
    expect(wallet.keypad.value).toBeUndefined()
    return done
  }

  test('is a way out: nothing is approved, nothing waits, and it can be asked for again', async () => {
    expect(await comeBack('waiting')).toEqual({ kind: 'cancelled' })
    await until(() => bff.wallet.lastApproval().status === 'cancelled')
    expect(bff.wallet.state.agreement.signedAt).toBeFalsy()
    const page = openPage(bff)
    pages.push(page)
    expect(page.model.returned).toBe(false)
  })

  test('does what was approved when Back was faster than the keypad page', async () => {
    expect(await comeBack('approved')).toMatchObject({ kind: 'done' })
    expect(bff.wallet.state.agreement.signedAt).toBeTruthy()
  })

  test('does nothing twice that the page opened after it has done', async () => {
    expect(await comeBack('spent')).toEqual({ kind: 'cancelled' })
    expect(bff.wallet.state.agreement.signedAt).toBeFalsy()
  })
})

describe('a top-up or withdrawal (R12)', () => {
  async function topUp(wallet: WalletModel) {
    const done = wallet.startTransfer('top_up', 'card-1', 10_000)
    await say(wallet, 'approved')
    return done
  }
  const sentIds = () =>
    bodies('POST /wallet/top-ups').map((body) => (body as { transferId: string }).transferId)

  test('carries an id of its own, a UUIDv7 by the server’s clock', async () => {
    bff.aheadMs = 3_600_000
    const { wallet } = await open()
    await until(() => wallet.wallet.value.value || wallet.load())
    await topUp(wallet)
    const [id = ''] = sentIds()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const at = Number.parseInt(id.replace('-', '').slice(0, 12), 16)
    expect(Math.abs(at - bff.now())).toBeLessThan(5_000)
  })

  test('shows what the core answered, and fetches the wallet again', async () => {
    const { wallet } = await open()
    const before = bff.count('GET /wallet')
    expect(await topUp(wallet)).toMatchObject({ kind: 'done' })
    expect(wallet.transfer.value).toMatchObject({
      kind: 'known',
      transfer: { status: 'SUCCEEDED', amountFen: 10_000 },
    })
    await until(() => bff.count('GET /wallet') > before)
  })

  test('whose answer is lost is sent again with the same id, and moves once', async () => {
    const { wallet } = await open()
    const before = bff.wallet.transfers.size
    let lost = true
    bff.on('POST /wallet/top-ups', ({ route, body }) => {
      const answer = bff.wallet.answer(route, body, bff)
      if (!lost) return answer
      lost = false
      throw new TypeError('Failed to fetch')
    })
    const done = topUp(wallet)
    await until(() => bff.count('POST /wallet/top-ups') === 1)
    await pass(2_000)
    expect(await done).toMatchObject({ kind: 'done' })
    expect(new Set(sentIds()).size).toBe(1)
    expect(sentIds()).toHaveLength(2)
    expect(bff.wallet.transfers.size - before).toBe(1)
  })

  test('that cannot be sent is not called failed; trying again asks first, then sends the same id', async () => {
    const { wallet } = await open()
    bff.on('POST /wallet/top-ups', () => {
      throw new TypeError('Failed to fetch')
    })
    bff.on('GET /wallet', () => {
      throw new TypeError('Failed to fetch')
    })
    const done = topUp(wallet)
    await until(() => bff.count('POST /wallet/top-ups') === 1)
    await pass(6_000)
    expect(await done).toMatchObject({ kind: 'refused' })
    expect(wallet.transfer.value).toMatchObject({ kind: 'unsure', draft: { amountFen: 10_000 } })
    bff.on('POST /wallet/top-ups', undefined)
    bff.on('GET /wallet', undefined)
    const again = wallet.retryTransfer()
    await say(wallet, 'approved')
    expect(await again).toMatchObject({ kind: 'done' })
    expect(new Set(sentIds()).size).toBe(1)
    expect(bff.wallet.transfers.size).toBe(1)
  })

  test('that did arrive is found by its id, and nothing is sent again', async () => {
    const { wallet } = await open()
    bff.on('POST /wallet/top-ups', ({ route, body }) => {
      bff.wallet.answer(route, body, bff)
      throw new TypeError('Failed to fetch')
    })
    const done = topUp(wallet)
    await until(() => bff.count('POST /wallet/top-ups') === 1)
    await pass(6_000)
    expect(await done).toMatchObject({ kind: 'done' })
    expect(wallet.transfer.value).toMatchObject({ kind: 'known' })
  })

  test.each([
    ['arrived', { kind: 'known' }],
    ['never arrived', { kind: 'refused', problem: { code: 'CARD_LOCKED' } }],
  ] as const)(
    'whose second attempt is refused after the first %s unanswered is asked for',
    async (first, state) => {
      const { wallet } = await open()
      bff.on('POST /wallet/top-ups', ({ route, body }) => {
        if (bff.count('POST /wallet/top-ups') > 1) return bff.refuse('CARD_LOCKED')
        if (first === 'arrived') bff.wallet.answer(route, body, bff)
        throw new TypeError('Failed to fetch')
      })
      const done = topUp(wallet)
      await until(() => bff.count('POST /wallet/top-ups') === 1)
      await pass(2_000)
      await done
      expect(wallet.transfer.value).toMatchObject(state)
    },
  )

  test('the bank is slow with is watched until it is decided, and that is never taken back', async () => {
    bff.wallet.bankAnswers = 'PROCESSING'
    const { wallet } = await open()
    const stop = wallet.show()
    await topUp(wallet)
    const [id = ''] = sentIds()
    const known = bff.wallet.transfers.get(id)
    if (!known) throw new Error('not sent')
    known.status = 'UNKNOWN'
    await pass(3_000)
    expect(wallet.transfer.value).toMatchObject({ transfer: { status: 'UNKNOWN' } })
    bff.push({ type: 'transfer', transfer: { ...known, status: 'SUCCEEDED' } })
    await pass(3_000)
    expect(wallet.transfer.value).toMatchObject({ transfer: { status: 'SUCCEEDED' } })
    bff.push({ type: 'transfer', transfer: { ...known, status: 'PROCESSING' } })
    await pass(3_000)
    expect(wallet.transfer.value).toMatchObject({ transfer: { status: 'SUCCEEDED' } })
    stop()
  })

  test('that the core refuses says why and leaves nothing to try again', async () => {
    const { wallet } = await open()
    const done = wallet.startTransfer('withdrawal', 'card-1', 99_999)
    await say(wallet, 'approved')
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'INSUFFICIENT_FUNDS' } })
    expect(wallet.transfer.value).toMatchObject({ kind: 'refused' })
  })

  test('survives closing the page: the core is asked for the id that was kept', async () => {
    const { wallet } = await open()
    let id = ''
    bff.on('POST /wallet/top-ups', ({ route, body }) => {
      id = (body as { transferId: string }).transferId
      bff.wallet.answer(route, body, bff)
      return new Promise<Response>(() => {})
    })
    void topUp(wallet)
    await until(() => id)
    await open()
    await until(() => bff.count(`GET /wallet/transfers/${id}`) === 1)
    // Found, so the note has done its work.
    await open()
    await settle()
    expect(bff.count(`GET /wallet/transfers/${id}`)).toBe(1)
  })
})

describe('the wallet on display', () => {
  test('is fetched, and again after an event about it, until it is left', async () => {
    const { wallet } = await open()
    const stop = wallet.show()
    await until(() => wallet.wallet.value.value)
    await until(() => bff.openStreams() === 1)
    bff.wallet.state = { ...bff.wallet.state, balanceFen: 1 }
    bff.push({ type: 'wallet', change: 'limits' })
    await until(() => wallet.wallet.value.value?.balanceFen === 1)
    stop()
    await pass(2_000)
    await until(() => bff.openStreams() === 0)
  })

  test('is asked once more when it changed while an older answer was on its way', async () => {
    const { wallet } = await open()
    const stop = wallet.show()
    await until(() => wallet.wallet.value.value && bff.openStreams() === 1)
    let come = () => {}
    const old = Response.json(bff.wallet.state)
    bff.on('GET /wallet', () => new Promise((resolve) => (come = () => resolve(old))))
    const before = bff.count('GET /wallet')
    bff.push({ type: 'wallet', change: 'limits' })
    await until(() => bff.count('GET /wallet') > before)
    bff.on('GET /wallet', undefined)
    bff.wallet.state = { ...bff.wallet.state, balanceFen: 50_000 }
    // Two at once, as an answer and the event about it.
    bff.push({ type: 'wallet', change: 'limits' })
    bff.push({ type: 'wallet', change: 'agreement' })
    await settle()
    come()
    await until(() => wallet.wallet.value.value?.balanceFen === 50_000)
    await settle()
    expect(bff.count('GET /wallet')).toBe(before + 2)
    stop()
  })

  test('goes on from one of its pages to the next without beginning anew', async () => {
    const { wallet } = await open()
    const stop = wallet.show()
    await until(() => bff.openStreams() === 1)
    await until(() => wallet.wallet.value.value)
    const [streams, fetched] = [bff.count('GET /event-stream'), bff.count('GET /wallet')]
    stop()
    const stopAgain = wallet.show()
    await pass(2_000)
    expect(bff.count('GET /event-stream')).toBe(streams)
    expect(bff.count('GET /wallet')).toBe(fetched)
    stopAgain()
    stopAgain()
    await pass(2_000)
    await until(() => bff.openStreams() === 0)
  })

  test('rests while the page is hidden', async () => {
    const { wallet, visible } = await open()
    const stop = wallet.show()
    await until(() => bff.openStreams() === 1)
    visible.value = false
    await until(() => bff.openStreams() === 0)
    const before = bff.count('GET /wallet')
    visible.value = true
    await until(() => bff.count('GET /wallet') > before)
    stop()
  })

  test('without the scope says so', async () => {
    bff.on('GET /wallet', () => bff.refuse('SCOPE_MISSING'))
    const { wallet } = await open()
    await wallet.load()
    expect(wallet.wallet.value.problem?.code).toBe('SCOPE_MISSING')
  })

  test('is gone when the person signs out, with all that the tab kept', async () => {
    const { engine, model, wallet } = await open()
    await wallet.startBinding({ name: '林一夏', idNumber: '11', cardNo: '6217', phone: '138' })
    await engine.signOut()
    expect(model.wallet.value).toBeUndefined()
    const { wallet: next } = await open()
    expect(next.binding.value).toBeUndefined()
  })
})

describe('a face check (R2, R9)', () => {
  const details = {
    name: '林一夏',
    idNumber: '110101200001011234',
    cardNo: '6217000012341234',
    phone: '13800005678',
  }

  async function awaitFace() {
    bff.wallet.face = 'PENDING'
    const opened = await open()
    const stop = opened.wallet.show()
    await opened.wallet.startBinding(details, { locale: 'en' })
    await opened.wallet.confirmBinding(bff.smsCode)
    return { ...opened, stop }
  }

  test('is consented to, names the way back, and is awaited once the code was right', async () => {
    bff.wallet.face = 'PENDING'
    const { wallet } = await open()
    await wallet.startBinding(details, { locale: 'en' })
    expect(bodies('POST /wallet/bindings')).toEqual([
      {
        consent: true,
        ...details,
        face: {
          consent: true,
          returnTo: 'https://app.school.test/pay?from=home#top',
          locale: 'en',
        },
      },
    ])
    expect(wallet.binding.value).toMatchObject({ awaits: ['SMS_CODE', 'FACE'] })
    expect(await wallet.confirmBinding(bff.smsCode)).toMatchObject({ kind: 'done' })
    expect(wallet.binding.value).toMatchObject({
      awaits: ['FACE'],
      faceCheck: { pageUrl: 'https://face.test/check/1' },
    })
  })

  test('binds the card by itself, looked for while the wallet is on display and visible', async () => {
    const { wallet, stop } = await awaitFace()
    await pass(6_000)
    const looks = bff.count('GET /wallet/bindings/binding-1')
    expect(looks).toBeGreaterThan(1)
    bff.wallet.face = 'PASSED'
    await pass(3_000)
    expect(wallet.binding.value).toMatchObject({ awaits: [], bound: { verificationId: 'v1' } })
    expect(wallet.wallet.value.value?.status).toBe('open')
    stop()
    await pass(2_000)
    const after = bff.count('GET /wallet/bindings/binding-1')
    await pass(10_000)
    expect(bff.count('GET /wallet/bindings/binding-1')).toBe(after)
  })

  test.each(['FACE_CHECK_FAILED', 'FACE_CHECK_EXPIRED'] as const)(
    'that ends as %s is told and asked for no more',
    async (code) => {
      const { wallet, stop } = await awaitFace()
      bff.wallet.face = code
      await pass(3_000)
      expect(wallet.binding.value?.problem?.code).toBe(code)
      const looks = bff.count('GET /wallet/bindings/binding-1')
      await pass(10_000)
      expect(bff.count('GET /wallet/bindings/binding-1')).toBe(looks)
      wallet.forgetBinding()
      const { wallet: next } = await open()
      expect(next.binding.value).toBeUndefined()
      stop()
    },
  )

  test('is waited for through a network that is gone, with its page kept', async () => {
    const { wallet, stop } = await awaitFace()
    bff.on('GET /wallet/bindings/binding-1', () => bff.refuse('CORE_UNREACHABLE'))
    await pass(3_000)
    expect(wallet.binding.value).toMatchObject({
      trouble: { code: 'CORE_UNREACHABLE' },
      faceCheck: { pageUrl: 'https://face.test/check/1' },
    })
    expect(wallet.binding.value?.problem).toBeUndefined()
    stop()
  })

  test('goes on in the wallet after the page was left for it, with nothing secret noted', async () => {
    const { wallet } = await awaitFace()
    wallet.leaveForFace(false)
    const kept = JSON.stringify([
      ...(sessionStorage as unknown as { kept: Map<string, string> }).kept,
    ])
    expect(kept).not.toContain('face.test')
    const { wallet: back, model } = await open()
    expect(back.binding.value).toMatchObject({ awaits: ['FACE'], left: true })
    expect(back.isBackFromFace()).toBe(true)
    expect(back.isBackFromFace()).toBe(false)
    expect(model.returned).toBe(false)
    bff.wallet.face = 'PASSED'
    const stop = back.show()
    await until(() => back.binding.value?.bound)
    stop()
  })

  test('leads back to the wallet’s tab only where the page was left for it', async () => {
    const { wallet, model } = await awaitFace()
    wallet.leaveForFace(true)
    expect(wallet.binding.value?.left).toBe(true)
    expect(model.returned).toBe(false)
    wallet.leaveForFace(false)
    expect(model.returned).toBe(true)
  })

  test('that the school has begun to ask for is seen when the start is refused', async () => {
    const { wallet } = await open()
    const stop = wallet.show()
    await settle()
    expect(wallet.wallet.value.value?.needsFace).toBe(false)
    bff.on('POST /wallet/bindings', () => bff.refuse('FACE_CHECK_NEEDED'))
    bff.wallet.state = { ...bff.wallet.state, needsFace: true }
    await wallet.startBinding(details)
    await until(() => wallet.wallet.value.value?.needsFace)
    stop()
  })
})

describe('a card (R9, R10)', () => {
  const details = {
    name: '林一夏',
    idNumber: '110101200001011234',
    cardNo: '6217000012341234',
    phone: '13800005678',
  }

  test('is bound by the bank’s SMS, and nothing typed is kept anywhere', async () => {
    const { wallet } = await open()
    expect(await wallet.startBinding(details)).toMatchObject({ kind: 'done' })
    const kept = JSON.stringify([
      ...(sessionStorage as unknown as { kept: Map<string, string> }).kept,
    ])
    for (const secret of Object.values(details)) expect(kept).not.toContain(secret)
    expect(await wallet.confirmBinding('000000')).toMatchObject({
      problem: { code: 'SMS_CODE_WRONG' },
    })
    expect(wallet.binding.value).toMatchObject({ awaits: ['SMS_CODE'] })
    expect(await wallet.confirmBinding(bff.smsCode)).toMatchObject({
      kind: 'done',
      value: { verificationId: 'v1' },
    })
    expect(wallet.binding.value).toMatchObject({ awaits: [], bound: { verificationId: 'v1' } })
    wallet.forgetBinding()
    expect(wallet.binding.value).toBeUndefined()
    const { wallet: next } = await open()
    expect(next.binding.value).toBeUndefined()
  })

  test('whose SMS is awaited is found again after the page was unloaded', async () => {
    const { wallet } = await open()
    await wallet.startBinding(details)
    const { wallet: back } = await open()
    expect(back.binding.value).toMatchObject({ bindingId: 'binding-1', phoneTail: '5678' })
  })

  test('that waits at the core is found also by a page that has noted nothing, unless put away', async () => {
    const { wallet } = await open()
    await wallet.startBinding(details)
    bff.wallet.state = { ...bff.wallet.state, status: 'not_open', bindingId: 'binding-1' }
    ;(sessionStorage as unknown as { kept: Map<string, string> }).kept.clear()
    const { wallet: elsewhere } = await open()
    const stop = elsewhere.show()
    await until(() => elsewhere.binding.value)
    expect(elsewhere.binding.value).toMatchObject({ tail: '1234', awaits: ['SMS_CODE'] })
    expect(elsewhere.binding.value?.phoneTail).toBeUndefined()
    elsewhere.forgetBinding()
    await elsewhere.load()
    await settle()
    expect(elsewhere.binding.value).toBeUndefined()
    stop()
  })

  test('is unbound and made the default', async () => {
    const { wallet } = await open()
    await wallet.chooseDefaultCard('card-1')
    const done = wallet.approve({ kind: 'unbind_card', cardId: 'card-1' })
    await say(wallet, 'approved')
    await done
    expect(wallet.wallet.value.value?.cards).toEqual([])
  })
})

describe('settings', () => {
  test('limits fall at once and rise with the password (R15)', async () => {
    const { wallet } = await open()
    await wallet.load()
    expect(await wallet.setLimits(10_000, 100_000)).toMatchObject({ kind: 'done' })
    expect(wallet.keypad.value).toBeUndefined()
    const done = wallet.setLimits(10_000, 200_000)
    await say(wallet, 'approved')
    expect(await done).toMatchObject({ kind: 'done' })
    expect(bff.wallet.state.limits).toMatchObject({ singleFen: 10_000, dailyFen: 200_000 })
  })

  test('a lost card is locked at once, and unlocked with the password (R6)', async () => {
    const { wallet, model } = await open()
    await wallet.lockCard()
    expect(model.card.value.value?.status).toBe('locked')
    const done = wallet.approve({ kind: 'unlock_card' })
    await say(wallet, 'approved')
    await done
    expect(model.card.value.value?.status).toBe('active')
  })

  test('the agreement is cancelled without it (R14)', async () => {
    const { wallet } = await open()
    expect(await wallet.cancelAgreement()).toMatchObject({ kind: 'done' })
  })

  test('a verification goes by the bank where a card is bound, else by the school (R16)', async () => {
    const { wallet } = await open()
    await wallet.load()
    await wallet.startVerification()
    bff.wallet.state = { ...bff.wallet.state, cards: [] }
    await wallet.load()
    await wallet.startVerification()
    expect(bodies('POST /verifications')).toEqual([
      { means: 'bank_card', cardId: 'card-1' },
      { means: 'school_phone' },
    ])
  })

  test('this phone, removed, forgets its key', async () => {
    const { wallet, enrol, model } = await open()
    await enrol()
    const id = wallet.ownDeviceId() ?? ''
    expect(id).toBe(bff.device?.deviceId)
    await wallet.removeDevice(id)
    expect(wallet.ownDeviceId()).toBeUndefined()
    expect(model.enrolment.value.kind).toBe('offered')
  })
})

test('the password enrols this phone where no SMS is sent (R16)', async () => {
  bff.enrolsByPassword = true
  const { wallet, model } = await open()
  await until(() => model.enrolment.value.kind === 'offered')
  await model.startEnrolment()
  expect(model.enrolment.value).toEqual({ kind: 'password', enrolmentId: 'enrolment-1' })
  const done = wallet.approve({ kind: 'enrol_device', enrolmentId: 'enrolment-1' })
  await say(wallet, 'approved')
  expect(await done).toMatchObject({ kind: 'done' })
  expect(model.enrolment.value.kind).toBe('done')
  expect(wallet.ownDeviceId()).toBe(bff.device?.deviceId)
})

test('a till that waits is paid or told no, and the phone shows which (R23)', async () => {
  const { wallet, model, code } = await open()
  model.showPay()
  await code()
  const entry = bff.pushPayment(
    { codeId: bff.issuedIds.at(-1) ?? '' },
    { status: 'AWAITING_PASSWORD' },
  )
  await until(() => model.pay.value.kind === 'result')
  const { paymentId } = entry
  bff.on(`POST /payments/${paymentId}/confirm`, () => ({ ...entry, status: 'PAID' }))
  const done = wallet.approve({ kind: 'pay', paymentId })
  await say(wallet, 'approved')
  expect(await done).toMatchObject({ kind: 'done' })
  expect(model.pay.value).toMatchObject({ entry: { status: 'PAID' } })
})
