/** What a person is told of in WeChat (R41). */
export const messageKinds = ['paid', 'refunded', 'top_up', 'withdrawal', 'locked'] as const
export type MessageKind = (typeof messageKinds)[number]

/** What a field of a template may be filled with. */
export const messageWords = [
  'title',
  'merchant',
  'amount',
  'time',
  'number',
  'account',
  'status',
  'school',
  'hint',
] as const
export type MessageWord = (typeof messageWords)[number]
export type MessageWords = Record<MessageWord, string>

/** One of the account's templates at WeChat, and what goes into its fields. */
export interface WechatTemplate {
  id: string
  fields: { name: string; word: MessageWord }[]
}
export type WechatTemplates = Partial<Record<MessageKind, WechatTemplate>>

/** `<id>:thing1=merchant,amount2=amount`; undefined for what is not in this form. */
export function parseTemplate(text: string): WechatTemplate | undefined {
  const [, id, list] = /^([\w-]{20,64}):([a-z0-9_=,]+)$/i.exec(text) ?? []
  if (!id || !list) return undefined
  const fields: WechatTemplate['fields'] = []
  for (const part of list.split(',')) {
    const [name = '', word] = part.split('=')
    const known = messageWords.find((one) => one === word)
    if (!known || typeOf(name) === undefined || fields.some((field) => field.name === name)) {
      return undefined
    }
    fields.push({ name, word: known })
  }
  return { id, fields }
}

/** WeChat refuses the whole message for one value that is too long or not of its field's kind. */
export function fillTemplate(
  { fields }: WechatTemplate,
  words: MessageWords,
): Record<string, { value: string }> {
  return Object.fromEntries(
    fields.map(({ name, word }) => {
      const cut = cuts[typeOf(name) ?? 'thing']
      return [name, { value: cut(words[word]) || '-' }]
    }),
  )
}

const first = (count: number) => (text: string) => [...text].slice(0, count).join('')

/** WeChat's table of parameter kinds, by what the name of a field begins with. */
const cuts = {
  thing: first(20),
  short_thing: first(10),
  name: first(10),
  // Chinese characters alone.
  phrase: (text: string) => first(5)(text.replace(/[^\p{Script=Han}]/gu, '')),
  // Letters, digits and signs.
  character_string: (text: string) => first(32)(text.replace(/[^\x21-\x7e]/g, '')),
  number: (text: string) => first(32)(text.replace(/[^\d.]/g, '')),
  letter: (text: string) => first(32)(text.replace(/[^A-Za-z]/g, '')),
  amount: first(11),
  time: first(20),
  date: first(20),
} as const

function typeOf(field: string): keyof typeof cuts | undefined {
  const [, type] = /^([a-z_]+?)\d{1,2}$/.exec(field) ?? []
  return type !== undefined && Object.hasOwn(cuts, type) ? (type as keyof typeof cuts) : undefined
}
