import { addStaff, changeStaff, getOwnAccount, getStaff, recoverStaff } from './accounts.ts'
import { clearDifference, getDifferences } from './books/differences.ts'
import { downloadStatement, getStatements, prepareStatement } from './books/statements.ts'
import type { StaffHandlers } from './context.ts'
import { exportAudit } from './export-audit.ts'
import { getAudit } from './get-audit.ts'
import { findPayments } from './payments/find-payments.ts'
import { getPayment } from './payments/get-payment.ts'
import { refundPayment } from './payments/refund-payment.ts'
import {
  deletePerson,
  endWechat,
  lockCard,
  removeDevice,
  resetPassword,
  unlockCard,
} from './people/change-person.ts'
import { findPeople } from './people/find-people.ts'
import { getPerson } from './people/get-person.ts'
import { getDevices, getMerchants, setGate, setMerchant, setTerminal } from './places/places.ts'
import { getHealth, getPulse } from './places/pulse.ts'
import { getSettings, setRefundAlone } from './settings/refund-alone.ts'
import { finishSetUp, getSelf, openSetUp, signIn, signOut } from './sign-in.ts'
import { decideTask, getTasks } from './tasks/decide-task.ts'
import { getWebhooks, replayWebhooks } from './webhooks.ts'

/** One for each row of the table in protocol's staff-api.ts. */
export const staffHandlers: StaffHandlers = {
  signIn,
  openSetUp,
  finishSetUp,
  getSelf,
  signOut,
  getOwnAccount,
  findPayments,
  getPayment,
  refundPayment,
  findPeople,
  getPerson,
  lockCard,
  unlockCard,
  resetPassword,
  removeDevice,
  endWechat,
  deletePerson,
  getMerchants,
  setMerchant,
  getDevices,
  setTerminal,
  setGate,
  getPulse,
  getHealth,
  getStatements,
  prepareStatement,
  downloadStatement,
  getDifferences,
  clearDifference,
  getSettings,
  setRefundAlone,
  getWebhooks,
  replayWebhooks,
  exportAudit,
  getTasks,
  decideTask,
  getAudit,
  getStaff,
  addStaff,
  changeStaff,
  recoverStaff,
}
