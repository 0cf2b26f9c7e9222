import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'acorn'
import { describe, expect, it } from 'vitest'
import { makeVendor } from './build/build-vendor.mjs'
import { missingCompiler } from './testing/missing-compiler.mjs'

const require = createRequire(import.meta.url)
const ROOT = fileURLToPath(new URL('miniprogram/', import.meta.url))
const readJson = (name) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))
const files = readdirSync(ROOT, { recursive: true })
const codeFiles = files.filter((name) => name.endsWith('.js'))

describe('the project', () => {
  it('has every page that it names, as WeChat wants one', () => {
    const { pages, sitemapLocation, themeLocation } = readJson('app.json')
    for (const page of pages) {
      for (const end of ['js', 'json', 'wxml', 'wxss']) expect(files).toContain(`${page}.${end}`)
      expect(readJson(`${page}.json`)).toHaveProperty('usingComponents')
    }
    expect(files).toContain(sitemapLocation)
    expect(files).toContain(themeLocation)
    const { miniprogramRoot } = JSON.parse(
      readFileSync(new URL('project.config.json', import.meta.url), 'utf8'),
    )
    expect(fileURLToPath(new URL(miniprogramRoot, import.meta.url))).toBe(ROOT)
  })

  it('gives each colour of the window by day and by night', () => {
    const { window } = readJson('app.json')
    const { light, dark } = readJson('theme.json')
    for (const [, name] of JSON.stringify(window).matchAll(/"@(\w+)"/g)) {
      expect(light).toHaveProperty(name)
      expect(dark).toHaveProperty(name)
    }
  })

  it('is written in what WeChat compiles for old phones, and asks only for files of its own', () => {
    for (const name of codeFiles) {
      const code = readFileSync(join(ROOT, name), 'utf8')
      parse(code, { ecmaVersion: 2020, sourceType: 'script' })
      for (const [, wanted] of code.matchAll(/\brequire\('([^']+)'\)/g)) {
        expect(existsSync(join(ROOT, name, '..', `${wanted}.js`)), `${name}: ${wanted}`).toBe(true)
      }
    }
  })

  it('has in vendor/ what the pinned packages make', async () => {
    const { codes, licence } = await makeVendor()
    expect(readFileSync(join(ROOT, 'vendor/codes.js'), 'utf8')).toBe(codes)
    expect(readFileSync(join(ROOT, 'vendor/LICENSE-qrcode.txt'), 'utf8')).toBe(licence)
    expect(licence).toMatch(/MIT License|Permission is hereby granted/)
  })

  it('says what the widget says, word for word', async () => {
    const strings = (name) =>
      import(new URL(`../../packages/sdk/src/strings/${name}.ts`, import.meta.url).href)
    const parts = ['host', 'ways', 'wallet']
    const [zhFiles, enFiles] = await Promise.all([
      Promise.all(['zh-cn', 'zh-cn-more', ...parts.map((part) => `zh-cn-${part}`)].map(strings)),
      Promise.all(['en', ...parts.map((part) => `en-${part}`)].map(strings)),
    ])
    const words = require('./miniprogram/ecode/words.js')
    const join = (files) => Object.assign({}, ...files.flatMap((file) => Object.values(file)))
    const [widgetZh, widgetEn] = [join(zhFiles), join(enFiles)]
    // Where the mini-program is another: it draws no codes without a network.
    const own = ['NETWORK_LOST_how']
    const shared = Object.keys(words.zh).filter((key) => key in widgetZh && !own.includes(key))
    expect(shared.length).toBeGreaterThan(90)
    for (const key of shared) {
      expect([key, words.zh[key], words.en[key]]).toEqual([key, widgetZh[key], widgetEn[key]])
    }
    for (const key in words.zh) expect(words.en[key]).not.toBe('')
    expect(Object.keys(words.en).sort()).toEqual(Object.keys(words.zh).sort())
  })
})

describe.skipIf(missingCompiler())('WeChat’s own compilers', () => {
  const { wxmlToJs, wxssToJs } = require('miniprogram-compiler')

  it('take every page', () => {
    const wxml = wxmlToJs(ROOT)
    for (const name of files.filter((each) => each.endsWith('.wxml'))) expect(wxml).toContain(name)
    expect(wxssToJs(ROOT)).toContain('pages/pay/pay.wxss')
  })

  it('would tell of a mistake', () => {
    const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-wxml-'))
    try {
      writeFileSync(join(folder, 'wrong.wxml'), '<view><text>never closed</view>')
      expect(() => wxmlToJs(folder)).toThrow(/wrong\.wxml/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
