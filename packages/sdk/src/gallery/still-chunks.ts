import { drawQr } from '../qr.ts'
import { readQr } from '../reader.ts'
import { accessScreens } from '../screens/access/access-screens.ts'
import type { Chunks } from '../screens/chunks.ts'
import { hostScreens } from '../screens/host/host-screens.ts'
import { more } from '../screens/more.tsx'
import type { FetchedParts } from '../screens/view.ts'
import { walletScreens } from '../screens/wallet/wallet-screens.ts'
import { waysScreens } from '../screens/ways/ways-screens.ts'
import { en } from '../strings/en.ts'
import { enAccess } from '../strings/en-access.ts'
import { enHost } from '../strings/en-host.ts'
import { enWallet } from '../strings/en-wallet.ts'
import { enWays } from '../strings/en-ways.ts'

/** How screens that come as parts are fetched. */
export type OpenParts = { [K in keyof FetchedParts]: () => Promise<FetchedParts[K]['screens']> }

/** All parts, here at once. */
export function makeStillChunks(parts: Partial<OpenParts> = {}): Chunks {
  const all: OpenParts = {
    wallet: async () => walletScreens,
    access: async () => accessScreens,
    ways: async () => waysScreens,
    host: async () => hostScreens,
    ...parts,
  }
  const scripts = {
    englishWallet: { enWallet },
    englishAccess: { enAccess },
    englishWays: { enWays },
    englishHost: { enHost },
    reader: { readQr },
    qr: { drawQr },
  }
  return {
    more: async () => more,
    qr: async () => drawQr,
    english: async () => en,
    open: (part) => all[part](),
    part: async (name) => scripts[name as keyof typeof scripts] as never,
  }
}
