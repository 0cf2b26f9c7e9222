import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSite } from './site.ts'

const site = createSite({
  id: '1002',
  bffUrl: 'https://ecode.example',
  keypadUrl: 'https://keypad.example',
  wechatScriptUrl: 'https://res.wx.qq.com',
})

const read = (name: string) => readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')

describe('the page of an official account', () => {
  it('is two script tags, an element, and eight lines', () => {
    expect([...read('index.html').matchAll(/<script/g)]).toHaveLength(2)
    expect(read('card.js').trim().split('\n').filter(Boolean)).toHaveLength(8)
  })

  it('names the school and the BFF, and nothing of WeChat', async () => {
    const text = await (await site.request('/')).text()
    expect(text).toContain('data-school="1002"')
    expect(text).toContain('src="https://ecode.example/v1/ecode.js"')
    expect(read('index.html') + read('card.js')).not.toMatch(/appid|secret|wx\./i)
  })

  it('lies beside the file by which WeChat knows whose domain it is', async () => {
    const answer = await site.request('/MP_verify_Kd3Wq8ZrT1vYx5Lb.txt')
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await answer.text()).toBe('Kd3Wq8ZrT1vYx5Lb')
  })

  it('runs without anything inline', async () => {
    const answer = await site.request('/')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("script-src 'self' https://ecode.example https://res.wx.qq.com")
    expect(policy).not.toContain('unsafe')
    expect(await answer.text()).not.toMatch(/<script>|style=|\bon\w+=/)
  })
})
