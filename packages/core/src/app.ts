import {
  bffRoutes,
  corePersonRoutes,
  providerRoutes,
  terminalRoutes,
} from '@campus-ecode/protocol/core-api'
import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import { incomingRoutes } from '@campus-ecode/protocol/incoming'
import { createCoreOpenApi } from '@campus-ecode/protocol/openapi'
import { operatorRoutes } from '@campus-ecode/protocol/operator-api'
import { orderRoutes } from '@campus-ecode/protocol/orders'
import { coreSignInRoutes, serviceTicketRoutes } from '@campus-ecode/protocol/sign-ins'
import { waterRoutes } from '@campus-ecode/protocol/water'
import { Hono } from 'hono'
import { getAccess } from './access/get-access.ts'
import { getAccessRecords } from './access/get-access-records.ts'
import { chooseDefaultAccount } from './accounts/choose-default-account.ts'
import { getAccounts } from './accounts/get-accounts.ts'
import { cancelApproval } from './approvals/cancel-approval.ts'
import { getApproval } from './approvals/get-approval.ts'
import { startApproval } from './approvals/start-approval.ts'
import { getBill, getBillEntry } from './bill/get-bill.ts'
import { claimCard } from './cards/claim-card.ts'
import { getCard, getCardNumber } from './cards/get-card.ts'
import { lockCard } from './cards/lock-card.ts'
import { unlockCard } from './cards/unlock-card.ts'
import { payCollection } from './collections/pay-collection.ts'
import { resolveCollection } from './collections/resolve-collection.ts'
import { agree } from './consents/agree.ts'
import { getConsents } from './consents/get-consents.ts'
import { withdrawConsent } from './consents/withdraw-consent.ts'
import { endCredential } from './credentials/end-credential.ts'
import { startCredential } from './credentials/start-credential.ts'
import { confirmEnrolment } from './devices/confirm-enrolment.ts'
import { contactDevice } from './devices/contact-device.ts'
import { getDevices } from './devices/get-devices.ts'
import { removeDevice } from './devices/remove-device.ts'
import { startEnrolment } from './devices/start-enrolment.ts'
import { deleteMe } from './erasure/delete-me.ts'
import { getEventFeed, getEvents } from './events/read-events.ts'
import { createGateHandlers } from './gates/handlers.ts'
import { endGathering } from './gatherings/end-gathering.ts'
import { getGatheringRecords } from './gatherings/get-gathering-records.ts'
import { getGatherings } from './gatherings/get-gatherings.ts'
import { startGathering } from './gatherings/start-gathering.ts'
import { answerRefusal } from './http/answer-request.ts'
import { type CoreApp, type CoreEnv, mountNotFound, mountRoutes } from './http/mount-routes.ts'
import {
  type BffCaller,
  type BffHandlers,
  type Handlers,
  type PersonHandlers,
  type ProviderHandlers,
  refuse,
  type Services,
  type TerminalCaller,
  type TerminalHandlers,
} from './http/operation.ts'
import type { Reception } from './http/receive-request.ts'
import { issueIdentityCode } from './identity-codes/issue-identity-code.ts'
import { getIncoming } from './incoming/get-incoming.ts'
import { issueCode } from './issued-codes/issue-code.ts'
import { getMyData } from './my-data/get-my-data.ts'
import { getNotices } from './notices/get-notices.ts'
import { readNotices } from './notices/read-notices.ts'
import { setNoticeSettings } from './notices/set-notice-settings.ts'
import { operatorHandlers } from './onboarding/handlers.ts'
import { getOrder } from './orders/get-order.ts'
import { createOrderHandlers } from './orders/handlers.ts'
import { payOrder } from './orders/pay-order.ts'
import { confirmPayment, declinePayment } from './payments/confirm-payment.ts'
import { createPaymentHandlers } from './payments/handlers.ts'
import { resolveSubject } from './schools/resolve-subject.ts'
import { getServices } from './services-grid/get-services.ts'
import { openService } from './services-grid/open-service.ts'
import { validateServiceTicket } from './services-grid/validate-service-ticket.ts'
import { endWechatSignIn } from './sign-ins/end-wechat-sign-in.ts'
import { createSignInHandlers } from './sign-ins/handlers.ts'
import { getTerminal } from './terminals/get-terminal.ts'
import { getTransfer } from './transfers/get-transfer.ts'
import { topUp } from './transfers/top-up.ts'
import { withdraw } from './transfers/withdraw.ts'
import { findUtilityAccount, getUtilities } from './utilities/get-utilities.ts'
import { getUtilityTopUp, topUpUtility } from './utilities/top-up-utility.ts'
import { confirmVerification } from './verifications/confirm-verification.ts'
import { startVerification } from './verifications/start-verification.ts'
import { cancelAgreement, signAgreement } from './wallet/agreement.ts'
import { chooseDefaultCard } from './wallet/choose-default-card.ts'
import { closeWallet } from './wallet/close-wallet.ts'
import { confirmBinding } from './wallet/confirm-binding.ts'
import { getBinding } from './wallet/get-binding.ts'
import { getWallet } from './wallet/get-wallet.ts'
import { reopenWallet } from './wallet/reopen-wallet.ts'
import { setLimits } from './wallet/set-limits.ts'
import { startBinding } from './wallet/start-binding.ts'
import { tellFaceCheck } from './wallet/tell-face-check.ts'
import { unbindCard } from './wallet/unbind-card.ts'
import { waterHandlers } from './water/handlers.ts'
import { endMyWater, getMyWater } from './water/my-water.ts'
import { confirmWechatBinding } from './wechat/confirm-wechat-binding.ts'
import { endWechatBinding } from './wechat/end-wechat-binding.ts'
import { getMyWechat } from './wechat/get-my-wechat.ts'
import { startWechatBinding } from './wechat/start-wechat-binding.ts'
import { createSignWechatPage } from './wechat-tokens/sign-page.ts'

