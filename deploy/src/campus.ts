import type { campusSchema } from '@campus-ecode/protocol/campus'
import type { z } from 'zod'

export const SCHOOL_ID = '3001'
export const SCHOOL_ORIGIN = 'https://app.topology.test'
const TILLS = 16
const FIRST_FEN = 500_000

/** How somebody pays; each of them has plenty. */
export type PaysBy = 'wallet' | 'bank_card' | 'one_card'

export interface Member {
  cardNo: string
  paysBy: PaysBy
}

const kinds: PaysBy[] = ['wallet', 'wallet', 'bank_card', 'one_card']
export const members: Member[] = Array.from({ length: TILLS }, (_, i) => ({
  cardNo: `T${String(i).padStart(4, '0')}`,
  paysBy: kinds[i % kinds.length] ?? 'wallet',
}))

const tokenOf = ({ cardNo }: Member) => `card-${cardNo.toLowerCase()}`
const hasWallet = ({ paysBy }: Member) => paysBy !== 'one_card'

/** A school as `import-campus` takes it: whoever pays by bank card has an empty wallet before it (R13). */
export function describeCampus(): z.input<typeof campusSchema> {
  return {
    school: {
      id: SCHOOL_ID,
      name: '拓扑大学',
      nameEn: 'Topology University',
      accent: '#1d4ed8',
      supportContact: '',
      origins: [SCHOOL_ORIGIN],
    },
    people: members.map((member) => ({
      cardNo: member.cardNo,
      name: '某某',
      class: 'student',
      claimed: true,
      groups: [],
      left: false,
      urgeAgreement: false,
      oneCard: true,
      cardTokens: [],
      faceTokens: [],
      ...(hasWallet(member) && {
        wallet: {
          bankCard: { token: tokenOf(member), bankName: '云谷银行', tail: member.cardNo.slice(-4) },
          topUpFen: member.paysBy === 'wallet' ? FIRST_FEN : 0,
        },
      }),
    })),
    merchants: [
      {
        key: 'canteen',
        name: '食堂',
        priceRules: [],
        terminals: members.map((_, i) => ({ name: `窗口${i + 1}` })),
      },
    ],
    gates: [],
    accessPolicies: [],
    utilities: [],
  }
}

/** What the bank and the one-card system hold, as their sandbox reads it. */
export function describeOutside() {
  const of = (account: string) => ({ account, balanceFen: 4 * FIRST_FEN })
  return {
    bank: members.filter(hasWallet).map((member) => of(tokenOf(member))),
    oneCard: members.map(({ cardNo }) => of(cardNo)),
    utilities: [],
  }
}
