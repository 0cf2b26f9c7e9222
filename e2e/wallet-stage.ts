import { inject } from 'vitest'
import { setStage } from './stage.ts'

/**
 * The system in which wallets are lived with. Nobody breaks its bank, and each file has people of its
 * own, whose passwords and limits other files need not know: README.md says who is whose.
 */
export const { system, demo, sandbox, till, openPhone } = setStage(inject('walletSystem'))
