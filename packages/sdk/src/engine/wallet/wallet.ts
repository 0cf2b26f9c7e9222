import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { ConsentList } from '@campus-ecode/protocol/consents'
import type { DeviceList } from '@campus-ecode/protocol/devices'
import type { Wallet } from '@campus-ecode/protocol/wallet'
import { createCell } from '../../cell.ts'
import type { Done } from '../../model.ts'
import type { Finished, WalletModel } from '../../wallet-model.ts'
import { type Answer, failed, localTrouble } from '../answer.ts'
import type { Basis, Later } from '../engine.ts'
import { loadAnew } from '../load-anew.ts'
import { createLoadable } from '../loadable.ts'
import { makeId } from '../make-id.ts'
import { openNotes } from '../open-notes.ts'
import { toDone } from '../to-done.ts'
import { createApprovals, isApproved } from './approvals.ts'
import { createBinding } from './binding.ts'
import { createMyDataExport } from './my-data.ts'
import { createNotices } from './notices.ts'
import { walletRoutes } from './routes.ts'
import { createTransfers } from './transfers.ts'

/** While frames of a stream may be held back somewhere between us and the core. */
const LOOK_AGAIN_MS = 30_000
/** Fetched this long ago, it is shown as it is. */
const FRESH_MS = 5_000
const GRACE_MS = 1_000

