import type { ReadingView } from '../gate-view.ts'
import { both, make } from './find.ts'

const classes = {
  student: ['学生', 'Student'],
  teacher: ['教师', 'Teacher'],
  external: ['校外', 'External'],
  visitor: ['访客', 'Visitor'],
} as const

const welcomes = {
  door: ['请进', 'Come in'],
  library: ['请进', 'Come in'],
  meeting: ['已签到', 'Signed in'],
  attendance: ['已签到', 'Signed in'],
} as const

/** The whole answer, to be seen from three metres. */
export function showReading({
  kind,
  message,
  code,
  class: personClass,
  ...rest
}: ReadingView): Node[] {
  const [zh, en] = kind === 'opened' ? welcomes[rest.purpose ?? 'door'] : titles[kind]
  const sentence = message && make('h1', 'sentence', message['zh-CN'])
  const english = message && make('p', 'english', message.en)
  if (english) english.lang = 'en'
  const mark = make('div', 'mark')
  mark.setAttribute('aria-hidden', 'true')
  return [
    mark,
    // The sentence is the title where there is one.
    sentence ? null : make('h1', '', ...both(zh, en)),
    sentence,
    english,
    personClass && showWho(personClass, rest.maskedName),
    code && make('p', 'code', code),
  ].filter((node) => node !== null && node !== '')
}

function showWho(personClass: keyof typeof classes, maskedName: string | null) {
  const [zh, en] = classes[personClass]
  return make('p', 'who', make('span', 'class', ...both(zh, en)), maskedName)
}

const titles = {
  refused: ['不能通行', 'No entry'],
  identity: ['身份已核对', 'Identified'],
} as const
