import { describe, expect, it } from 'vitest'
import { describeSchool, type SchoolWords } from './describe-school.ts'
import { interview } from './interview.ts'

/** Somebody who answers in turn. */
function scripted(answers: string[]) {
  const asked: string[] = []
  const printed: string[] = []
  return {
    asked,
    printed,
    ask: async (question: string) => {
      asked.push(question)
      const answer = answers.shift()
      if (answer === undefined) throw new Error(`nobody answers: ${question}`)
      return answer
    },
    print: (line: string) => void printed.push(line),
  }
}
const words: SchoolWords = {
  ...{ id: '2002', name: '青江学院', nameEn: 'Qingjiang College', accent: '#0f766e' },
  ...{ contact: '卡务中心', origins: ['https://app.example'], campuses: ['北校区'] },
  collectionChannels: ['mini_program'],
  merchants: ['第一食堂@北校区: teacher=90 external=115.5%', '花店'],
  tills: ['第一食堂/1号窗口', '第一食堂/2号窗口'],
  gates: ['东门@北校区/校门: door', '阅览室@图书馆：library, door'],
}

describe('a school in words (R35)', () => {
  it('is what the lines say', () => {
    const { school, merchants, gates } = describeSchool(words)
    expect(school).toMatchObject({
      ...{ id: '2002', origins: ['https://app.example'], collectionChannels: ['mini_program'] },
    })
    expect(merchants).toMatchObject([
      {
        name: '第一食堂',
        campus: '北校区',
        priceRules: [
          { class: 'teacher', permille: 900 },
          { class: 'external', permille: 1155 },
        ],
        terminals: [{ name: '1号窗口', kind: 'till' }, { name: '2号窗口' }],
      },
      { name: '花店', priceRules: [], terminals: [] },
    ])
    expect(gates).toMatchObject([
      { name: '东门', campus: '北校区', zone: '校门', purposes: ['door'] },
      { name: '阅览室', zone: '图书馆', purposes: ['library', 'door'] },
    ])
  })

  it.each([
    [{ merchants: ['花店@南校区'] }, '南校区 is none of the campuses'],
    [{ merchants: ['第一食堂: pupil=90'] }, 'is no price'],
    [{ tills: ['书店/1号'] }, 'which is no merchant'],
    [{ tills: ['1号'] }, 'is not MERCHANT/NAME'],
    [{ gates: ['东门'] }, 'is not NAME@'],
    [{ gates: ['东门@校门: fly'] }, 'gates.0.purposes'],
    [{ id: '12' }, 'school.id'],
    [{ accent: 'green' }, 'school.accent'],
    [{ origins: ['app.example'] }, 'school.origins'],
    [{ collectionChannels: ['everywhere'] }, 'school.collectionChannels'],
  ])('%j is refused: %s', (change, why) => {
    expect(() => describeSchool({ ...words, ...change })).toThrow(why)
  })
})

describe('the interview', () => {
  it('asks for what is not said, and again for what cannot be so', async () => {
    const somebody = scripted([
      ...['12', '2002', '青江学院', 'Qingjiang College', '', '卡务中心'],
      ...['app.example', 'https://app.example/page', ''],
      ...['小程序', 'mini_program', ''],
      ...['北校区', ''],
      ...['花店@南校区', '第一食堂@北校区: teacher=90 external=115.5%', '花店', ''],
      ...['书店/1号', '第一食堂/1号窗口', '第一食堂/2号窗口', ''],
      ...['东门@北校区/校门: door', '阅览室@图书馆：library, door', ''],
    ])
    const said = await interview(somebody.ask, somebody.print, {})
    expect(describeSchool(said)).toEqual(describeSchool(words))
    expect(somebody.printed).toEqual([
      expect.stringContaining('school.id'),
      expect.stringContaining('school.origins'),
      expect.stringContaining('school.collectionChannels'),
      expect.stringContaining('南校区 is none of the campuses'),
      expect.stringContaining('which is no merchant'),
    ])
  })

  it('asks for nothing that flags have said', async () => {
    const somebody = scripted([])
    expect(await interview(somebody.ask, somebody.print, words)).toEqual(words)
    expect(somebody.asked).toEqual([])
  })
})