/** Everything the wallet's screens need, in a script of its own. */
export function makeWallet(basis: Basis, later: Later): WalletModel {
  const { api, clock, page, store, keeper, card, accounts } = basis
  const notes = openNotes(store.key)
  api.learn(walletRoutes)
  const wallet = createLoadable<Wallet>(clock, () => api.call('getWallet', {}))
  const devices = createLoadable<DeviceList>(clock, () => api.call('getDevices', {}))
  const consents = createLoadable<ConsentList>(clock, () => api.call('getConsents', {}))
  const notices = createNotices(api, clock)
  const myData = createMyDataExport(api)
  const binding = createBinding(api, clock, notes, (bound) =>
    takeWallet({ ok: true, value: bound.wallet }),
  )
  const finished = createCell<Finished | undefined>(undefined)
  const approvals = createApprovals(api, notes)
  const transfers = createTransfers(api, notes, () => {
    later.refreshBill()
    void refresh()
  })

  async function refresh() {
    await Promise.all([loadAnew(wallet), loadAnew(accounts)])
  }

  /** Takes the wallet that an operation answers; after any other end, asks how it stands. */
  function takeWallet(answer: Answer<Wallet>): Answer<Wallet> {
    if (answer.ok) {
      wallet.take(answer)
      void loadAnew(accounts)
    } else void refresh()
    return answer
  }

  /** Does what the person has approved. */
  async function perform(action: ApprovalAction, approvalId: string): Promise<Answer<unknown>> {
    const body = { approvalId }
    switch (action.kind) {
      case 'top_up':
      case 'withdrawal':
        return transfers.send(action, approvalId)
      case 'unbind_card':
        return takeWallet(await api.call('unbindCard', { cardId: action.cardId, body }))
      case 'close_wallet':
        return takeWallet(await api.call('closeWallet', { body }))
      case 'reopen_wallet':
        return takeWallet(await api.call('reopenWallet', { body }))
      case 'raise_limits': {
        const { singleFen, dailyFen } = action
        return takeWallet(
          await api.call('setLimits', { body: { singleFen, dailyFen, approvalId } }),
        )
      }
      case 'sign_agreement':
        return takeWallet(await api.call('signAgreement', { body }))
      case 'unlock_card': {
        const answer = await api.call('unlockCard', { body })
        if (answer.ok) card.take(answer)
        else void loadAnew(card)
        void refresh()
        return answer
      }
      case 'pay': {
        const { paymentId } = action
        const answer = await api.call('confirmPayment', { paymentId, body })
        if (answer.ok) later.showEntry(answer.value)
        return answer
      }
      case 'enrol_device': {
        await later.confirmEnrolment({ approvalId })
        const state = basis.enrolment.value
        return 'problem' in state && state.problem
          ? failed({ ...localTrouble(state.problem.code), ...state.problem })
          : { ok: true, value: {} }
      }
      case 'export_data':
        return myData.fetch(approvalId)
      case 'delete_me': {
        const answer = await api.call('deleteMe', { body })
        void loadAnew(card)
        return answer
      }
      case 'set_password':
      case 'change_password':
      case 'set_water_password':
        // Done on the keypad page itself.
        void loadAnew(wallet)
        return { ok: true, value: {} }
      default:
        // Approved for a newer widget, before this one was opened in its place.
        return failed(localTrouble('APPROVAL_INVALID'))
    }
  }

  async function approve(action: ApprovalAction): Promise<Done> {
    const approved = await approvals.ask(action)
    if (approved.kind === 'approved') return toDone(await perform(action, approved.approvalId))
    if (approved.kind === 'refused') void loadAnew(wallet)
    return approved
  }

  /** Back from the keypad at top level: finishes what was approved there. */
  async function finish() {
    const left = notes.read('left')
    if (!left) return transfers.recover()
    const { approvalId } = left
    if (!approvalId) {
      notes.write('left', undefined)
      return transfers.recover()
    }
    const answer = await api.call('getApproval', { approvalId })
    // Until the core has said what became of it, the next time asks again.
    if (!answer.ok && answer.trouble.code !== 'APPROVAL_INVALID') return transfers.recover()
    notes.write('left', undefined)
    if (!answer.ok) return transfers.recover()
    const { action, status } = answer.value
    if (isApproved(answer.value)) {
      finished.value = { action }
      finished.value = { action, done: toDone(await perform(action, approvalId)) }
    } else {
      // They came back by themselves, and could go forward to the keypad again.
      if (status === 'waiting') void api.call('cancelApproval', { approvalId })
      const problem = localTrouble('APPROVAL_INVALID')
      const done: Done = status === 'expired' ? { kind: 'refused', problem } : { kind: 'cancelled' }
      finished.value = { action, done }
      await transfers.recover()
    }
  }

  let displays = 0
  let leaving: ReturnType<typeof setTimeout> | undefined
  let stopFollowing: (() => void) | undefined

  /** Keeps the wallet up to date while the page is visible. Returns how to stop. */
  function follow(): () => void {
    let stops: (() => void)[] = []
    const stop = () => {
      for (const each of stops) each()
      stops = []
    }
    const look = () => {
      stop()
      if (!page.visible.value) return
      void wallet.load()
      const timer = setInterval(() => {
        if (wallet.state.value.value?.pending.length) void wallet.load()
      }, LOOK_AGAIN_MS)
      stops = [
        () => clearInterval(timer),
        transfers.keepAsking(),
        binding.keepLooking(),
        later.follow(({ data, notice }) => {
          if (notice) void notices.load()
          if (data.type === 'transfer') transfers.take(data.transfer)
          if (data.type === 'wallet' && binding.awaitsFace()) void binding.look()
          if (data.type === 'device') void loadAnew(devices)
          else void loadAnew(wallet)
        }),
      ]
    }
    look()
    const stopLooking = [
      page.visible.subscribe(look),
      page.online.subscribe(retryLoad),
      wallet.state.subscribe(takeUpBinding),
    ]
    return () => {
      stop()
      for (const each of stopLooking) each()
    }
  }

  let isBack = binding.state.value?.left
  let fromWechat = notes.read('left')?.wechat
  void finish()

  return {
    wallet: wallet.state,
    devices: devices.state,
    notices: notices.state,
    consents: consents.state,
    exported: myData.state,
    binding: binding.state,
    transfer: transfers.state,
    keypad: approvals.keypad,
    finished,
    ownDeviceId: () => keeper.device.value?.deviceId,

    show() {
      displays++
      clearTimeout(leaving)
      if (!stopFollowing) stopFollowing = follow()
      else if (clock.now() - (wallet.state.value.at ?? 0) > FRESH_MS) void wallet.load()
      let shown = 1
      return () => {
        displays -= shown
        shown = 0
        if (displays) return
        // From one page of it to the next nothing has to begin anew.
        leaving = setTimeout(() => {
          stopFollowing?.()
          stopFollowing = undefined
        }, GRACE_MS)
      }
    },
    load: refresh,

    approve,
    hearKeypad: approvals.hear,
    cancelKeypad: approvals.cancel,
    leaveForKeypad: approvals.leave,
    comeBackFromKeypad: approvals.comeBack,
    forgetFinished() {
      finished.value = undefined
    },
    paying: () =>
      notes.read('collection') ? 'collection' : notes.read('utility') ? 'utility' : undefined,

    async startBinding(details, face) {
      const answer = await binding.start(details, face)
      // The school has begun to ask for it since the wallet was fetched.
      if (!answer.ok && answer.trouble.code === 'FACE_CHECK_NEEDED') void wallet.load()
      return toDone(answer)
    },
    async confirmBinding(smsCode) {
      return toDone(await binding.confirm(smsCode))
    },
    leaveForFace: binding.leave,
    isBackFromFace() {
      const was = Boolean(isBack && binding.state.value)
      isBack = false
      return was
    },
    backFromWechat() {
      if (!fromWechat) return undefined
      const isSecond = fromWechat > 1
      fromWechat = undefined
      // The core has put it behind the page's own fragment. Nobody shares it, and routers find theirs again.
      const [said, word] = /[#?&]wechat=([\w-]+)$/.exec(location.hash) ?? []
      if (!said || !word) return ''
      history.replaceState(history.state, '', location.href.slice(0, -said.length))
      return isSecond && word === 'again' ? 'stuck' : word
    },
    forgetBinding: binding.forget,
    async chooseDefaultCard(cardId) {
      return toDone(takeWallet(await api.call('chooseDefaultCard', { cardId })))
    },

    startTransfer(kind, cardId, amountFen) {
      return approve({ kind, cardId, amountFen, transferId: makeId(clock.now()) })
    },
    async retryTransfer() {
      const before = transfers.state.value
      if (before?.kind !== 'unsure' || (await transfers.ask()) !== false) {
        return { kind: 'done', value: undefined }
      }
      return approve(before.draft)
    },
    openTransfer: transfers.open,

    async setLimits(singleFen, dailyFen) {
      const before = wallet.state.value.value?.limits
      const rises = !before || singleFen > before.singleFen || dailyFen > before.dailyFen
      if (rises) return approve({ kind: 'raise_limits', singleFen, dailyFen })
      return toDone(takeWallet(await api.call('setLimits', { body: { singleFen, dailyFen } })))
    },
    async cancelAgreement() {
      return toDone(takeWallet(await api.call('cancelAgreement', {})))
    },
    async declinePayment(paymentId) {
      const answer = await api.call('declinePayment', { paymentId })
      if (answer.ok) later.showEntry(answer.value)
      return toDone(answer)
    },
    async lockCard() {
      const answer = await api.call('lockCard', {})
      if (answer.ok) card.take(answer)
      else void loadAnew(card)
      return toDone(answer)
    },
    loadDevices: devices.load,
    async removeDevice(deviceId) {
      const answer = await api.call('removeDevice', { deviceId })
      if (answer.ok && deviceId === keeper.device.value?.deviceId) await keeper.forget()
      await loadAnew(devices)
      return toDone(answer)
    },
    loadNotices: notices.load,
    moreNotices: notices.more,
    readNotices: notices.read,
    async setLowBalance(lowBalanceFen) {
      return toDone(await notices.setLowBalance(lowBalanceFen))
    },
    async setWechatNotices(on) {
      return toDone(await notices.setWechat(on))
    },
    loadConsents: consents.load,
    async giveConsent(purpose) {
      const answer = await api.call('giveConsent', { body: { purpose } })
      if (answer.ok) consents.take(answer)
      return toDone(answer)
    },
    async withdrawConsent(purpose) {
      const answer = await api.call('withdrawConsent', { body: { purpose } })
      if (answer.ok) consents.take(answer)
      return toDone(answer)
    },
    forgetExport: myData.forget,
    async startVerification() {
      const cards = wallet.state.value.value?.cards ?? []
      const chosen = cards.find((each) => each.isDefault) ?? cards[0]
      const body = chosen
        ? { means: 'bank_card' as const, cardId: chosen.cardId }
        : { means: 'school_phone' as const }
      return toDone(await api.call('startVerification', { body }))
    },
    async confirmVerification(verificationId, smsCode) {
      return toDone(await api.call('confirmVerification', { verificationId, body: { smsCode } }))
    },
  }

  /** Left for another tab, or a page without storage: the core knows what waits. */
  function takeUpBinding() {
    const { bindingId } = wallet.state.value.value ?? {}
    if (bindingId) binding.takeUp(bindingId)
  }

  function retryLoad() {
    if (page.online.value && wallet.state.value.problem) void wallet.load()
  }
}
