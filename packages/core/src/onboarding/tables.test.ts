import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { UsageError } from '../usage-error.ts'
import { importMerchantRows } from './merchant-rows.ts'
import { personColumns } from './person-rows.ts'
import { readCsv, type TableShape } from './read-csv.ts'
import type { RowOutcome } from './row.ts'
import { importTerminalRows } from './terminal-rows.ts'

let core: HttpCore
let folder: string
beforeAll(async () => {
  core = await createHttpCore()
  folder = await mkdtemp(join(tmpdir(), 'ecode-tables-'))
})
afterAll(async () => {
  await core.close()
  await rm(folder, { recursive: true, force: true })
})

const SCHOOL = '1001'
type Cells = Record<string, string>
const number = (rows: Cells[]) => rows.map((cells, i) => ({ line: i + 2, cells }))
const tell = (outcomes: RowOutcome[]) => outcomes.map(({ outcome, reason }) => reason ?? outcome)
const merchants = async (rows: Cells[], apply = true) =>
  tell(await importMerchantRows(core.services, SCHOOL, number(rows), new Set(), apply))
const terminals = async (rows: Cells[], apply = true) => {
  const { services } = core
  const { outcomes, given } = await importTerminalRows(
    services,
    SCHOOL,
    number(rows),
    new Set(),
    apply,
  )
  return { told: tell(outcomes), given }
}
const rulesOf = async (name: string) =>
  (await core.db.pool.query('select price_rules, campus from merchants where name = $1', [name]))
    .rows[0]

describe('merchants (R4, R40)', () => {
  it('are added, changed and left alone by name, with prices in per cent', async () => {
    const canteen = { name: '清真餐厅', campus: '南校区', teacher: '90', external: '115.5%' }
    expect(await merchants([canteen])).toEqual(['added'])
    expect(await merchants([canteen])).toEqual(['same'])
    const { price_rules: rules, campus } = await rulesOf('清真餐厅')
    expect(campus).toBe('南校区')
    expect(rules).toMatchObject([
      { class: 'teacher', permille: 900 },
      { class: 'external', permille: 1155 },
    ])
    expect(await merchants([{ name: '清真餐厅', external: '' }])).toEqual(['changed'])
    expect((await rulesOf('清真餐厅')).price_rules).toMatchObject([{ class: 'teacher' }])
    expect((await rulesOf('清真餐厅')).campus).toBe('南校区')
  })

  it('bad rows are named, and a trial writes nothing', async () => {
    expect(
      await merchants([
        { name: '' },
        { name: '书店', teacher: '-5' },
        { name: '书店', teacher: '301' },
        { name: '书店' },
        { name: '书店' },
      ]),
    ).toEqual(['FORM', 'FORM', 'FORM', 'added', 'TWICE'])
    expect(await merchants([{ name: '花店' }], false)).toEqual(['added'])
    expect(await rulesOf('花店')).toBeUndefined()
  })
})

describe('terminals', () => {
  it('get a key that works at once, told once, and keep it when the table comes again', async () => {
    await merchants([{ name: '第二食堂' }])
    const rows = [{ merchant: '第二食堂', name: '1号窗口' }]
    expect((await terminals(rows, false)).given).toEqual([])
    const first = await terminals(rows)
    expect(first.told).toEqual(['added'])
    const [{ id, keyId = '', secret = '' } = { id: '' }] = first.given
    const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    expect((await core.call('getTerminal', { key })).body.terminalId).toBe(id)
    expect(await terminals(rows)).toEqual({ told: ['same'], given: [] })
    expect((await core.call('getTerminal', { key })).status).toBe(200)
  })

  it('online ones have an address for notices and its secret, a new one with a new address (R38)', async () => {
    await merchants([{ name: '校园订餐二' }])
    const at = (notifyUrl: string) => [
      { merchant: '校园订餐二', name: '服务器', kind: '线上商户', notifyUrl },
    ]
    const first = await terminals(at('https://order.example/notices'))
    expect(first.given[0]?.webhookSecret).toMatch(/^whsec_/)
    expect((await terminals(at('https://order.example/notices'))).told).toEqual(['same'])
    const second = await terminals(at('https://order.example/other'))
    expect(second.told).toEqual(['changed'])
    expect(second.given[0]?.webhookSecret).toMatch(/^whsec_/)
    expect(second.given[0]?.webhookSecret).not.toBe(first.given[0]?.webhookSecret)
    expect((await terminals(at(''))).told).toEqual(['changed'])
  })

  it('showers have a price, and nothing else has (R26)', async () => {
    await merchants([{ name: '浴室二' }])
    const shower = { merchant: '浴室二', name: '1号', kind: '淋浴', yuanPer10Litres: '0.35' }
    expect((await terminals([shower])).told).toEqual(['added'])
    expect((await terminals([{ ...shower, yuanPer10Litres: '0.4' }])).told).toEqual(['changed'])
    const { rows } = await core.db.pool.query(
      "select water->>'fenPer10Litres' as fen from terminals where kind = 'shower'",
    )
    expect(rows).toEqual([{ fen: '40' }])
    expect(
      (
        await terminals([
          { ...shower, name: '2号', yuanPer10Litres: '' },
          { ...shower, name: '3号', kind: 'till' },
          { ...shower, kind: 'till', yuanPer10Litres: '' },
          { ...shower, merchant: '没有的' },
          { ...shower, kind: 'fridge' },
        ])
      ).told,
    ).toEqual(['SHOWER_HAS_TARIFF', 'SHOWER_HAS_TARIFF', 'KIND_FIXED', 'MERCHANT_UNKNOWN', 'FORM'])
  })
})

