import { defineConfig } from 'vite'

/** Builds the page; the core serves what lies in dist/page. */
export default defineConfig({
  root: 'src',
  resolve: { conditions: ['source'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    assetsDir: '.',
    modulePreload: false,
    reportCompressedSize: false,
    // Office computers: two years back.
    target: ['chrome109', 'firefox115', 'safari16'],
  },
})
