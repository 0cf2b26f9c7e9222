import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Who sends a request, as far as somebody vouches for it: the socket's other end or, behind proxies of
 * our own, what the outermost of them has put into `X-Forwarded-For`. What stands before that anybody
 * may have written. Of IPv6 the network, since a household has 2⁶⁴ addresses.
 *
 * @param proxyCount How many proxies a request passes, each of which appends an address.
 */
export function addressOf(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  proxyCount: number,
): string {
  const forwarded = proxyCount > 0 ? String(headers['x-forwarded-for'] ?? '').split(',') : []
  return networkOf(forwarded.at(-proxyCount)) ?? networkOf(socket.remoteAddress) ?? 'unknown'
}

function networkOf(text = ''): string | undefined {
  const trimmed = text.trim()
  if (isIP(trimmed) === 0) return undefined
  const address = ipaddr.process(trimmed)
  if (address instanceof ipaddr.IPv4) return address.toString()
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
