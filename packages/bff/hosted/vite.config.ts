import { readFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vite'

/** Builds the hosted page's own script, style and icon; the BFF serves what lies in dist/hosted-page. */
export default defineConfig({
  base: '/h5/',
  build: {
    outDir: '../dist/hosted-page',
    emptyOutDir: true,
    assetsDir: '.',
    // One file, which the policy's style-src allows; Vite would put it into the script.
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    // As the widget: WeChat on old Android, and iOS 13.
    target: ['es2019', 'chrome78', 'safari13'],
    cssTarget: ['chrome78', 'safari13'],
    rolldownOptions: {
      input: 'main.ts',
      plugins: [addIcon()],
      output: {
        format: 'iife',
        entryFileNames: 'hosted-[hash].js',
        assetFileNames: 'hosted-[hash][extname]',
      },
    },
  },
})

/** The BFF writes the page and its link to the icon, so nothing here asks for it. */
function addIcon(): Plugin {
  return {
    name: 'add-icon',
    generateBundle() {
      const source = readFileSync(new URL('icon.svg', import.meta.url))
      this.emitFile({ type: 'asset', name: 'icon.svg', source })
    },
  }
}