const bffHandlers: BffHandlers = { resolveSubject, getEventFeed }

const providerHandlers: ProviderHandlers = { tellFaceCheck }

const incomingHandlers: Handlers<typeof incomingRoutes, TerminalCaller> = { getIncoming }

const serviceTicketHandlers: Handlers<typeof serviceTicketRoutes, BffCaller> = {
  validateServiceTicket,
}

const personHandlers: Omit<PersonHandlers, 'signWechatPage'> = {
  endWechatSignIn,
  getServices,
  openService,
  resolveCollection,
  payCollection,
  getOrder,
  payOrder,
  deleteMe,
  getMyWechat,
  startWechatBinding,
  confirmWechatBinding,
  endWechatBinding,

  getCard,
  getCardNumber,
  claimCard,
  lockCard,
  unlockCard,
  getAccounts,
  chooseDefaultAccount,
  issueCode,
  startEnrolment,
  confirmEnrolment,
  contactDevice,
  removeDevice,
  getDevices,
  topUp,
  withdraw,
  getTransfer,
  startApproval,
  getApproval,
  cancelApproval,
  startVerification,
  confirmVerification,
  confirmPayment,
  declinePayment,
  getBill,
  getBillEntry,
  getEvents,
  getWallet,
  startBinding,
  getBinding,
  confirmBinding,
  chooseDefaultCard,
  unbindCard,
  setLimits,
  signAgreement,
  cancelAgreement,
  closeWallet,
  reopenWallet,
  getNotices,
  readNotices,
  setNoticeSettings,
  getConsents,
  giveConsent: agree,
  withdrawConsent,
  getMyData,
  getAccess,
  getAccessRecords,
  startCredential,
  endCredential,
  issueIdentityCode,
  getMyWater,
  endMyWater,
  getUtilities,
  findUtilityAccount,
  topUpUtility,
  getUtilityTopUp,
  getGatherings,
  startGathering,
  endGathering,
  getGatheringRecords,
}

/**
 * The core's HTTP interface.
 *
 * @param checkReady Throws while something that the core needs does not answer.
 */
export function createApp(
  services: Services,
  reception: Reception,
  checkReady: () => Promise<unknown>,
): CoreApp {
  const app = new Hono<CoreEnv>()
  const openApi = JSON.stringify(createCoreOpenApi())
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    try {
      await checkReady()
      return c.json({ status: 'ok' })
    } catch (error) {
      const requestId = services.newId()
      services.log.warn({ error, requestId }, 'not ready')
      return answerRefusal({ requestId, nowMs: services.now() }, refuse('UNAVAILABLE'))
    }
  })
  app.get('/openapi.json', (c) => c.body(openApi, 200, { 'content-type': 'application/json' }))

  const terminalHandlers: TerminalHandlers = { ...createPaymentHandlers(services), getTerminal }
  mountRoutes(app, bffRoutes, bffHandlers, services, reception, 'bff')
  const allPersonHandlers: PersonHandlers = {
    ...personHandlers,
    signWechatPage: createSignWechatPage(services),
  }
  mountRoutes(app, corePersonRoutes, allPersonHandlers, services, reception, 'bff')
  mountRoutes(app, coreSignInRoutes, createSignInHandlers(), services, reception, 'bff')
  mountRoutes(app, serviceTicketRoutes, serviceTicketHandlers, services, reception, 'bff')
  mountRoutes(app, providerRoutes, providerHandlers, services, reception, 'provider')
  mountRoutes(app, terminalRoutes, terminalHandlers, services, reception, 'terminal')
  mountRoutes(app, waterRoutes, waterHandlers, services, reception, 'terminal')
  mountRoutes(app, incomingRoutes, incomingHandlers, services, reception, 'terminal')
  mountRoutes(app, orderRoutes, createOrderHandlers(), services, reception, 'terminal')
  mountRoutes(app, gateRoutes, createGateHandlers(services), services, reception, 'gate')
  mountRoutes(app, operatorRoutes, operatorHandlers, services, reception, 'operator')
  mountNotFound(app, services, reception)
  return app
}
