import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { addressOf } from './client-address.ts'

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

describe('where a request comes from', () => {
  it.each([
    ['the socket’s other end', '192.0.2.7', undefined, 0, '192.0.2.7'],
    ['not what the caller says of itself', '192.0.2.7', '203.0.113.1', 0, '192.0.2.7'],
    ['what our proxy has seen', '192.0.2.7', '203.0.113.1', 1, '203.0.113.1'],
    ['what it has seen, not heard', '192.0.2.7', '198.51.100.9, 203.0.113.1', 1, '203.0.113.1'],
    [
      'what the outermost of two has seen',
      '192.0.2.7',
      '198.51.100.9 , 203.0.113.1 , 192.0.2.8',
      2,
      '203.0.113.1',
    ],
    ['the last proxy, where one is missing', '192.0.2.7', '203.0.113.1', 2, '192.0.2.7'],
    ['the proxy, where it says nothing', '192.0.2.7', undefined, 1, '192.0.2.7'],
    ['the proxy, where it says no address', '192.0.2.7', 'unknown', 1, '192.0.2.7'],
    ['IPv4 as such, however it is written', '::ffff:192.0.2.7', undefined, 0, '192.0.2.7'],
    ['of IPv6 the network', '2001:db8:1:2:aaaa:bbbb:cccc:dddd', undefined, 0, '2001:db8:1:2::/64'],
    ['nowhere, once the socket is gone', undefined, undefined, 0, 'unknown'],
  ])('is %s', (_, socket, forwarded, proxyCount, address) => {
    expect(addressOf(request(socket, forwarded), proxyCount)).toBe(address)
  })
})
