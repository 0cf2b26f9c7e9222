import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { takePeople } from './people.ts'
import { sandbox, system } from './stage.ts'
import { ROOT } from './system.ts'

// Whoever else disturbs WeChat has this one too.
takePeople(['林知夏'])

const DAY_MS = 86_400_000
const out = join(system.dataDir, 'matched')
/** As a finance office in Shanghai calls it. */
const dayBefore = (days: number) =>
  new Date(Date.now() + 8 * 3_600_000 - days * DAY_MS).toISOString().slice(0, 10)

afterEach(() => sandbox.setFault('wechat', 'none'))

/** What `npm run ecode -- match` says of WeChat; the other files of those days are not there, and no matter. */
async function matchWechat(day: string): Promise<string | undefined> {
  const { dataDir, wechatUrl, sandboxUrl, keypadUrl } = system
  const env = {
    ...process.env,
    ...{ DATA_DIR: dataDir, WECHAT_PORT: new URL(wechatUrl).port },
    ...{ SANDBOX_PORT: new URL(sandboxUrl).port, KEYPAD_PORT: new URL(keypadUrl).port },
  }
  const args = ['scripts/ecode.mjs', 'match', '--school', '1001', '--day', day, '--out', out]
  const said = await new Promise<string>((done) =>
    execFile(process.execPath, args, { cwd: ROOT, env }, (_, stdout, stderr) =>
      done(stdout + stderr),
    ),
  )
  return said.split('\n').find((line) => line.startsWith('wechat: ')) ?? said
}

it('R34: WeChat’s bill is downloaded and matched; a day without trades is no obstacle, and drift is found', {
  timeout: 300_000,
}, async () => {
  const nothing = 'wechat: here 0.00 yuan in 0, there 0.00 in 0, 0 differences open'
  expect(await matchWechat(dayBefore(2))).toBe(nothing)
  await sandbox.setFault('wechat', 'bill_drift')
  expect(await matchWechat(dayBefore(1))).toBe(
    'wechat: here 0.00 yuan in 0, there 0.01 in 1, 1 differences open',
  )
  const report = readFileSync(join(out, `match-1001-${dayBefore(1)}.csv`), 'utf8')
  expect(report).toContain(`微信支付,我方无账,${dayBefore(1)},"drift`)
})
