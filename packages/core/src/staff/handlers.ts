import { addStaff, changeStaff, getStaff, recoverStaff } from './accounts.ts'
import type { StaffHandlers } from './context.ts'
import { getAudit } from './get-audit.ts'
import { findPayments } from './payments/find-payments.ts'
import { getPayment } from './payments/get-payment.ts'
import { refundPayment } from './payments/refund-payment.ts'
import { finishSetUp, getSelf, openSetUp, signIn, signOut } from './sign-in.ts'
import { decideTask, getTasks } from './tasks/decide-task.ts'

/** One for each row of the table in protocol's staff-api.ts. */
export const staffHandlers: StaffHandlers = {
  signIn,
  openSetUp,
  finishSetUp,
  getSelf,
  signOut,
  findPayments,
  getPayment,
  refundPayment,
  getTasks,
  decideTask,
  getAudit,
  getStaff,
  addStaff,
  changeStaff,
  recoverStaff,
}
