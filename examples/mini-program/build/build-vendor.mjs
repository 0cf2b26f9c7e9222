import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

const FOLDER = new URL('../miniprogram/vendor/', import.meta.url)
const require = createRequire(import.meta.url)

/**
 * Makes the one file that the mini-program has from outside: `vendor/codes.js`, CommonJS, ES2017, as the
 * pinned packages are now. A mini-program's own npm takes only the main file of a package, and that of
 * `qrcode` brings PNG and SVG writers of Node.
 */
export async function makeVendor() {
  const { version, license } = require('qrcode/package.json')
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('.', import.meta.url)),
    resolve: { conditions: ['source'] },
    build: {
      write: false,
      target: 'es2017',
      minify: true,
      lib: { entry: 'vendor.ts', formats: ['cjs'], fileName: 'codes' },
    },
  })
  const [{ code }] = output[0].output
  const banner = `/*! Made by build/build-vendor.mjs. qrcode ${version} (${license}): LICENSE-qrcode.txt */\n`
  return { codes: banner + code, licence: readLicence() }
}

function readLicence() {
  return readFileSync(
    new URL('license', pathToFileURL(require.resolve('qrcode/package.json'))),
    'utf8',
  )
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { codes, licence } = await makeVendor()
  writeFileSync(new URL('codes.js', FOLDER), codes)
  writeFileSync(new URL('LICENSE-qrcode.txt', FOLDER), licence)
}
