import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Networks inside which receivers are allowed, plain http included: `127.0.0.0/8`. */
export type AllowedNetworks = readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[]

/** @param text Comma-separated networks in CIDR form. Throws for what is none. */
export function parseNetworks(text: string): AllowedNetworks {
  const names = text.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '').map((name) => ipaddr.parseCIDR(name))
}

/** Whoever names an address must not reach what only we can reach. */
export class AddressRefused extends Error {
  override name = 'AddressRefused'
  constructor() {
    super('the address is not allowed')
  }
}

/** The only IPv6 addresses that are given out; `::a.b.c.d` and what else lies outside leads nowhere public. */
const PUBLIC_V6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether something may be sent to an address: a public one, over TLS, or one in an allowed network.
 * Addresses that are another one in disguise (IPv4 in IPv6) are judged as that one.
 */
export function isAllowedAddress(
  address: string,
  isTls: boolean,
  networks: AllowedNetworks,
): boolean {
  const parsed = ipaddr.process(address)
  const isListed = networks.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
  )
  const isPublic = parsed instanceof ipaddr.IPv4 || parsed.match(PUBLIC_V6)
  return isListed || (isTls && isPublic && parsed.range() === 'unicast')
}

/** Throws AddressRefused for a literal address that is not allowed; names are judged when they are looked up. */
export function refuseLiteral(url: URL, networks: AllowedNetworks): void {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = url.protocol === 'https:'
  if (isIP(host) !== 0 && !isAllowedAddress(host, isTls, networks)) throw new AddressRefused()
}

/**
 * A look-up for one connection, which sees the very addresses that are then used: a name cannot be
 * judged as one address and reached as another. One bad address among several refuses all of them.
 */
export function guardedLookup(isTls: boolean, networks: AllowedNetworks): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const isFine = addresses.every(({ address }) => isAllowedAddress(address, isTls, networks))
      const [first] = addresses
      if (!isFine || !first) return callback(new AddressRefused(), '', 0)
      if (options.all) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}
