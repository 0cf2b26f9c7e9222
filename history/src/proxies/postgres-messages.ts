/**
 * Cuts a byte stream of PostgreSQL's protocol 3.0 into messages (PostgreSQL documentation, "Message
 * Formats"): a type byte, then a length that counts itself and the body, then the body.
 *
 * @param onMessage Gets the type as a character; the very first message of a client has none: ''.
 * @returns Takes the next bytes, cut anywhere. Throws on a length that no message can have.
 */
export function createMessageReader(
  side: 'client' | 'server',
  onMessage: (type: string, body: Buffer) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let typeBytes = side === 'client' ? 0 : 1
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (rest.length < typeBytes + 4) return
      const length = rest.readUInt32BE(typeBytes)
      if (length < 4) throw new RangeError('not a message of PostgreSQL')
      const end = typeBytes + length
      if (rest.length < end) return
      const type = rest.toString('latin1', 0, typeBytes)
      const body = rest.subarray(typeBytes + 4, end)
      rest = rest.subarray(end)
      typeBytes = 1
      onMessage(type, body)
    }
  }
}

/** Two zero-terminated strings stand first in Parse (name, query) and in Bind (portal, statement). */
export function readTwoStrings(body: Buffer): [string, string] {
  const first = body.indexOf(0)
  const second = body.indexOf(0, first + 1)
  return [body.toString('utf8', 0, first), body.toString('utf8', first + 1, second)]
}
