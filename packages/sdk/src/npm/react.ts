'use client'

import {
  type CSSProperties,
  createElement,
  type ForwardRefExoticComponent,
  forwardRef,
  type RefAttributes,
  useEffect,
  useImperativeHandle,
  useRef,
} from 'react'
import {
  create,
  ECodeError,
  type ECodeEvents,
  type ECodeInstance,
  type ECodeOptions,
} from './index.ts'
import { eventNames, pickChangeable } from './names.ts'

type Listeners = {
  [E in keyof ECodeEvents as `on${Capitalize<E>}`]?: (detail: ECodeEvents[E]) => void
}

/** The options of `create`, and for each event a listener: `onPaid`, `onError` … */
export interface CampusEcodeProps extends ECodeOptions, Listeners {
  baseUrl: string
  className?: string
  style?: CSSProperties
}

/** What a ref to the component holds. */
export type CampusEcodeHandle = Pick<ECodeInstance, 'pay' | 'signOut'>

/**
 * The widget as a React component; it fills its element, which needs a height. Another school, subject
 * or baseUrl is another widget; everything else changes in place. On a server it is an empty element.
 */
export const CampusEcode: ForwardRefExoticComponent<
  CampusEcodeProps & RefAttributes<CampusEcodeHandle>
> = forwardRef<CampusEcodeHandle, CampusEcodeProps>(function CampusEcode(props, ref) {
  const { baseUrl, school, subject, className, style } = props
  const place = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  const widget = useRef<ECodeInstance>(undefined)

  useEffect(() => {
    latest.current = props
    widget.current?.update(pickChangeable(props))
  })
  useEffect(() => {
    const instance = create({ ...pickChangeable(latest.current), baseUrl, school, subject } as Made)
    widget.current = instance
    for (const event of eventNames) {
      instance.on(event, (detail: unknown) => {
        const name = `on${event[0]?.toUpperCase()}${event.slice(1)}`
        const listener = latest.current[name as 'onError'] as
          | ((detail: unknown) => void)
          | undefined
        if (listener) listener(detail)
        else if (event === 'error') console.error(detail)
      })
    }
    // What fails is told by the event.
    instance.mount(place.current as HTMLDivElement).catch(() => {})
    return () => {
      widget.current = undefined
      instance.destroy()
    }
  }, [baseUrl, school, subject])
  useImperativeHandle(ref, () => {
    const standing = () => {
      if (!widget.current) throw new ECodeError('DESTROYED', 'The component is not on a page')
      return widget.current
    }
    return {
      pay: async (request) => standing().pay(request),
      signOut: async () => standing().signOut(),
    }
  }, [])

  return createElement('div', { ref: place, className, style })
})

type Made = Parameters<typeof create>[0]
