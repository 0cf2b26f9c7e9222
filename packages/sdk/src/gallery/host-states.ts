import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { ShownProblem } from '../model.ts'
import type { ScreenName } from '../screens/options.ts'
import { makeModel, NOON, problem } from './fixtures.ts'
import { type GivenHost, type StillHost, services } from './host-fixtures.ts'
import type { GalleryState } from './states.ts'

const value = <T>(given: T) => ({ value: given, at: NOON, loading: false })
const failed = { loading: false, problem: problem('CORE_UNREACHABLE') }
type Given = Partial<Parameters<typeof makeModel>[0]>

const at =
  (screen: ScreenName, host: GivenHost, taps: readonly string[] = [], more: Given = {}) =>
  (): GalleryState => ({ model: makeModel({ ...more, host }), screen, taps })
const lost = (problem: ShownProblem, host: GivenHost = {}, taps: readonly string[] = []) =>
  at('card', host, taps, { session: { kind: 'lost', problem } })
const over = (signInAgain?: () => void): ShownProblem => ({
  ...problem('SESSION_PROVIDER_FAILED'),
  cause: { code: 'SIGN_IN_ENDED', signInAgain },
})
const insecure = (...args: Parameters<typeof lost>) => ({ ...lost(...args)(), insecure: true })
const refused = (code: ErrorCode) => ({ kind: 'refused', problem: problem(code) }) as const
const signsIn = value({
  offered: true,
  bound: false,
  boundAt: null,
  ready: true,
  signsIn: true,
})
const rows = 'section.purse ~ section:nth-of-type'
const [devicesRow, shakeRow] = [`${rows}(3) li:nth-child(2) .way`, '[role="switch"]']

/** The host, and what leads out of the widget. */
export const hostStates: Record<string, () => GalleryState> = {
  'services-grid': at('card', { services: value(services) }),
  'services-grid-few': at('card', { services: value(services.slice(2, 5)) }),
  'services-grid-loading': at('card', { services: { loading: true } }),
  'services-grid-failed': at('card', { services: failed }),
  'services-grid-offline': at('card', { services: value(services) }, [], { online: false }),
  'services-grid-offline-empty': at('card', { services: failed }, [], { online: false }),
  'services-grid-refused': at(
    'card',
    { services: value(services.slice(0, 4)), openService: refused('SERVICE_UNKNOWN') },
    ['.service'],
  ),
  'pay-bright-hint': at('pay', { hint: true }),
  'pay-captured'() {
    const model = makeModel({ host: { caps: ['onCapture'] } })
    return {
      model,
      screen: 'pay',
      finish: () => (model.host.value as StillHost).tell('capture'),
    }
  },
  'card-closable': at('card', { caps: ['close'] }),
  'shake-off': at('wallet', { caps: ['shake'] }),
  'shake-on': at('wallet', { caps: ['shake'], shakes: true }),
  'shake-refused': at('wallet', { caps: ['shake'], answer: () => false }, [shakeRow]),
  'devices-wechat': at('wallet', { wechat: signsIn }, [devicesRow]),
  'devices-wechat-end': at('wallet', { wechat: signsIn }, [
    devicesRow,
    '.bank:nth-of-type(3) .link',
  ]),
  'sign-in-over': lost(over(() => {})),
  'sign-in-over-elsewhere': lost(over(), { caps: ['close'] }),
  'sign-in-over-no-way': lost(over()),
  insecure: () => insecure(problem('ENGINE_UNSUPPORTED')),
  'insecure-failed': () =>
    insecure(problem('ENGINE_UNSUPPORTED'), { openSecurely: refused('SESSION_PROVIDER_FAILED') }, [
      '.button',
    ]),
}
