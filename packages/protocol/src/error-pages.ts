import { errorHelp } from './error-help.ts'
import { describeError, type ErrorCode, errorTable } from './errors.ts'

/** All that is to be said of one error. */
export interface ErrorPage {
  code: ErrorCode
  /** 0: the widget raises it in the page, and it never travels. */
  status: number
  retryable: boolean
  sentences: { 'zh-CN': string; en: string }
  cause: string
  fix: string
}

/** @returns Nothing for what is no code of the table. */
export function findErrorPage(code: string): ErrorPage | undefined {
  if (!Object.hasOwn(errorTable, code)) return undefined
  const [cause = '', fix = ''] = errorHelp[code as ErrorCode] ?? []
  return { code: code as ErrorCode, ...describeError(code as ErrorCode), cause, fix }
}

/** How it travels, and what becomes of a second try. */
export function describeWire(status: number, retryable: boolean): string {
  if (status === 0) {
    return retryable ? 'Raised in the page; trying again may succeed.' : 'Raised in the page.'
  }
  const again = retryable
    ? ' Sending the same again, signed anew, may succeed and can do no harm.'
    : ''
  return `HTTP ${status}.${again}`
}

/** Where a group begins in the error table; those an embedder meets first come first. */
const GROUPS: [first: ErrorCode, title: string][] = [
  ['OPTIONS_INVALID', 'In the page, by the widget itself'],
  ['SCHOOL_CREDENTIALS_INVALID', 'Sessions'],
  ['BAD_REQUEST', 'Transport'],
  ['WECHAT_SIGN_IN_NOT_OFFERED', 'Signing in by a channel, tickets'],
  ['CARD_NOT_CLAIMED', 'The card'],
  ['CODE_NOT_RECOGNISED', 'Codes at a till'],
  ['TOKEN_UNKNOWN', 'Cards and faces at a till'],
  ['CONSENT_REQUIRED', 'Access'],
  ['AMOUNT_INVALID', 'Payments, orders, refunds'],
  ['COLLECTION_NOT_HERE', 'Collection codes and online orders'],
  ['WATER_PASSWORD_WRONG', 'Showers and utilities'],
  ['WECHAT_NOT_OFFERED', 'WeChat Pay'],
  ['BINDING_HOLDER_MISMATCH', 'The wallet'],
  ['PASSWORD_NOT_SET', 'The payment password'],
  ['ENROLMENT_UNKNOWN', 'Phones that draw their own codes'],
  ['NOTICE_UNKNOWN', 'Notices and personal data'],
  ['SCHOOL_EXISTS', 'Onboarding'],
  ['STAFF_SIGN_IN_WRONG', 'Staff at the console'],
  ['SIGNATURE_MISSING', 'Signatures between services'],
]

const HEAD = `# Errors

Every error has a \`code\` that never changes. You meet it as \`error.code\` in \`on('error')\` and rejected promises, and as the
member \`code\` of an answer (\`application/problem+json\`, with a \`requestId\` that finds its line in the operator's logs).
Each code has its page at the BFF, too: \`https://pay.school.edu/errors/<CODE>\`; the widget names that address in the console.
The quoted sentence is what a person reads.

This page is made of \`packages/protocol/src/errors.ts\` and \`error-help.ts\`: \`node scripts/write-errors.mjs\`.
`

/** docs/errors.md. */
export function writeErrorDocument(): string {
  const codes = Object.keys(errorTable) as ErrorCode[]
  const starts = GROUPS.map(([first]) => codes.indexOf(first))
  const sections = GROUPS.map(([first, title]) => {
    const from = codes.indexOf(first)
    const to = Math.min(...starts.filter((start) => start > from), codes.length)
    return [`## ${title}\n`, ...codes.slice(from, to).map(writeEntry)].join('\n')
  })
  return [HEAD, ...sections].join('\n')
}

function writeEntry(code: ErrorCode): string {
  const { status, retryable, sentences, cause, fix } = findErrorPage(code) as ErrorPage
  return `### ${code}

> ${sentences['zh-CN']} · ${sentences.en}

${cause} ${describeWire(status, retryable)}

**Mend:** ${fix}
`
}
