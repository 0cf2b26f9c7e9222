import {
  type DefineComponent,
  defineComponent,
  getCurrentInstance,
  h,
  onBeforeUnmount,
  onMounted,
  ref,
  watch,
} from 'vue'
import {
  create,
  ECodeError,
  type ECodeEvents,
  type ECodeInstance,
  type ECodeOptions,
} from './index.ts'
import { changeable, eventNames, pickChangeable } from './names.ts'

/** The options of `create`. Replace objects rather than changing what is in them. */
export interface CampusEcodeProps extends ECodeOptions {
  baseUrl: string
}

/** What a template ref to the component holds. */
export type CampusEcodeHandle = Pick<ECodeInstance, 'pay' | 'signOut'>

type Emits = { [E in keyof ECodeEvents]: (detail: ECodeEvents[E]) => void }

/**
 * The widget as a Vue component; it fills its element, which needs a height. Another school, subject or
 * baseUrl is another widget; everything else changes in place. On a server it is an empty element.
 */
export const CampusEcode = defineComponent({
  name: 'CampusEcode',
  props: ['baseUrl', 'school', 'subject', ...changeable],
  emits: eventNames,
  setup(given, { emit, expose }) {
    const props = given as CampusEcodeProps
    const place = ref<HTMLElement>()
    const own = getCurrentInstance()
    let widget: ECodeInstance | undefined

    function open() {
      const { baseUrl, school, subject } = props
      const instance = create({
        ...pickChangeable(props),
        baseUrl,
        school,
        subject,
      } as typeof props)
      widget = instance
      for (const event of eventNames) {
        instance.on(event, (detail: unknown) => {
          if (event === 'error' && !own?.vnode.props?.onError) console.error(detail)
          emit(event, detail)
        })
      }
      // What fails is told by the event.
      instance.mount(place.value as HTMLElement).catch(() => {})
    }

    onMounted(open)
    onBeforeUnmount(() => widget?.destroy())
    watch(
      () => [props.baseUrl, props.school, props.subject],
      () => {
        widget?.destroy()
        open()
      },
    )
    watch(
      () => changeable.map((name) => props[name]),
      () => widget?.update(pickChangeable(props)),
    )
    const standing = () => {
      if (!widget) throw new ECodeError('DESTROYED', 'The component is not on a page')
      return widget
    }
    const handle: CampusEcodeHandle = {
      pay: async (request) => standing().pay(request),
      signOut: async () => standing().signOut(),
    }
    expose(handle)
    return () => h('div', { ref: place })
  },
}) as unknown as DefineComponent<
  CampusEcodeProps,
  CampusEcodeHandle,
  // biome-ignore lint/complexity/noBannedTypes: Vue's own word for "none"
  {},
  // biome-ignore lint/complexity/noBannedTypes: the same
  {},
  // biome-ignore lint/complexity/noBannedTypes: the same
  {},
  // biome-ignore lint/complexity/noBannedTypes: the same
  {},
  // biome-ignore lint/complexity/noBannedTypes: the same
  {},
  Emits
>
