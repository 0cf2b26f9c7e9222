import { defineConfig } from 'vite'

/** Builds the keypad page; the core serves what lies in dist/keypad-page. */
export default defineConfig({
  base: '/keypad/',
  resolve: { conditions: ['source'] },
  build: {
    outDir: '../dist/keypad-page',
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
      output: {
        format: 'iife',
        entryFileNames: 'keypad-[hash].js',
        assetFileNames: 'keypad-[hash][extname]',
      },
    },
  },
})
