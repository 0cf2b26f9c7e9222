import { readFileSync } from 'node:fs'
import type { Benchmark } from '../benchmark.ts'
import { bundle } from '../lib/bundle.ts'
import { weigh } from './weigh.ts'

const KIB = 1024
const sdk = new URL('../../../packages/sdk/dist/', import.meta.url)

/**
 * Beside what is nearest in kind: `@adyen/adyen-web`, bundled as a school would with its core and one QR component
 * (its style sheet comes whole only; its texts and the picture of the code are fetched afterwards and not
 * counted), and the loader of `@stripe/stripe-js` (what it loads from js.stripe.com is not counted).
 */
export const widgetSize: Benchmark = {
  name: 'widget-size',
  title: 'What a page downloads, KiB compressed',
  async run() {
    const { loader, firstCode, firstQr } = readManifest()
    const ours = (files: readonly string[]) =>
      weigh(files.map((file) => readFileSync(new URL(file, sdk))))
    const [adyen, stripe] = [
      await bundle(new URL('adyen-page.js', import.meta.url)),
      await bundle(new URL('stripe-page.js', import.meta.url)),
    ]
    const stripeLoader = weigh(stripe.scripts)
    const adyenScript = weigh(adyen.scripts)
    const adyenAll = weigh([...adyen.scripts, ...adyen.styles])
    return [
      compare('gzip', 'the loader', ours([loader]).gzipBytes, 2, [
        ['@stripe/stripe-js', stripeLoader.gzipBytes],
      ]),
      compare('brotli', 'the loader', ours([loader]).brotliBytes, undefined, [
        ['@stripe/stripe-js', stripeLoader.brotliBytes],
      ]),
      compare('gzip', 'script and style until the first code', ours(firstCode).gzipBytes, 25, [
        ['@adyen/adyen-web', adyenAll.gzipBytes],
        ['its script alone', adyenScript.gzipBytes],
      ]),
      compare(
        'brotli',
        'script and style until the first code',
        ours(firstCode).brotliBytes,
        undefined,
        [
          ['@adyen/adyen-web', adyenAll.brotliBytes],
          ['its script alone', adyenScript.brotliBytes],
        ],
      ),
      compare('gzip', 'until its QR', ours(firstQr).gzipBytes, 32, [
        ['@adyen/adyen-web', adyenAll.gzipBytes],
      ]),
      compare('brotli', 'until its QR', ours(firstQr).brotliBytes, undefined, [
        ['@adyen/adyen-web', adyenAll.brotliBytes],
      ]),
    ]
  },
}

function compare(
  how: string,
  what: string,
  bytes: number,
  targetKiB: number | undefined,
  peers: readonly [name: string, bytes: number][],
) {
  return {
    measure: `${what}, ${how}`,
    ours: toKiB(bytes),
    peer: peers.map(([name, weight]) => `${name} ${toKiB(weight)}`).join(', '),
    value: bytes / KIB,
    ...(targetKiB && { target: { atMost: targetKiB } }),
  }
}

function readManifest(): { loader: string; firstCode: string[]; firstQr: string[] } {
  return JSON.parse(readFileSync(new URL('manifest.json', sdk), 'utf8'))
}

function toKiB(bytes: number): string {
  return `${(bytes / KIB).toFixed(2)} KiB`
}
