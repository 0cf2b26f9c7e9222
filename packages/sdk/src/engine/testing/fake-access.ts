import { ECDH } from 'node:crypto'
import type {
  AccessOverview,
  AccessRecord,
  Credential,
  Gathering,
  GatheringRecords,
} from '@campus-ecode/protocol/access'
import {
  type AccessCode,
  encodeCredentialBody,
  parseAccessCode,
  showSigningInput,
} from '@campus-ecode/protocol/access-code'
import type { Card } from '@campus-ecode/protocol/card'
import { consentTexts } from '@campus-ecode/protocol/consents'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { fromBase64Url, toBase64Url } from '../base64url.ts'

export interface AccessSide {
  card: Card
  now(): number
  refuse(code: ErrorCode): Response
}

export interface Issued extends Credential {
  label: string
  publicKey: string
  ended: boolean
}

/** Access's side of the core, in a few lines, and a gate that checks what a phone has signed. */
export function createFakeAccess() {
  const credentials: Issued[] = []
  const gatherings = new Map<string, Gathering>()
  let serial = 0

  const fake = {
    overview: {
      consented: true,
      contexts: [
        { purpose: 'door', context: 0, title: null, place: null, endsAt: null },
        { purpose: 'library', context: 0, title: null, place: null, endsAt: null },
      ],
      places: [{ purpose: 'door', campus: null, zone: '3 号宿舍楼' }],
      mayGather: false,
      revocation: null,
      serverTime: '',
    } as AccessOverview,
    credentialMinutes: 1_440,
    credentials,
    gatherings,
    attendees: [] as GatheringRecords['attendees'],
    records: [] as AccessRecord[][],
    identityCodes: [] as string[],
    living: () => credentials.filter((each) => !each.ended),
    /** What a gate makes of a text: whose credential it is and what it is shown for. */
    async check(text: string): Promise<(AccessCode & { credentialId: string }) | undefined> {
      const code = parseAccessCode(text)
      const body = code && toBase64Url(code.body)
      const issued = credentials.find(
        (each) => toBase64Url(fromBase64Url(each.credential).slice(0, 46)) === body,
      )
      if (!code || !issued) return undefined
      const point = ECDH.convertKey(
        fromBase64Url(issued.publicKey),
        'prime256v1',
        undefined,
        undefined,
        'uncompressed',
      )
      const { subtle } = crypto
      const curve = { name: 'ECDSA', namedCurve: 'P-256' }
      const key = await subtle.importKey('raw', point as Buffer<ArrayBuffer>, curve, true, [
        'verify',
      ])
      const genuine = await subtle.verify(
        { name: 'ECDSA', hash: 'SHA-256' },
        key,
        code.deviceSignature,
        showSigningInput(code.shown),
      )
      return genuine ? { ...code, credentialId: issued.credentialId } : undefined
    },
    answer(
      route: string,
      body: unknown,
      query: URLSearchParams,
      side: AccessSide,
    ): object | undefined {
      const { refuse } = side
      const given = (body ?? {}) as Record<string, never>
      const iso = (offset = 0) => new Date(side.now() + offset).toISOString()
      const stopped = {
        active: undefined,
        unclaimed: 'CARD_NOT_CLAIMED',
        locked: 'CARD_LOCKED',
        closed: 'CARD_CLOSED',
      } as const
      const obstacle = stopped[side.card.status]
      switch (route) {
        case 'GET /access':
          return { ...fake.overview, serverTime: iso() }
        case 'GET /consents': {
          const { version, what } = consentTexts.gate_records
          const given = fake.overview.consented ? { version, at: iso() } : null
          const consent = { purpose: 'gate_records', version, what, given, withdrawnAt: null }
          return { consents: [consent] }
        }
        case 'POST /access/credentials': {
          if (obstacle) return refuse(obstacle)
          if (given['consent']) fake.overview = { ...fake.overview, consented: true }
          if (!fake.overview.consented) return refuse('CONSENT_REQUIRED')
          const publicKey = String(given['publicKey'])
          const notBefore = Math.floor(side.now() / 1000) - 60
          const lifetimeMinutes = fake.credentialMinutes
          const signed = encodeCredentialBody({
            ...{ algorithm: 'ed25519', keyId: 1, school: '1001', class: 'student', profile: 7 },
            ...{ notBefore, lifetimeMinutes, devicePublicKey: fromBase64Url(publicKey) },
          })
          const whole = new Uint8Array(110).fill(7)
          whole.set(signed)
          const at = (seconds: number) => new Date(seconds * 1000).toISOString()
          const issued: Issued = {
            credentialId: `credential-${++serial}`,
            credential: toBase64Url(whole),
            notBefore: at(notBefore),
            expiresAt: at(notBefore + lifetimeMinutes * 60),
            renewAt: at(notBefore + lifetimeMinutes * 30),
            serverTime: iso(),
            label: String(given['label']),
            publicKey,
            ended: false,
          }
          credentials.push(issued)
          return issued
        }
        case 'POST /identity-codes': {
          if (obstacle) return refuse(obstacle)
          const code = `7210011${String(++serial).padStart(17, '0')}`
          fake.identityCodes.push(code)
          const codeId = `identity-${serial}`
          return { codeId, code, issuedAt: iso(), expiresAt: iso(60_000) }
        }
        case 'GET /access/records': {
          const page = Number(query.get('cursor') ?? 0)
          const next = page + 1 < fake.records.length ? String(page + 1) : null
          return { records: fake.records[page] ?? [], next }
        }
        case 'GET /access/gatherings':
          if (!fake.overview.mayGather) return refuse('GATHERING_TEACHERS_ONLY')
          return { gatherings: [...gatherings.values()].reverse(), zones: ['A-201'], groups: [] }
        case 'POST /access/gatherings': {
          const { gatheringId, purpose, title, zone, minutes } = given
          const known = gatherings.get(gatheringId ?? '')
          if (known) return known
          const gathering = {
            ...{ gatheringId, purpose, title, zone, context: ++serial, attendeeCount: 0 },
            startsAt: iso(),
            endsAt: iso(Number(minutes) * 60_000),
          } as unknown as Gathering
          gatherings.set(gathering.gatheringId, gathering)
          return gathering
        }
      }
      const [method, path = ''] = route.split(' ')
      const [, , kind, id = '', rest] = path.split('/')
      if (method === 'DELETE' && kind === 'credentials') {
        for (const each of credentials) if (each.credentialId === id) each.ended = true
        return {}
      }
      const gathering = kind === 'gatherings' ? gatherings.get(id) : undefined
      if (gathering && rest === 'end') {
        const ended = { ...gathering, endsAt: iso() }
        gatherings.set(id, ended)
        return ended
      }
      if (gathering && rest === 'records') {
        const { attendees } = fake
        return { gathering: { ...gathering, attendeeCount: attendees.length }, attendees }
      }
      return undefined
    },
  }
  return fake
}
