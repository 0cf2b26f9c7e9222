import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import { type PartTable, packParts } from './build/pack-parts.ts'
import { publishTypes } from './build/publish-types.ts'
import manifest from './package.json' with { type: 'json' }

const { version } = manifest
const parts: PartTable = {}

/** Tells the loader, built after the parts, where the first of them is. */
const nameWidget: Plugin = {
  name: 'ecode-name-widget',
  transform(code, id) {
    if (!id.endsWith('/loader/script.ts')) return undefined
    return code.replace('__WIDGET__', JSON.stringify(parts.widget))
  },
}

/**
 * qrcode finds out which modes a text is best split into. We name them (src/qr.ts), so that all it needs
 * is what we give it, and a page need not wait for that search.
 */
const leaveOutSegments: Plugin = {
  name: 'ecode-leave-out-segments',
  enforce: 'pre',
  resolveId: (id, importer) =>
    id === './segments' && importer?.includes('/qrcode/') ? '\0segments' : undefined,
  load: (id) => (id === '\0segments' ? 'export const fromArray = (array) => array' : undefined),
}

// `vite build` makes all of dist/: the parts, the loader that names them by their hashes, and the
// npm entry.
export default defineConfig({
  resolve: { conditions: ['source'] },
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [leaveOutSegments, packParts(parts), nameWidget],
  // Whatever NODE_ENV says: Vite would write source positions into the JSX of a test's build.
  oxc: { jsx: { development: false } },
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    copyPublicDir: false,
    reportCompressedSize: false,
    modulePreload: false,
    // The floor: WeChat on old Android, and iOS 13.
    target: ['es2019', 'chrome78', 'safari13'],
    cssTarget: ['chrome78', 'safari13'],
  },
  environments: {
    parts: {
      consumer: 'client',
      build: {
        rolldownOptions: {
          input: {
            widget: 'src/widget.tsx',
            more: 'src/more.ts',
            qr: 'src/qr.ts',
            english: 'src/strings/en.ts',
            wallet: 'src/wallet.ts',
            englishWallet: 'src/strings/en-wallet.ts',
            access: 'src/access.ts',
            englishAccess: 'src/strings/en-access.ts',
            ways: 'src/ways.ts',
            englishWays: 'src/strings/en-ways.ts',
            reader: 'src/reader.ts',
            signIn: 'src/sign-in.ts',
          },
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
          preserveEntrySignatures: 'strict',
        },
      },
    },
    loader: {
      consumer: 'client',
      build: {
        rolldownOptions: {
          input: { ecode: 'src/loader/script.ts' },
          output: { format: 'iife', entryFileNames: '[name].js' },
        },
      },
    },
    npm: {
      consumer: 'client',
      build: {
        minify: false,
        rolldownOptions: {
          input: { index: 'src/npm/index.ts' },
          output: { format: 'es', entryFileNames: '[name].js' },
          preserveEntrySignatures: 'strict',
        },
      },
    },
  },
  builder: {
    // One evaluation of this file, so that the parts' names reach the loader.
    sharedConfigBuild: true,
    sharedPlugins: true,
    async buildApp(builder) {
      const { outDir } = builder.config.build
      rmSync(join(outDir, 'assets'), { recursive: true, force: true })
      for (const name of ['parts', 'loader', 'npm']) {
        const environment = builder.environments[name]
        if (environment) await builder.build(environment)
      }
      const loader = 'ecode.js'
      // The bars are scannable alone; the QR's part comes beside the session (docs/decisions/0009).
      const firstCode = [loader, parts.widget?.file]
      const firstQr = [...firstCode, parts.qr?.file]
      const listed = { version, loader, firstCode, firstQr, parts }
      writeFileSync(join(outDir, 'manifest.json'), JSON.stringify(listed))
      await publishTypes(outDir)
    },
  },
})
