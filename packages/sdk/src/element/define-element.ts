import type { ECode, ECodeInstance, PayOutcome, PayRequest } from '../ecode.ts'
import type { ECodeError } from '../loader/ecode-error.ts'
import { changeable, eventNames } from '../npm/names.ts'
import type { ECodeOptions } from '../options.ts'

/** `<campus-ecode>`. Each option is a property; those that are text are attributes, too. */
export interface CampusEcodeElement extends HTMLElement, Partial<Given> {
  /** Where the default `session` posts `{ thumbprint }` to: a route of your own server. */
  sessionUrl?: string
  pay(request: PayRequest): Promise<PayOutcome>
  signOut(): Promise<void>
}

type Given = ECodeOptions & { baseUrl: string }
type OptionName = keyof Given

declare global {
  interface HTMLElementTagNameMap {
    'campus-ecode': CampusEcodeElement
  }
}

const identity = ['baseUrl', 'school', 'subject'] as const
const options: readonly OptionName[] = [...identity, ...changeable]
const attributes = [
  ...['school', 'subject', 'base-url', 'session-url', 'screen', 'screens', 'locale'],
  ...['accent', 'scheme', 'care'],
]

/**
 * Makes `<campus-ecode>` known to the page, once; on a server it does nothing.
 *
 * What happens is told by events of the element, which do not bubble: `paid`, `error` … with `detail`.
 * An `error` that nobody prevents goes to the console.
 */
export function defineElement(create: ECode['create'], Failure: typeof ECodeError): void {
  if (typeof customElements === 'undefined' || customElements.get('campus-ecode')) return

  class CampusEcode extends HTMLElement {
    static readonly observedAttributes = attributes
    readonly #given: Partial<Record<string, unknown>> = {}
    #widget: { instance: ECodeInstance; whose: string } | undefined
    #planned = false

    connectedCallback() {
      // Set before the element was known, they would hide those of its class.
      for (const name of [...options, 'sessionUrl']) {
        const own = Object.getOwnPropertyDescriptor(this, name)
        if (!own) continue
        delete this[name as never]
        this.#given[name] = own.value
      }
      this.#plan()
    }

    disconnectedCallback() {
      this.#plan()
    }

    attributeChangedCallback() {
      this.#plan()
    }

    static {
      for (const name of [...options, 'sessionUrl']) {
        Object.defineProperty(CampusEcode.prototype, name, {
          configurable: true,
          enumerable: true,
          get(this: CampusEcode) {
            return this.#get(name)
          },
          set(this: CampusEcode, value: unknown) {
            this.#given[name] = value
            this.#plan()
          },
        })
      }
    }

    #get(name: string): unknown {
      return this.#given[name] ?? this.#read(name)
    }

    pay(request: PayRequest): Promise<PayOutcome> {
      return this.#ready().then((instance) => instance.pay(request))
    }

    signOut(): Promise<void> {
      return this.#ready().then((instance) => instance.signOut())
    }

    async #ready(): Promise<ECodeInstance> {
      if (!this.#widget) throw new Failure('DESTROYED', 'The element is not on a page')
      return this.#widget.instance
    }

    /** Moved within the page it is taken away and brought back at once, and several things change together. */
    #plan() {
      if (this.#planned) return
      this.#planned = true
      Promise.resolve().then(() => {
        this.#planned = false
        this.#settle()
      })
    }

    #settle() {
      const given = Object.fromEntries(
        options.map((name) => [name, this.#get(name)]),
      ) as unknown as Given
      const whose = JSON.stringify(identity.map((name) => given[name]))
      if (this.#widget && (!this.isConnected || this.#widget.whose !== whose)) {
        this.#widget.instance.destroy()
        this.#widget = undefined
      }
      if (!this.isConnected) return
      // Properties may still come from a script further down the page.
      const isWhole = given.school && given.subject && given.session
      if (!isWhole && document.readyState !== 'complete') {
        window.addEventListener('load', () => setTimeout(() => this.#plan()), { once: true })
        return
      }
      try {
        if (this.#widget) {
          const { baseUrl: _, school: __, subject: ___, ...changes } = given
          this.#widget.instance.update(changes)
        } else {
          const instance = create(given)
          this.#widget = { instance, whose }
          for (const event of eventNames) instance.on(event, (detail) => this.#tell(event, detail))
          // What fails is told by the event.
          instance.mount(this).catch(() => {})
        }
      } catch (error) {
        this.#tell('error', error)
      }
    }

    #tell(name: string, detail: unknown) {
      const isError = name === 'error'
      const isHandled = !this.dispatchEvent(new CustomEvent(name, { detail, cancelable: isError }))
      if (isError && !isHandled) console.error(detail)
    }

    /** An option that was not given as a property, from the attributes. */
    #read(name: string): unknown {
      const text = (attribute: string) => this.getAttribute(attribute) ?? undefined
      if (name === 'baseUrl') return text('base-url')
      if (name === 'sessionUrl') return text('session-url')
      if (name === 'screens') return text('screens')?.split(/[\s,]+/)
      if (name === 'session') {
        const url = this.#get('sessionUrl')
        return url && ((thumbprint: string) => fetchSession(`${url}`, thumbprint))
      }
      if (name === 'theme') {
        const care = this.hasAttribute('care')
        const [accent, scheme] = [text('accent'), text('scheme')]
        return { ...(accent && { accent }), ...(scheme && { scheme }), ...(care && { care }) }
      }
      return ['texts', 'host'].includes(name) ? undefined : text(name)
    }
  }

  customElements.define('campus-ecode', CampusEcode)
}

async function fetchSession(url: string, thumbprint: string) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ thumbprint }),
    credentials: 'same-origin',
  })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer.json()
}
