import { describe, it } from 'vitest'
import { takePeople } from './people.ts'
import type { Phone } from './phone.ts'
import { openPhone, sandbox, till } from './stage.ts'

takePeople(['叶安宁', '何雨桐'])

// Both wait for most of a minute, as a person does: so together.
describe.concurrent('before 50 s are over another code takes its place, and the old one still pays (R18):', () => {
  it('issued by the core', async ({ expect }) => {
    const phone = await openPhone('何雨桐')
    const { old, next } = await watchRotation(phone)
    expect([old, next]).toEqual([
      expect.stringMatching(/^7110017\d{17}$/),
      expect.stringMatching(/^7110017\d{17}$/),
    ])
    expect(await till.pay(old, '1.00')).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
    expect(await phone.readResult('paid')).toMatch(/¥ ?0\.90/)
    // What was on display when the old one paid is over too.
    expect(await till.pay(next, '1.00')).toMatchObject({ exitCode: 1 })
    await phone.close()
  }, 120_000)

  it('made by the phone, until another phone of the person takes over', async ({ expect }) => {
    const phone = await openPhone('叶安宁')
    await phone.waitForCode()
    await phone.enrol(sandbox)
    const { old, next } = await watchRotation(phone)
    expect([old, next]).toEqual([
      expect.stringMatching(/^7110012\d{17}$/),
      expect.stringMatching(/^7110012\d{17}$/),
    ])
    expect(await till.pay(old, '1.00')).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
    expect(await phone.readResult('paid')).toMatch(/¥ ?1\.00/)
    expect(await till.pay(next, '1.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'CODE_USED' },
    })

    const time = Date.now() + 86_400_000
    const other = await openPhone('叶安宁', {
      prepare: (context) => context.clock.install({ time }),
    })
    await other.waitForCode()
    await other.enrol(sandbox)
    // Its clock is a day ahead; codes go by the server's.
    const code = await other.readCodeLike(/^7110012\d{17}$/)
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
    await other.readResult('paid')
    // The first hears that it is one no more, and asks the core for codes again.
    await phone.openCode()
    expect(await phone.readCodeLike(/^7110017\d{17}$/)).toBeTruthy()
    await phone.close()
    await other.close()
  }, 180_000)

  /** The code on display and the one after it; throws if that comes too late or elsewhere. */
  async function watchRotation(phone: Phone): Promise<{ old: string; next: string }> {
    const old = await phone.readCode()
    const box = await phone.codes.last().boundingBox()
    const next = await phone.readCode('qr', 'zxing', old, 52_000)
    const moved = JSON.stringify(await phone.codes.last().boundingBox()) !== JSON.stringify(box)
    if (moved) throw new Error('the code moved while it was held to a scanner')
    return { old, next }
  }
})
