import type { Gate, GateOptions, GateReading, GateState } from '@campus-ecode/terminal'

/** A gate that says what it is told to. */
export interface ScriptedGate {
  gate: Gate
  options: GateOptions
  isClosed: boolean
}

export const refused: GateReading = {
  result: 'refused',
  refusal: 'NOT_RECOGNISED',
  message: { 'zh-CN': '无法识别', en: 'Not recognised' },
  credential: null,
  class: null,
  profile: null,
  shownAt: null,
  purpose: null,
  context: null,
  at: '2026-11-23T02:00:00.000Z',
  recordId: null,
}

export const opened: GateReading = {
  ...refused,
  result: 'opened',
  refusal: null,
  message: null,
  credential: 'zEskivflZdY',
  class: 'student',
  profile: 0,
  shownAt: 1_795_399_200,
  purpose: 'door',
  context: 0,
  recordId: '0199f000-0000-7000-8000-0000000000aa',
}

export const state: GateState = {
  online: true,
  lastContactAt: 1_795_399_200_000,
  clockAheadMs: 0,
  keys: { seq: 1, expires: 1_826_935_200 },
  policy: { seq: 1, issued: 1_795_399_000 },
  list: { seq: 1, issued: 1_795_399_000, count: 3 },
  waitingRecords: 0,
  warnings: [],
}

export function createGateScript() {
  const opens: ScriptedGate[] = []
  const script: {
    read: Gate['read']
    checkIdentity: Gate['checkIdentity']
    state: Partial<GateState>
  } = {
    read: async () => opened,
    checkIdentity: async () => ({ kind: 'unknown', reason: 'NOT_SENT' }),
    state: {},
  }
  const openGate = async (options: GateOptions): Promise<Gate> => {
    const entry: ScriptedGate = {
      options,
      isClosed: false,
      gate: {
        read: (text) => script.read(text),
        takeDocuments: async () => [],
        get state() {
          return { ...state, online: options.core !== undefined, ...script.state }
        },
        begun: Promise.resolve(),
        getGate: async () => ({ kind: 'unknown', reason: 'NOT_SENT' }),
        checkIdentity: (code) => script.checkIdentity(code),
        getZoneRecords: async () => ({ kind: 'unknown', reason: 'NOT_SENT' }),
        upload: async () => 0,
        async close() {
          entry.isClosed = true
        },
      },
    }
    opens.push(entry)
    return entry.gate
  }
  return { script, opens, openGate }
}
