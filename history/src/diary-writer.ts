import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type {
  ApprovalLine,
  CodeLine,
  DiaryLine,
  DisturbanceLine,
  PhoneReplyLine,
  PhoneSendLine,
  ReplyLine,
  SendLine,
  TransferReplyLine,
  TransferSendLine,
  WitnessLine,
} from './diary.ts'
import type { WayReplyLine, WaySendLine } from './ways/diary-lines.ts'

/** A union's members, each without some of its fields. */
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never

/** What a client says of a call; the diary adds when, and the call's number. */
export type Sent = Without<SendLine, 'line' | 'atMs' | 'call'>
export type Replied = Without<ReplyLine, 'line' | 'atMs' | 'call'>
export type SentTransfer = Without<TransferSendLine, 'line' | 'atMs' | 'call'>
export type RepliedTransfer = Without<TransferReplyLine, 'line' | 'atMs' | 'call'>
export type SentByPhone = Without<PhoneSendLine, 'line' | 'atMs' | 'call'>
export type RepliedToPhone = Without<PhoneReplyLine, 'line' | 'atMs' | 'call'>
export type MadeCode = Without<CodeLine, 'line' | 'atMs' | 'code'>

export type SentWay = Without<WaySendLine, 'line' | 'atMs' | 'call'>
export type RepliedWay = Without<WayReplyLine, 'line' | 'atMs' | 'call'>

/** Writes down what happened, as it happens, in memory and in a file that outlives us. */
export interface Diary {
  readonly lines: readonly DiaryLine[]
  write(line: DiaryLine): void
  /** @returns The number that stands for the code from now on. */
  code(made: MadeCode): number
  /** Before the first byte leaves. @returns The call's number. */
  send(sent: Sent): number
  /** Once per call. Throws for a call that was not sent or has its reply already. */
  reply(call: number, replied: Replied): void
  /** The same for transfers, whose calls are counted apart. */
  sendTransfer(sent: SentTransfer): number
  replyTransfer(call: number, replied: RepliedTransfer): void
  /** And for what somebody does at the keypad or with their card. */
  sendByPhone(sent: SentByPhone): number
  replyToPhone(call: number, replied: RepliedToPhone): void
  /** And in other ways to pay. */
  sendWay(sent: SentWay): number
  replyWay(call: number, replied: RepliedWay): void
  approval(opened: Without<ApprovalLine, 'line' | 'atMs'>): void
  disturb(what: Without<DisturbanceLine, 'line' | 'atMs'>): void
  witness(saw: WitnessLine['saw'], detail: string): void
  close(): Promise<void>
}

export function createDiary(file: string): Diary {
  const lines: DiaryLine[] = []
  const open = new Set<number>()
  const openTransfers = new Set<number>()
  const openPhones = new Set<number>()
  const stream = createWriteStream(file, { mode: 0o600 })
  let codes = 0
  let calls = 0
  let transferCalls = 0
  let phoneCalls = 0
  const openWays = new Set<number>()
  let wayCalls = 0

  function write(line: DiaryLine): void {
    lines.push(line)
    stream.write(`${JSON.stringify(line)}\n`)
  }

  return {
    lines,
    write,
    code(made) {
      const code = ++codes
      write({ line: 'code', atMs: Date.now(), code, ...made })
      return code
    },
    send(sent) {
      const call = ++calls
      open.add(call)
      write({ line: 'send', atMs: Date.now(), call, ...sent } as SendLine)
      return call
    },
    reply(call, replied) {
      if (!open.delete(call)) throw new Error(`call ${call} waits for no reply`)
      write({ line: 'reply', atMs: Date.now(), call, ...replied } as ReplyLine)
    },
    sendTransfer(sent) {
      const call = ++transferCalls
      openTransfers.add(call)
      write({ line: 'transfer-send', atMs: Date.now(), call, ...sent } as TransferSendLine)
      return call
    },
    replyTransfer(call, replied) {
      if (!openTransfers.delete(call)) throw new Error(`transfer call ${call} waits for no reply`)
      write({ line: 'transfer-reply', atMs: Date.now(), call, ...replied } as TransferReplyLine)
    },
    sendByPhone(sent) {
      const call = ++phoneCalls
      openPhones.add(call)
      write({ line: 'phone-send', atMs: Date.now(), call, ...sent } as PhoneSendLine)
      return call
    },
    replyToPhone(call, replied) {
      if (!openPhones.delete(call)) throw new Error(`phone call ${call} waits for no reply`)
      write({ line: 'phone-reply', atMs: Date.now(), call, ...replied } as PhoneReplyLine)
    },
    sendWay(sent) {
      const call = ++wayCalls
      openWays.add(call)
      write({ line: 'way-send', atMs: Date.now(), call, ...sent })
      return call
    },
    replyWay(call, replied) {
      if (!openWays.delete(call)) throw new Error(`way call ${call} waits for no reply`)
      write({ line: 'way-reply', atMs: Date.now(), call, ...replied } as WayReplyLine)
    },
    approval(opened) {
      write({ line: 'approval', atMs: Date.now(), ...opened })
    },
    disturb(what) {
      write({ line: 'disturbance', atMs: Date.now(), ...what } as DisturbanceLine)
    },
    witness(saw, detail) {
      write({ line: 'witness', atMs: Date.now(), saw, detail })
    },
    async close() {
      stream.end()
      await finished(stream)
    },
  }
}
