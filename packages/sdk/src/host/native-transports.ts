import type { Request } from './envelope.ts'

/** One way into an app. */
export interface Transport {
  /** @param take Gets whatever comes back, now or later. */
  send(request: Request, take: (message: unknown) => void): void
}

/** The one name that all of them go by. */
const NAME = 'ecodeHost'

interface MessagePortLike {
  postMessage(message: unknown): unknown
  onmessage?: ((event: { data?: unknown }) => void) | null
  addEventListener?(type: 'message', listener: (event: { data?: unknown }) => void): void
}

interface Wvjb {
  callHandler(name: string, data: unknown, answer: (data: unknown) => void): void
  registerHandler(
    name: string,
    handler: (data: unknown, answer?: (data?: unknown) => void) => void,
  ): void
  /** Android's forks keep messages back until this has been called, once. */
  init?(handler: (data: unknown, answer?: (data?: unknown) => void) => void): void
  _messageHandler?: unknown
}

/** What apps put into a page. */
export interface AppWindow {
  webkit?: { messageHandlers?: Record<string, MessagePortLike | undefined> }
  ecodeHost?: MessagePortLike
  WebViewJavascriptBridge?: Wvjb
  WVJBCallbacks?: ((bridge: Wvjb) => void)[]
  _dsbridge?: { call(method: string, argument: string): string | undefined }
  _dswk?: unknown
}

/** Whether something that goes by our name, or a bridge that may, is there already. */
export function hasTransport(): boolean {
  const page = window as unknown as AppWindow
  return Boolean(
    page.webkit?.messageHandlers?.[NAME] ||
      page.ecodeHost?.postMessage ||
      page.WebViewJavascriptBridge ||
      page.WVJBCallbacks ||
      page._dsbridge ||
      page._dswk,
  )
}

/**
 * Finds the ways into an app that this page has, or may get: WebViewJavascriptBridge comes when the page asks for it.
 *
 * @param found Called for each, perhaps after this function has returned.
 * @param inAppleApp The browser says that it is the web view of an iOS app.
 */
export function findTransports(found: (transport: Transport) => void, inAppleApp: boolean): void {
  const page = window as unknown as AppWindow
  const { messageHandlers } = page.webkit ?? {}
  if (messageHandlers?.[NAME]) found(byMessageHandler(messageHandlers[NAME]))
  if (page.ecodeHost?.postMessage) found(byMessageListener(page.ecodeHost))
  if (page._dsbridge || page._dswk || /_dsbridge/.test(navigator.userAgent)) found(byDsBridge(page))
  if (page.WebViewJavascriptBridge) found(byWvjb(page.WebViewJavascriptBridge))
  else waitForWvjb(page, (bridge) => found(byWvjb(bridge)), inAppleApp)
}

/** iOS. The promise of a handler "with reply" is the answer; other handlers answer by an event. */
function byMessageHandler(handler: MessagePortLike): Transport {
  return {
    send(request, take) {
      // A refusal without words is no answer; what waits for one ends by its time.
      Promise.resolve(handler.postMessage(request)).then(take, () => {})
    },
  }
}

/** Android, `addWebMessageListener`; and `addJavascriptInterface`, which answers by an event. */
function byMessageListener(port: MessagePortLike): Transport {
  let listens = false
  return {
    send(request, take) {
      if (!listens) {
        listens = true
        const listener = ({ data }: { data?: unknown }) => take(data)
        if (port.addEventListener) port.addEventListener('message', listener)
        else port.onmessage = listener
      }
      port.postMessage(JSON.stringify(request))
    },
  }
}

function byWvjb(bridge: Wvjb): Transport {
  let listens = false
  return {
    send(request, take) {
      if (!listens) {
        listens = true
        const handler = (data: unknown, answer?: (data?: unknown) => void) => {
          take(data)
          answer?.()
        }
        if (bridge.init && !bridge._messageHandler) bridge.init(handler)
        bridge.registerHandler(NAME, handler)
      }
      bridge.callHandler(NAME, request, take)
    },
  }
}

/** Android's forks tell when it is there; on iOS it is asked for by a queue, and a frame that the app catches. */
function waitForWvjb(page: AppWindow, ready: (bridge: Wvjb) => void, inAppleApp: boolean): void {
  const comes = () => {
    if (page.WebViewJavascriptBridge) ready(page.WebViewJavascriptBridge)
  }
  document.addEventListener('WebViewJavascriptBridgeReady', comes, { once: true })
  if (page.WVJBCallbacks) page.WVJBCallbacks.push(ready)
  if (page.WVJBCallbacks || !inAppleApp) return
  page.WVJBCallbacks = [ready]
  const frame = document.createElement('iframe')
  frame.style.display = 'none'
  frame.src = 'https://__bridge_loaded__'
  document.documentElement.appendChild(frame)
  setTimeout(() => frame.remove())
}

let callbacks = 0

/** DSBridge 3: JSON both ways; an answer comes to a function of the window that the call names. */
function byDsBridge(page: AppWindow): Transport {
  return {
    send(request, take) {
      const answer = `${NAME}${++callbacks}`
      const functions = window as unknown as Record<string, unknown>
      functions[answer] = (data: unknown) => {
        delete functions[answer]
        take(data)
      }
      const argument = JSON.stringify({ data: request, _dscbstub: answer })
      if (page._dsbridge) page._dsbridge.call(`${NAME}.call`, argument)
      else prompt(`_dsbridge=${NAME}.call`, argument)
    },
  }
}