describe('a table in a file', () => {
  const shape: TableShape = { columns: personColumns, required: ['cardNo'] }
  async function read(content: string | Buffer) {
    const path = join(folder, 'table.csv')
    await writeFile(path, content)
    const rows = []
    for await (const row of readCsv(path, shape)) rows.push(row)
    return rows
  }
  const refusal = (content: string | Buffer) =>
    read(content).then(
      () => 'was read',
      (error) => {
        expect(error).toBeInstanceOf(UsageError)
        return String(error.message)
      },
    )

  it('is read as Excel writes it, by our words or a card office’s', async () => {
    const rows = [
      { line: 2, cells: { cardNo: '2023', name: '林, 知夏', groups: 'a\nb' } },
      { line: 4, cells: { cardNo: '2024', name: '', groups: '' } },
    ]
    expect(await read('\uFEFF学号,姓名,分组\r\n2023,"林, 知夏","a\nb"\r\n2024,,\r\n')).toEqual(
      rows.map((row) => ({ ...row, line: expect.any(Number) })),
    )
    expect((await read('cardNo\n1\n\n2')).map(({ cells }) => cells?.cardNo)).toEqual(['1', '2'])
  })

  it('has no row that is shifted, or that the file ends in', async () => {
    const cellsOf = async (content: string) => (await read(content)).map(({ cells }) => cells)
    const lin = { cardNo: '1', name: '林', phone: '137000' }
    const head = 'cardNo,name,phone\n'
    expect(await cellsOf(`${head}1,林,137000,,\n1,林,知夏,137000\n1,林\n1,林,137000`)).toEqual([
      ...[lin, null],
      { cardNo: '1', name: '林' },
      lin,
    ])
    expect(await cellsOf(`${head}1,林,137000\n2,顾明`)).toEqual([lin, null])
    const { services } = core
    const outcomes = await importMerchantRows(
      services,
      SCHOOL,
      [{ line: 2, cells: null }],
      new Set(),
    )
    expect(tell(outcomes)).toEqual(['COLUMNS'])
    expect(await refusal(Buffer.from(`${head}1,林`).subarray(0, -1))).toContain('not UTF-8')
  })

  it('is refused whole where it cannot be a table, in a sentence without what stands in it', async () => {
    expect(await refusal('学号,星座\n1,狮子')).toContain('column 2 of the header is not known')
    expect(await refusal('学号,卡号\n1,2')).toContain('there twice')
    expect(await refusal('姓名\n林')).toContain('lacks cardNo')
    expect(await refusal('cardNo,name\n1,"SECRET')).toMatch(/not CSV \(CSV_QUOTE_NOT_CLOSED\)$/)
    expect(await refusal(Buffer.from([0xd1, 0xa7, 0xba, 0xc5, 0x0a]))).toContain('not UTF-8')
  })

  it('that is not there is said to be so', async () => {
    const rows = readCsv(join(folder, 'none.csv'), shape)
    await expect(rows.next()).rejects.toThrow('there is no')
  })
})
