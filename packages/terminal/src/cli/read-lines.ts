/** Longer than anything that a gate is given on one line: a list of 300,000 entries. */
const LINE_LENGTH_MAX = 4 * 1024 * 1024

/**
 * The lines of a stream, as they come: LF, CR or both end one, and nothing else is taken off. A scanner
 * that types sends any of them, and a code may end in a space.
 *
 * A line that is too long is cut: it is nothing that anyone could have meant.
 */
export async function* readLines(
  input: AsyncIterable<Uint8Array>,
  lengthMax = LINE_LENGTH_MAX,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let line = ''
  let endedByCr = false
  for await (const chunk of input) {
    for (const part of decoder.decode(chunk, { stream: true }).split(/(?<=[\r\n])/)) {
      if (part === '') continue
      const end = part.at(-1)
      // CR was the end already; this LF belongs to it.
      if (endedByCr && part === '\n' && line === '') {
        endedByCr = false
        continue
      }
      endedByCr = false
      const isWhole = end === '\n' || end === '\r'
      line = (line + (isWhole ? part.slice(0, -1) : part)).slice(0, lengthMax)
      if (!isWhole) continue
      endedByCr = end === '\r'
      yield line
      line = ''
    }
  }
  line += decoder.decode()
  if (line !== '') yield line
}
