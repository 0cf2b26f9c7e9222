import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ReadSource } from './read-qr.ts'

/**
 * - `denied`: not allowed here. `none`: there is no camera, or the engine or the page gives none.
 * - `busy`: something else has it.
 */
export type CameraState = 'starting' | 'live' | 'denied' | 'none' | 'busy'

export interface Camera {
  state: CameraState
  /** The lamp, where there is one. */
  torch: { on: boolean; turn(): void } | undefined
  /** Asks again. */
  retry(): void
}

/** Often enough for a hand that moves, and seldom enough for an old phone. */
const LOOK_MS = 180

/**
 * Runs the rear camera in a video element while the page is visible, and looks for codes in it.
 *
 * @param onText Called for each frame in which there is one.
 */
export function useCamera(
  video: RefObject<HTMLVideoElement | null>,
  read: () => Promise<ReadSource>,
  wanted: boolean,
  onText: (text: string) => void,
): Camera {
  const [state, setState] = useState<CameraState>('starting')
  const [track, setTrack] = useState<MediaStreamTrack>()
  const [on, setOn] = useState(false)
  const [attempt, setAttempt] = useState(0)

  useEffect(() => {
    const element = video.current
    if (!wanted || !element) return
    let stopped = false
    let stream: MediaStream | undefined
    let timer: ReturnType<typeof setTimeout>

    async function run(shown: HTMLVideoElement) {
      setState('starting')
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          audio: false,
          video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 } },
        })
      } catch (cause) {
        if (!stopped) setState(whyNot(cause))
        return
      }
      if (stopped) return stop()
      shown.srcObject = stream
      await shown.play().catch(() => {})
      if (stopped) return
      setState('live')
      const [first] = stream.getVideoTracks()
      setTrack(first && hasTorch(first) ? first : undefined)
      const reader = await read()
      const look = async () => {
        const text = await reader(shown, shown.videoWidth, shown.videoHeight).catch(() => undefined)
        if (stopped) return
        if (text) onText(text)
        timer = setTimeout(look, LOOK_MS)
      }
      void look()
    }
    function stop() {
      clearTimeout(timer)
      for (const each of stream?.getTracks() ?? []) each.stop()
      stream = undefined
      setTrack(undefined)
      setOn(false)
    }
    // Nobody holds a hidden page before a code, and the lamp on the phone would stay lit.
    const look = () => {
      if (document.visibilityState === 'hidden') stop()
      else if (!stream) void run(element)
    }
    void run(element)
    document.addEventListener('visibilitychange', look)
    return () => {
      stopped = true
      document.removeEventListener('visibilitychange', look)
      stop()
    }
  }, [wanted, attempt])

  return {
    state,
    torch: track && {
      on,
      turn() {
        const next = !on
        const wish = { advanced: [{ torch: next }] } as unknown as MediaTrackConstraints
        track.applyConstraints(wish).then(
          () => setOn(next),
          () => setTrack(undefined),
        )
      },
    },
    retry: () => setAttempt(attempt + 1),
  }
}

function whyNot(cause: unknown): CameraState {
  const { name } = Object(cause) as { name?: string }
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'none'
}

function hasTorch(track: MediaStreamTrack): boolean {
  const can = track.getCapabilities?.() as { torch?: boolean } | undefined
  return can?.torch === true
}
