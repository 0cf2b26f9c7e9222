import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
let programs: Awaited<ReturnType<typeof bundlePrograms>>
let dataDir: string
beforeAll(async () => {
  fixture = await openFixture()
  programs = await bundlePrograms(new URL('.', import.meta.url), { cli: 'cli.ts' })
  dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-terminal-'))
  await writeFile(join(dataDir, 'demo.json'), JSON.stringify(fixture.core.demo))
})
afterAll(async () => {
  await fixture.close()
  await programs.remove()
  await rm(dataDir, { recursive: true })
})

interface Ran {
  exitCode: number | null
  json: Record<string, unknown>
  stdout: string
  stderr: string
}

/** Runs the command as a process of its own, as a till's script does. */
function run(
  args: string[],
  {
    env = { DATA_DIR: dataDir },
    input = '',
  }: { env?: Record<string, string>; input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [programs.pathOf('cli'), ...args], {
      env: { PATH: process.env.PATH, ...env },
      cwd: dataDir,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (exitCode) => {
      expect(stdout).toMatch(/^\{.*\}\n$/)
      resolve({ exitCode, json: JSON.parse(stdout), stdout, stderr })
    })
    child.stdin.end(input)
  })
}

const pay = (order: string, code: string, ...more: string[]) =>
  run(['pay', '--code', code, '--amount', '12.50', '--order', order, ...more])

