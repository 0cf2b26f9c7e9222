/** An id as it stands in a collection link: its 16 bytes in base64url, to keep the printed code small. */
export function toLinkId(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
}

/** @returns undefined for what toLinkId() does not write. */
export function fromLinkId(text: string): string | undefined {
  const hex = Buffer.from(text, 'base64url').toString('hex')
  const id = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex)?.slice(1).join('-')
  return id !== undefined && toLinkId(id) === text ? id : undefined
}
