import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { IssuedIdentityCode } from '@campus-ecode/protocol/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AccessPhone } from './access-phone.ts'
import { PageClient } from './page-client.ts'
import { findPerson } from './people.ts'
import { Phone } from './phone.ts'
import { Sandbox } from './sandbox.ts'
import { browser } from './stage.ts'
import { readDemo, System, type SystemUrls } from './system.ts'
import { Till } from './till.ts'
import { WalletScreen } from './wallet-screen.ts'

const PASSWORD = '730946'
const WRONG_PASSWORD = '730949'
const PHRASE = '图书馆三楼靠窗'
const CARD = {
  name: '许清禾',
  idNumber: '990101200402183266',
  cardNo: '9990031821506605',
  phone: '12000030138',
}

const TYPED = [PASSWORD, WRONG_PASSWORD, PHRASE, CARD.idNumber, CARD.cardNo]

// A wallet is opened, a password set, mistyped and used, codes are shown at gates and at a till; then everything
// that is left is searched.
describe('what was typed or shown is nowhere afterwards (R16, R42; docs/security.md)', () => {
  // Its own system, so that nobody else's traffic is in the way, and nobody meets this wallet.
  let system: System
  let phone: Phone
  let codes: string[]
  beforeAll(async () => {
    system = await System.create()
    await system.start()
    const { dataDir, demoUrl, sandboxUrl } = system.urls
    const sandbox = new Sandbox(sandboxUrl)
    const person = findPerson(readDemo(dataDir), CARD.name).id
    phone = await Phone.open(browser, { demoUrl, person, screen: 'wallet' })
    const wallet = new WalletScreen(phone)
    await wallet.row('银行卡').click()
    await wallet.button('绑定银行卡').click()
    await wallet.fillCard(CARD)
    await wallet.confirmCard(sandbox)
    await wallet.setPassword(PHRASE, PASSWORD)
    await wallet.button('充值').click()
    await wallet.button('¥50').click()
    await phone.root.getByRole('button', { name: '充值', exact: true }).last().click()
    await wallet.keypad.type(WRONG_PASSWORD)
    await wallet.keypad.waitForStatus(/还可以试 4 次/)
    await wallet.keypad.type(PASSWORD)
    await wallet.heading('充值成功').waitFor()
    codes = await showCodes(system.urls)
  })
  afterAll(async () => {
    await phone?.close()
    await system.stop()
    system.remove()
  })

  it('in no log', () => {
    const folder = join(system.urls.dataDir, 'logs')
    const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
    expect(logs.length).toBeGreaterThan(3)
    for (const secret of [...TYPED, ...codes]) {
      expect(logs.filter((log) => contains(log, secret))).toHaveLength(0)
    }
  })

  it('in no file that the database or an outside system keeps', () => {
    const secrets = [...TYPED, ...codes]
    // What must be there shows that the search can find.
    let withTail = 0
    for (const path of listFiles(system.urls.dataDir)) {
      if (path.includes('/logs/')) continue
      const bytes = readFileSync(path)
      if (contains(bytes, '白鹭银行')) withTail++
      for (const secret of secrets) {
        if (path.endsWith('/sandbox/sms.jsonl')) continue
        expect(contains(bytes, secret), `${path} has ${secrets.indexOf(secret)}`).toBe(false)
      }
    }
    expect(withTail).toBeGreaterThan(0)
  })

  it.runIf(process.platform === 'linux')(
    'the password in no memory of core, BFF, outside systems or till',
    () => {
      const processes = findProcesses(system.urls.dataDir)
      const names = ['core/dist/main', 'bff/dist/main', 'sandbox/dist/main', 'pos/dist/main']
      for (const name of names) {
        const found = processes.filter(({ command }) => command.includes(name))
        expect(found, name).toHaveLength(1)
        for (const { pid } of found) {
          const control = name.includes('core') ? [PHRASE] : []
          const { hits, seen } = searchMemory(pid, [PASSWORD, WRONG_PASSWORD], control)
          expect(hits, name).toEqual([])
          // The core shows the phrase, so the same search must find it there.
          expect(seen, name).toEqual(control)
        }
      }
    },
    120_000,
  )
})

/** An access code and an identity code, each read by a gate and, mistaken for another, by a till. @returns Both. */
async function showCodes({ dataDir, bffUrl, demoUrl: origin, gateUrl }: SystemUrls) {
  const demo = readDemo(dataDir)
  const { cardNo } = findPerson(demo, CARD.name)
  const page = await PageClient.open({ bffUrl, origin, school: demo.school, cardNo })
  const access = await (await AccessPhone.open(page)).show()
  const issued = await page.call('POST', '/v1/me/identity-codes', { body: {} })
  const { code: identity } = (await issued.json()) as IssuedIdentityCode
  const [desk] = demo.gates
  const [door] = demo.gates.slice(-1)
  const till = new Till(dataDir)
  for (const code of [access, identity]) {
    for (const gate of [desk, door]) {
      const response = await fetch(`${gateUrl}/gates/${gate?.id}/codes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: code }),
      })
      expect(response.status).toBe(200)
    }
    const { line } = await till.pay(code, '1.00')
    expect(line.code).toMatch(/^CODE_(ACCESS|IDENTITY)_ONLY$/)
  }
  return [access, identity]
}

/** Six digits are a secret only where they stand alone: longer numbers and hex contain anything. */
function contains(bytes: Buffer, secret: string): boolean {
  return [Buffer.from(secret), Buffer.from(secret, 'utf16le')].some((needle, at) => {
    const step = at + 1
    for (let from = bytes.indexOf(needle); from >= 0; from = bytes.indexOf(needle, from + 1)) {
      if (!isWord(bytes[from - step]) && !isWord(bytes[from + needle.length])) return true
    }
    return false
  })
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9a-zA-Z]/.test(String.fromCharCode(byte))
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path)
    return entry.isFile() && statSync(path).size > 0 ? [path] : []
  })
}

/** Those of this system: each was told the same folder. */
function findProcesses(dataDir: string): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const env = readFileSync(`/proc/${name}/environ`, 'latin1')
      if (!env.includes(`DATA_DIR=${dataDir}\0`)) return []
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ')
      return [{ pid: Number(name), command }]
    } catch {
      return []
    }
  })
}

/** Reads what a process has in memory that can be written (proc_pid_mem(5)). */
function searchMemory(pid: number, secrets: string[], controls: string[]) {
  const hits = new Set<string>()
  const seen = new Set<string>()
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      if (!begin || !end) continue
      const start = Number.parseInt(begin, 16)
      const length = Number.parseInt(end, 16) - start
      if (length > 1 << 30) continue
      const bytes = Buffer.alloc(length)
      try {
        readSync(memory, bytes, 0, length, start)
      } catch {
        continue
      }
      for (const secret of secrets) if (contains(bytes, secret)) hits.add(secret)
      for (const control of controls) if (contains(bytes, control)) seen.add(control)
    }
  } finally {
    closeSync(memory)
  }
  return { hits: [...hits], seen: [...seen] }
}
