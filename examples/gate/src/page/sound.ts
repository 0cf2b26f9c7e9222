let context: AudioContext | undefined

/** Tones that are told apart without looking: up for in, low for not. Silent until somebody has touched the page. */
export function playSound(kind: 'opened' | 'refused' | 'identity'): void {
  context ??= new AudioContext()
  void context.resume()
  const tones: [hz: number, at: number, seconds: number][] =
    kind === 'refused'
      ? [[180, 0, 0.4]]
      : [
          [880, 0, 0.12],
          [1320, 0.12, 0.18],
        ]
  for (const [hz, at, seconds] of tones) {
    const begin = context.currentTime + at
    const tone = new OscillatorNode(context, {
      type: kind === 'refused' ? 'square' : 'sine',
      frequency: hz,
    })
    // Neither begins nor ends with a click.
    const gain = new GainNode(context, { gain: 0 })
    gain.gain.setTargetAtTime(0.2, begin, 0.01)
    gain.gain.setTargetAtTime(0, begin + seconds - 0.05, 0.015)
    tone.connect(gain).connect(context.destination)
    tone.start(begin)
    tone.stop(begin + seconds + 0.05)
  }
}
