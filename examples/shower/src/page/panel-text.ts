import type { StallView } from '../stall.ts'
import type { Outcome } from './shower-api.ts'

export interface Sentences {
  zh: string
  en: string
}

/** What the panel says of the shower as it stands, above everything else. */
export function tellState(view: StallView): Sentences | undefined {
  if (!view.power) return { zh: '没有电', en: 'No power' }
  switch (view.phase) {
    case 'starting':
      return { zh: '正在核对…', en: 'Checking…' }
    case 'running':
      if (!view.online) return { zh: '网络断开，用水照常计量', en: 'No network; metering goes on' }
      if (!view.isOpen) return { zh: '已暂停，按“开水”继续', en: 'Paused; press open to go on' }
      return tellLittleLeft(view) ?? { zh: '正在用水', en: 'Water is on' }
    case 'ending':
      return { zh: '已关水，联网后结算', en: 'Shut; will be settled with a network' }
    case 'idle':
      return undefined
  }
}

/** Before the hold is used up and the water stops: a tenth of it is left. */
function tellLittleLeft({ session, totalMl }: StallView): Sentences | undefined {
  if (!session || totalMl < session.maxMl * 0.9) return undefined
  const litres = (Math.max(0, session.maxMl - totalMl) / 1000).toFixed(1)
  return { zh: `正在用水，还剩 ${litres} 升`, en: `Water is on, ${litres} litres left` }
}

/** How the last shower ended. */
export function tellEnd({ session }: StallView): Sentences | undefined {
  if (session?.status !== 'ENDED') return undefined
  const cost = yuan(session.amountFen)
  const litres = (session.litresMl / 1000).toFixed(1)
  return {
    zh: `用水 ${litres} 升，已付 ${cost}`,
    en: `${litres} litres, paid ${cost}`,
  }
}

/** What came of bath number and password. */
export function tellOutcome(outcome: Outcome): Sentences | undefined {
  switch (outcome.kind) {
    case 'running':
      return undefined
    case 'refused':
      return { zh: outcome.message['zh-CN'], en: outcome.message.en }
    case 'unknown':
      return { zh: '连不上，没有扣款，请稍后再试', en: 'No connection; nothing was charged' }
    case 'busy':
      return { zh: '上一次用水还在结算', en: 'The last shower is still being settled' }
    case 'off':
      return { zh: '没有电', en: 'No power' }
  }
}

export function yuan(fen: number): string {
  return `¥${(fen / 100).toFixed(2)}`
}
