import type { RouteName, RouteTable } from '../api.ts'

/** What the wallet calls. */
export const walletRoutes = {
  lockCard: 'POST /card/lock',
  unlockCard: 'POST /card/unlock',
  confirmPayment: 'POST /payments/:paymentId/confirm',
  declinePayment: 'POST /payments/:paymentId/decline',
  getDevices: 'GET /devices',
  startApproval: 'POST /approvals',
  getApproval: 'GET /approvals/:approvalId',
  startVerification: 'POST /verifications',
  confirmVerification: 'POST /verifications/:verificationId/confirm',
  getWallet: 'GET /wallet',
  startBinding: 'POST /wallet/bindings',
  confirmBinding: 'POST /wallet/bindings/:bindingId/confirm',
  chooseDefaultCard: 'POST /wallet/cards/:cardId/default',
  unbindCard: 'POST /wallet/cards/:cardId/unbind',
  topUp: 'POST /wallet/top-ups',
  withdraw: 'POST /wallet/withdrawals',
  getTransfer: 'GET /wallet/transfers/:transferId',
  setLimits: 'PUT /wallet/limits',
  signAgreement: 'POST /wallet/agreement',
  cancelAgreement: 'DELETE /wallet/agreement',
  closeWallet: 'POST /wallet/close',
  reopenWallet: 'POST /wallet/reopen',
  getNotices: 'GET /notices',
  readNotices: 'POST /notices/read',
  setNoticeSettings: 'PUT /notices/settings',
  getConsents: 'GET /consents',
  withdrawConsent: 'POST /consents/withdraw',
  getMyData: 'POST /my-data',
} as const satisfies Partial<RouteTable<RouteName>>
export type WalletRoute = keyof typeof walletRoutes
