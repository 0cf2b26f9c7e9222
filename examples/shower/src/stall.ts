import {
  createShower,
  createWaterCalls,
  type Shower,
  type ShowerState,
  type StartOutcome,
  type WaterCalls,
} from '@campus-ecode/terminal'

/** What somebody does to the controller; a real one has none of these. */
export interface Switches {
  /** The plug is in. */
  power: boolean
  network: boolean
  /** What it tells the core of its meter: the truth, ten times as much, or next to nothing. */
  lie: 'none' | 'up' | 'down'
}

export interface StallView extends Switches {
  phase: ShowerState['phase']
  isOpen: boolean
  totalMl: number
  online: boolean
  session: ShowerState['session']
}

export interface StallOptions {
  dir: string
  coreUrl: string
  keyId: string
  secret: string
  /** The pipe: 10 litres a minute unless told. */
  mlPerSecond?: number
  reportEveryMs?: number
  onFault: (error: unknown) => void
}

/** One stall of the bath house: the kit, with a valve and a meter made of time, and switches for mischief. */
export interface Stall {
  view(): StallView
  start(bathNo: string, waterPassword: string): Promise<StartOutcome | { kind: 'off' }>
  open(): boolean
  shut(): void
  stop(): Promise<void>
  set(switches: Partial<Switches>): Promise<void>
  close(): Promise<void>
}

const PULSE_MS = 200

export async function openStall(options: StallOptions): Promise<Stall> {
  const { dir, mlPerSecond = 167, onFault } = options
  const switches: Switches = { power: true, network: true, lie: 'none' }
  let shower: Shower | undefined
  let isOpen = false
  let changing: Promise<unknown> = Promise.resolve()

  const powerUp = () =>
    createShower({
      dir,
      calls: withMischief(createWaterCalls(options), switches),
      valve: {
        open: () => {
          isOpen = true
        },
        shut: () => {
          isOpen = false
        },
      },
      onFault,
      ...(options.reportEveryMs !== undefined && { reportEveryMs: options.reportEveryMs }),
    })
  shower = await powerUp()
  const pulses = setInterval(() => {
    if (isOpen) shower?.flow(Math.round((mlPerSecond * PULSE_MS) / 1000))
  }, PULSE_MS)

  async function setPower(power: boolean): Promise<void> {
    if (power === (shower !== undefined)) return
    if (power) {
      shower = await powerUp()
      return
    }
    // Nothing is ended: the session lies in the folder, as after a real power cut.
    const off = shower
    shower = undefined
    isOpen = false
    await off?.close()
  }

  return {
    view() {
      const state = shower?.state
      return {
        ...switches,
        phase: state?.phase ?? 'idle',
        isOpen: state?.isOpen ?? false,
        totalMl: state?.totalMl ?? 0,
        online: state?.online ?? false,
        session: state?.session ?? null,
      }
    },
    async start(bathNo, waterPassword) {
      return shower ? shower.start(bathNo, waterPassword) : { kind: 'off' }
    },
    open: () => shower?.open() ?? false,
    shut: () => shower?.shut(),
    async stop() {
      await shower?.stop()
    },
    set(next) {
      Object.assign(switches, next)
      changing = changing.then(() => setPower(switches.power))
      return changing as Promise<void>
    },
    async close() {
      clearInterval(pulses)
      await changing
      await shower?.close()
    },
  }
}

/** The calls of an honest controller with a cable; or not. */
function withMischief(calls: WaterCalls, switches: Switches): WaterCalls {
  const cut = { kind: 'unknown', reason: 'NOT_SENT' } as const
  const told = (totalMl: number) =>
    switches.lie === 'up' ? totalMl * 10 : switches.lie === 'down' ? Math.min(totalMl, 10) : totalMl
  return {
    start: async (request) => (switches.network ? calls.start(request) : cut),
    look: async (sessionNo) => (switches.network ? calls.look(sessionNo) : cut),
    meter: async (sessionNo, { seq, totalMl }) =>
      switches.network ? calls.meter(sessionNo, { seq, totalMl: told(totalMl) }) : cut,
    end: async (sessionNo, totalMl) =>
      switches.network ? calls.end(sessionNo, told(totalMl)) : cut,
    reverse: async (sessionNo) => (switches.network ? calls.reverse(sessionNo) : cut),
    close: calls.close,
  }
}
