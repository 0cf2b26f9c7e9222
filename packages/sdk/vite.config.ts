import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite'
import { bundleParts } from './build/bundle-parts.ts'
import { type PartTable, packParts } from './build/pack-parts.ts'
import { publishTypes } from './build/publish-types.ts'
import { writeManifest } from './build/write-manifest.ts'
import manifest from './package.json' with { type: 'json' }

const { version } = manifest
const parts: PartTable = {}
/** What a code without a network needs: in the bundle for apps, and what a service worker fetches ahead. */
const offline = ['widget', 'qr', 'more', 'host']

/** Tells the loader, built after the parts, where the first of them is. */
const nameWidget: Plugin = {
  name: 'ecode-name-widget',
  transform(code, id) {
    if (!id.endsWith('/loader/script.ts')) return undefined
    const { file, integrity } = parts.widget ?? {}
    return code.replace('__WIDGET__', JSON.stringify({ file, integrity }))
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

/** What the npm package offers beside its entry takes it from there, rather than a copy. */
const shareEntry: Plugin = {
  name: 'ecode-share-entry',
  enforce: 'pre',
  applyToEnvironment: (environment) => environment.name === 'npm',
  resolveId: (id, importer) =>
    id === './index.ts' && importer?.includes('/npm/')
      ? { id: './index.js', external: 'absolute' }
      : undefined,
}

/** A classic script of one file. */
function scriptOf(name: string, input: string): EnvironmentOptions {
  return {
    consumer: 'client',
    build: {
      rolldownOptions: {
        input: { [name]: input },
        output: { format: 'iife', entryFileNames: '[name].js' },
      },
    },
  }
}

// `vite build` makes all of dist/: the parts, the scripts that name them by their hashes, and what the
// npm package offers.
export default defineConfig({
  resolve: { conditions: ['source'] },
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [
    leaveOutSegments,
    shareEntry,
    packParts(parts),
    nameWidget,
    bundleParts(parts, offline),
  ],
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
            host: 'src/host.ts',
            englishHost: 'src/strings/en-host.ts',
          },
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
          preserveEntrySignatures: 'strict',
        },
      },
    },
    loader: scriptOf('ecode', 'src/loader/script.ts'),
    element: scriptOf('element', 'src/loader/element-script.ts'),
    worker: scriptOf('ecode-sw', 'src/worker/ecode-sw.ts'),
    offline: scriptOf('offline/ecode', 'src/loader/offline-script.ts'),
    npm: {
      consumer: 'client',
      build: {
        minify: false,
        rolldownOptions: {
          input: {
            index: 'src/npm/index.ts',
            react: 'src/npm/react.ts',
            vue: 'src/npm/vue.ts',
            element: 'src/npm/element.ts',
          },
          external: ['react', 'vue'],
          output: {
            format: 'es',
            entryFileNames: 'npm/[name].js',
            chunkFileNames: 'npm/[name].js',
          },
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
      for (const folder of ['assets', 'npm', 'offline']) {
        rmSync(join(outDir, folder), { recursive: true, force: true })
      }
      // Parts first: the others name them.
      for (const name of ['parts', 'loader', 'element', 'worker', 'offline', 'npm']) {
        const environment = builder.environments[name]
        if (environment) await builder.build(environment)
      }
      writeManifest(outDir, { version, parts, offline })
      await publishTypes(outDir)
    },
  },
})
