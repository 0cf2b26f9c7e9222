type Motion = Pick<DeviceMotionEvent, 'accelerationIncludingGravity'>
interface MotionPermission {
  requestPermission?(): Promise<'granted' | 'denied'>
}

/** Metres per second squared between two looks: more than a walk, less than an effort. */
const JOLT = 13
/** So many within the time are a shake; one is a knock. */
const JOLTS = 3
const WITHIN_MS = 900
/** Sensors tell 20 to 200 times a second. */
const LOOK_MS = 40
/** A shake goes on for a while, and is one. */
const REST_MS = 1_500

/** Whether this may be a phone that can be shaken: desktops have the event and no sensor. */
export function hasShakeSensor(): boolean {
  return window.isSecureContext && 'DeviceMotionEvent' in window && navigator.maxTouchPoints > 0
}

/**
 * Watches for a shake.
 *
 * @returns How to switch it. On iOS the first time must be in a tap; rejects when the person does not allow it.
 */
export function createShakeSensor(onShake: () => void): (on: boolean) => Promise<void> {
  let last: { x: number; y: number; z: number; at: number } | undefined
  let jolts: number[] = []
  let restsUntil = 0

  function feel({ accelerationIncludingGravity: felt }: Motion) {
    const now = Date.now()
    if (!felt || now < restsUntil || (last && now - last.at < LOOK_MS)) return
    const next = { x: felt.x ?? 0, y: felt.y ?? 0, z: felt.z ?? 0, at: now }
    const change = last ? Math.hypot(next.x - last.x, next.y - last.y, next.z - last.z) : 0
    last = next
    if (change < JOLT) return
    jolts = [...jolts.filter((at) => now - at < WITHIN_MS), now]
    if (jolts.length < JOLTS) return
    jolts = []
    restsUntil = now + REST_MS
    onShake()
  }

  return async (on) => {
    window.removeEventListener('devicemotion', feel)
    if (!on) return
    const { requestPermission } = DeviceMotionEvent as unknown as MotionPermission
    const given = requestPermission ? await requestPermission.call(DeviceMotionEvent) : 'granted'
    if (given !== 'granted') throw new Error('the person does not let the page feel movement')
    window.addEventListener('devicemotion', feel)
  }
}
