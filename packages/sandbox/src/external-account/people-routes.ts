import {
  passwordCheckSchema,
  peoplePortPaths,
  personLookupSchema,
} from '@campus-ecode/protocol/people-port'
import type { Hono } from 'hono'
import type { AnswerCall } from '../answer-call.ts'
import { parseBody } from '../parse-body.ts'
import type { SignedEnv } from '../signed-calls.ts'
import type { PeopleBook } from './people-book.ts'

/** What a one-card system tells of people, signed as its money is. */
export function mountPeople(app: Hono<SignedEnv>, answer: AnswerCall, people: PeopleBook): void {
  const bad = { error: 'BAD_REQUEST' } as const
  app.post(peoplePortPaths.lookUp, (c) =>
    answer(c, { operation: 'lookUp', isOrder: false }, () => {
      const request = parseBody(c, personLookupSchema)
      return request ? people.lookUp(request.cardNo) : bad
    }),
  )
  app.post(peoplePortPaths.checkPassword, (c) =>
    answer(c, { operation: 'checkPassword', isOrder: false }, () => {
      const request = parseBody(c, passwordCheckSchema)
      return request ? people.checkPassword(request.cardNo, request.password) : bad
    }),
  )
}
