import { randomInt } from 'node:crypto'
import { z } from 'zod'
import type { Journal } from '../journal.ts'

/** One of the account's templates, as its owner has put it together at WeChat. */
export interface Template {
  id: string
  title: string
  /** Name of a field, which says its kind, and what stands before its value. */
  fields: Record<string, string>
}

/** What arrived in somebody's WeChat. */
export interface TemplateMessage {
  at: string
  msgId: number
  openid: string
  clientMsgId: string | null
  title: string
  lines: { label: string; value: string }[]
  url: string | null
}

const messageSchema = z.object({
  touser: z.string(),
  template_id: z.string(),
  url: z.string().optional(),
  miniprogram: z.object({ appid: z.string(), pagepath: z.string().optional() }).optional(),
  data: z.record(z.string(), z.object({ value: z.string(), color: z.string().optional() })),
  client_msg_id: z.string().max(32).optional(),
})

const ONCE_MS = 600_000

/**
 * Takes template messages with the checks that WeChat documents, in its order.
 *
 * @param isFollowing Whether the person follows the account; nobody else gets a message.
 */
export function createTemplateMessages({
  journal,
  templates,
  isFollowing,
  miniProgramAppId,
}: {
  journal: Journal<TemplateMessage>
  templates: readonly Template[]
  isFollowing: (openid: string) => boolean
  miniProgramAppId: string | undefined
}) {
  return {
    send(content: unknown): { msgid: number } | { errcode: number; errmsg?: string } {
      const parsed = messageSchema.safeParse(content)
      if (!parsed.success) return { errcode: 47001 }
      const { touser, template_id: templateId, url, miniprogram, data } = parsed.data
      if (!/^o[\w-]{27}$/.test(touser)) return { errcode: 40003 }
      const template = templates.find(({ id }) => id === templateId)
      if (!template) return { errcode: 40037 }
      if (url !== undefined && !/^https?:\/\/\S+$/.test(url)) return { errcode: 40066 }
      if (miniprogram && miniprogram.appid !== miniProgramAppId) return { errcode: 40013 }
      for (const [name, label] of Object.entries(template.fields)) {
        const { value } = data[name] ?? {}
        if (value === undefined || !suits(name, value)) {
          const errmsg = `argument invalid! data.${name}.value invalid (${label})`
          return { errcode: 47003, errmsg }
        }
      }
      if (!isFollowing(touser)) return { errcode: 43004 }
      const clientMsgId = parsed.data.client_msg_id ?? null
      const again = journal.entries.find(
        (one) =>
          clientMsgId !== null &&
          one.openid === touser &&
          one.clientMsgId === clientMsgId &&
          Date.parse(one.at) > Date.now() - ONCE_MS,
      )
      if (again) return { msgid: again.msgId }
      const msgId = randomInt(2 ** 31, 2 ** 47)
      journal.append({
        ...{ at: new Date().toISOString(), msgId, openid: touser, clientMsgId },
        title: template.title,
        lines: Object.entries(template.fields).map(([name, label]) => ({
          label,
          value: data[name]?.value ?? '',
        })),
        url: url ?? null,
      })
      return { msgid: msgId }
    },
    listOf: (openid: string) => journal.entries.filter((one) => one.openid === openid),
  }
}
export type TemplateMessages = ReturnType<typeof createTemplateMessages>

/** WeChat's table of field kinds, by what the name of a field begins with. */
const kinds: Record<string, RegExp> = {
  thing: /^.{1,20}$/su,
  short_thing: /^.{1,10}$/su,
  name: /^(?:\p{Script=Han}{1,10}|[\p{L}\d ·.]{1,20})$/u,
  phrase: /^\p{Script=Han}{1,5}$/u,
  character_string: /^[\x20-\x7e]{1,32}$/,
  letter: /^[A-Za-z]{1,32}$/,
  number: /^\d{1,32}(\.\d+)?$/,
  amount: /^[¥￥$]?\d{1,10}(\.\d+)?元?$/,
  time: /^(\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d\d-\d\d)?\s?\d{1,2}:\d{2}(:\d{2})?$/,
  date: /^(\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d\d-\d\d)(\s\d{1,2}:\d{2}(:\d{2})?)?$/,
}

function suits(name: string, value: string): boolean {
  const kind = name.replace(/\d+$/, '')
  return kinds[kind]?.test(value) ?? false
}
