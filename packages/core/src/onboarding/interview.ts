import { collectionChannelSchema } from '@campus-ecode/protocol/sign-ins'
import { CampusError } from '../campus/campus-error.ts'
import { describeSchool, LINE_FORMS, type SchoolWords } from './describe-school.ts'

/** Asks one thing of whoever sits there. */
export type Ask = (question: string) => Promise<string>

/** What nothing can be said of beforehand. */
const nothing: SchoolWords = {
  ...{ id: '', name: '', nameEn: '', accent: '', contact: '' },
  ...{ origins: [], collectionChannels: [], campuses: [], merchants: [], tills: [], gates: [] },
}
const ACCENT = '#0f766e'

/**
 * Asks for what flags have not said, and again for what cannot be so. Nothing is written before the last answer.
 *
 * @param given From flags; what is there is not asked for.
 */
export async function interview(
  ask: Ask,
  print: (line: string) => void,
  given: Partial<SchoolWords>,
): Promise<SchoolWords> {
  const words: SchoolWords = { ...nothing, ...given }
  const one = async (name: 'id' | 'name' | 'nameEn' | 'accent' | 'contact', question: string) => {
    if (given[name] !== undefined) return
    await until(async () => {
      words[name] = (await ask(question)).trim()
      if (name === 'accent' && words.accent === '') words.accent = ACCENT
    })
  }
  /** A list, a line each; an empty line ends it. */
  const many = async (
    name: 'origins' | 'collectionChannels' | 'campuses' | 'merchants' | 'tills' | 'gates',
    question: string,
  ) => {
    if (given[name] !== undefined) return
    for (;;) {
      let answer = ''
      await until(async () => {
        answer = (await ask(question)).trim()
        words[name] = answer === '' ? words[name] : [...words[name], answer]
      })
      if (answer === '') return
    }
  }
  /** Whatever makes the school unsound is asked for again. */
  const until = async (take: () => Promise<void>) => {
    for (;;) {
      const before = { ...words }
      await take()
      const wrong = findWrong(words)
      if (wrong === undefined) return
      print(`  ✗ ${wrong}`)
      Object.assign(words, before)
    }
  }
  await one('id', '学校编号，四位数字 School id, four digits: ')
  await one('name', '学校名称 Name in Chinese: ')
  await one('nameEn', '英文名称 Name in English: ')
  await one('accent', `主题色 Accent colour [${ACCENT}]: `)
  await one('contact', '卡务中心联系方式 Contact of the card office: ')
  await many(
    'origins',
    '嵌入页面的域名，空行结束 Origin of pages that embed the widget, empty to end: ',
  )
  await many(
    'collectionChannels',
    `学校 App 以外还可以在哪里付收款码，空行结束 Where else than in the school's app collection codes are paid, ${collectionChannelSchema.options.join(' or ')}, empty to end: `,
  )
  await many('campuses', '校区，空行结束 Campus, empty to end: ')
  await many('merchants', `商户，空行结束 Merchant, ${LINE_FORMS.merchant}, empty to end: `)
  await many('tills', `收银机，空行结束 Till, ${LINE_FORMS.till}, empty to end: `)
  await many('gates', `闸机，空行结束 Gate, ${LINE_FORMS.gate}, empty to end: `)
  return words
}

/** What is wrong with what has been said so far; what has not been said yet is taken as good. */
function findWrong(words: SchoolWords): string | undefined {
  try {
    describeSchool({
      ...words,
      id: words.id || '1001',
      name: words.name || '…',
      nameEn: words.nameEn || '…',
      accent: words.accent || ACCENT,
    })
    return undefined
  } catch (error) {
    if (error instanceof CampusError) return error.message
    throw error
  }
}