// Starting a process takes a second where the machine is busy.
describe('the terminal command', { timeout: 60_000 }, () => {
  it('pays: one line, exit 0', async () => {
    const { exitCode, json, stderr } = await pay('C-1', fixture.drawCode(fixture.student))
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(json).toMatchObject({
      outcome: 'paid',
      orderNo: 'C-1',
      status: 'PAID',
      listFen: 1250,
      amountFen: 1125,
      payer: { class: 'student', maskedName: '林*夏' },
      channel: 'wallet',
    })
  })

  it('is refused: the code and both sentences, exit 1', async () => {
    const { exitCode, json } = await pay('C-2', '721001100000000000000000')
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({
      outcome: 'refused',
      orderNo: 'C-2',
      code: 'CODE_IDENTITY_ONLY',
      message: { 'zh-CN': expect.any(String), en: expect.any(String) },
    })
  })

  it('does not know: exit 2', async () => {
    fixture.core.campus.slowFor = 100
    const code = fixture.drawCode(fixture.student)
    const { exitCode, json } = await pay('C-3', code, '--patience', '0.5')
    expect(exitCode).toBe(2)
    expect(json).toMatchObject({ outcome: 'unknown', status: 'PROCESSING', reason: 'PENDING' })
    expect((await run(['query', '--order', 'C-3'])).exitCode).toBe(2)

    const undone = await pay('C-4', fixture.drawCode(fixture.student), '--reverse-after', '0')
    fixture.core.campus.slowFor = 0
    expect(undone).toMatchObject({ exitCode: 1, json: { outcome: 'reversed' } })
  })

  it('says that the phone asks for the password, and ends as that ends', async () => {
    const { campus } = fixture.core
    campus.passwordAboveFen = 1_000
    fixture.student.hasPassword = true
    const given = await pay('C-11', fixture.drawCode(fixture.student), '--password-wait', '0.5')
    expect(given).toMatchObject({
      exitCode: 2,
      json: { outcome: 'unknown', status: 'AWAITING_PASSWORD', reason: 'PENDING' },
    })
    expect(given.stderr).toMatch(/^AWAITING_PASSWORD: .*"reverse --order C-11" cancels\n$/)
    expect(await run(['reverse', '--order', 'C-11'])).toMatchObject({
      exitCode: 0,
      json: { outcome: 'reversed' },
    })
    const paying = pay('C-12', fixture.drawCode(fixture.student))
    await expect.poll(() => [...campus.orders.keys()].at(-1), { timeout: 10_000 }).toMatch(/C-12$/)
    campus.endWait('C-12', 'PASSWORD_DECLINED')
    expect(await paying).toMatchObject({ exitCode: 1, json: { code: 'PASSWORD_DECLINED' } })
    campus.passwordAboveFen = Number.POSITIVE_INFINITY
  })

  it('takes the code from standard input, without the end of its line', async () => {
    const code = fixture.drawCode(fixture.teacher)
    const args = ['pay', '--code', '-', '--amount', '1', '--order', 'C-5']
    const { exitCode, json } = await run(args, { input: `${code}\n` })
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({ payer: { class: 'teacher' }, amountFen: 100 })
  })

  it('pays by card or face, named on standard input alone', async () => {
    const { teacher } = fixture
    Object.assign(teacher, { hasAgreement: true, hasFaceConsent: true })
    const swipe = (kind: string, order: string, value = '-', input = '') =>
      run(['pay', `--${kind}-token`, value, '--amount', '1', '--order', order], { input })
    for (const { kind, value } of teacher.tokens) {
      const { exitCode, json, stdout, stderr } = await swipe(kind, `S-${kind}`, '-', `${value}\r\n`)
      expect([exitCode, json.outcome, json.means]).toEqual([0, 'paid', kind])
      expect(stdout + stderr).not.toContain(value)
      // Each process list and history would show it.
      const shown = await swipe(kind, `T-${kind}`, value)
      expect(shown).toMatchObject({ exitCode: 3, json: { outcome: 'usage' } })
      expect(shown.stdout + shown.stderr).not.toContain(value)
    }
    const odd = await swipe('card', 'S-3', '-', '卡号\n')
    expect([odd.exitCode, odd.json.error]).toEqual([3, expect.stringContaining('printable ASCII')])
    const both = ['pay', '--code', '1', '--card-token', '-', '--amount', '1', '--order', 'S-4']
    expect((await run(both)).exitCode).toBe(3)
    expect(await swipe('card', 'S-5', '-', 'nobody-has-this')).toMatchObject({
      exitCode: 1,
      json: { outcome: 'refused', code: 'TOKEN_UNKNOWN' },
    })
  })

  it('asks, refunds and reverses', async () => {
    await pay('C-6', fixture.drawCode(fixture.student))
    expect(await run(['query', '--order', 'C-6'])).toMatchObject({
      exitCode: 0,
      json: { outcome: 'paid', orderNo: 'C-6' },
    })
    expect(await run(['reverse', '--order', 'C-6'])).toMatchObject({
      exitCode: 0,
      json: { outcome: 'reversed', status: 'REVERSED' },
    })
    expect(await run(['query', '--order', 'C-6'])).toMatchObject({
      exitCode: 1,
      json: { outcome: 'reversed' },
    })
    const refund = (order: string, amount: string) =>
      run(['refund', '--order', order, '--refund', 'R-1', '--amount', amount])
    expect(await refund('C-6', '1')).toMatchObject({
      exitCode: 1,
      json: { outcome: 'refused', code: 'ORDER_NOT_PAID' },
    })
    await pay('C-7', fixture.drawCode(fixture.student))
    expect(await refund('C-7', '0.50')).toMatchObject({
      exitCode: 0,
      json: { outcome: 'refunded', refundNo: 'R-1', amountFen: 50 },
    })
    expect(await run(['query', '--order', 'C-0'])).toMatchObject({
      exitCode: 1,
      json: { outcome: 'refused', code: 'ORDER_NOT_FOUND', orderNo: 'C-0' },
    })
  })

  it('tells what the printed code took, by whose numbers it is refunded (R24)', async () => {
    await pay('ecm-1', fixture.drawCode(fixture.student))
    await pay('C-13', fixture.drawCode(fixture.student))
    const [printed] = [...fixture.core.campus.orders].filter(([key]) => key.endsWith('/ecm-1'))
    if (printed) printed[1].payment.means = 'collection'
    const { exitCode, json } = await run(['incoming'])
    expect([exitCode, json.outcome]).toEqual([0, 'done'])
    expect(json.payments).toEqual([expect.objectContaining({ orderNo: 'ecm-1', amountFen: 1125 })])
    const refund = ['refund', '--order', 'ecm-1', '--refund', 'R-2', '--amount', '1']
    expect((await run(refund)).json).toMatchObject({ outcome: 'refunded', amountFen: 100 })

    const later = await run(['incoming', '--after', String(json.cursor)])
    expect(later).toMatchObject({ exitCode: 0, json: { payments: [] } })
  })

  it('says who it is, from another terminal of another demo.json too', async () => {
    expect(await run(['whoami'])).toMatchObject({
      exitCode: 0,
      json: { outcome: 'done', name: '3 号窗口', clockOffsetMs: expect.any(Number) },
    })
    const second = fixture.core.campus.terminals[1]?.id ?? ''
    const demo = join(dataDir, 'demo.json')
    expect(await run(['whoami', '--demo', demo, '--terminal', second], { env: {} })).toMatchObject({
      exitCode: 0,
      json: { terminalId: second },
    })
  })

  it('takes its key from a file that the environment names', async () => {
    const [, own] = fixture.core.campus.terminals
    const secretFile = join(dataDir, 'secret')
    await writeFile(secretFile, `${own?.secret}\n`)
    const env = {
      CORE_URL: fixture.core.origin,
      TERMINAL_KEY_ID: own?.keyId ?? '',
      TERMINAL_SECRET_FILE: secretFile,
    }
    expect(await run(['whoami'], { env })).toMatchObject({ json: { terminalId: own?.id } })
    const { CORE_URL: _, ...lacking } = env
    expect(await run(['whoami'], { env: lacking })).toMatchObject({ exitCode: 3 })
  })

  it('is used wrongly: what is wrong on standard error too, exit 3', async () => {
    const { exitCode, json, stderr } = await run(['pay', '--order', 'A'])
    expect(exitCode).toBe(3)
    expect(json).toEqual({ outcome: 'usage', error: expect.stringContaining('--amount') })
    expect(stderr).toContain('Usage:')
  })

  it('shows neither code nor secret, whatever happens', async () => {
    const secret = fixture.core.campus.terminals[0]?.secret ?? ''
    const drawn = fixture.drawCode(fixture.student)
    fixture.core.faults = ['500', 'unsigned', 'not-json']
    const paid = await pay('C-9', drawn)
    const refused = await pay('C-10', drawn)
    const broken = await run(['whoami'], {
      env: {
        CORE_URL: secret,
        TERMINAL_KEY_ID: 'x',
        TERMINAL_SECRET_FILE: join(dataDir, 'demo.json'),
      },
    })
    expect([paid.exitCode, refused.exitCode, broken.exitCode]).toEqual([0, 1, 3])
    for (const { stdout, stderr } of [paid, refused, broken]) {
      expect(stdout + stderr).not.toContain(drawn)
      expect(stdout + stderr).not.toContain(secret)
    }
  })
})
