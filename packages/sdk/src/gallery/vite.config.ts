import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// Builds the gallery, a page for people who work on the screens; no part of what is published.
export default defineConfig({
  root: dirname(fileURLToPath(import.meta.url)),
  base: './',
  resolve: { conditions: ['source'] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['es2019', 'chrome78', 'safari13'],
    reportCompressedSize: false,
  },
})
