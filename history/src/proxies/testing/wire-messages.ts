/** A message as it travels: type, length, body. */
export function message(type: string, body = ''): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(body, 'latin1') + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
}

/** What a client begins with: no type, protocol 3.0, its parameters. */
export function startup(parameters = '\0'): Buffer {
  return message('', `\0\x03\0\0${parameters}`)
}

/** A statement that the connection has not seen yet, under a name. */
export function parse(name: string, text: string): Buffer {
  return message('P', `${name}\0${text}\0\0\0`)
}

/** Runs a named statement, up to the point where its outcome is asked for. */
export function execute(name: string): Buffer {
  const bind = message('B', `\0${name}\0\0\0\0\0\0\0`)
  return Buffer.concat([bind, message('D', 'P\0'), message('E', '\0\0\0\0\0'), message('S')])
}

export function query(text: string): Buffer {
  return message('Q', `${text}\0`)
}

/** I: idle. T: in a transaction block. E: in one that has failed. */
export function ready(status: 'I' | 'T' | 'E'): Buffer {
  return message('Z', status)
}
