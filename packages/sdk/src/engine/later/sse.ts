/** One dispatch of a stream; `data` is empty where the server only moved the id on. */
export interface StreamMessage {
  id: string
  type: string
  data: string
}

/**
 * Reads server-sent events (WHATWG HTML §9.2.6) from text that comes in pieces of any size.
 *
 * `eventsource-parser` drops ids that come without data, and by such an id the BFF says where a
 * stream begins.
 */
export function createStreamReader(onMessage: (message: StreamMessage) => void) {
  let rest = ''
  let id = ''
  let type = ''
  let data: string[] = []

  function takeLine(line: string) {
    if (!line) {
      onMessage({ id, type, data: data.join('\n') })
      type = ''
      data = []
      return
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === 'id') id = value
    else if (name === 'event') type = value
    else if (name === 'data') data.push(value)
  }

  return (chunk: string) => {
    // A return at the end may be half of a line end; it waits for the next piece.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    lines.forEach(takeLine)
  }
}
