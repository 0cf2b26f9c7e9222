import { XMLParser } from 'fast-xml-parser'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { answerAt } from './testing/entry.ts'
import { coreProblem } from './testing/fake-core.ts'
import { expectProblem, pageOrigin, school } from './testing/page.ts'
import { answerSubjects, startTestBff, type TestBff } from './testing/test-bff.ts'

const ticket = `ST-${school.id}-${'s'.repeat(43)}`
const service = 'https://library.school.example/cas?next=/books&lang=zh'

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.close())
afterEach(() => {
  bff.core.handle = answerSubjects
})

const validate = (query: Record<string, string> = {}, path = '/cas/p3/serviceValidate') =>
  fetch(`${bff.url}${path}?${new URLSearchParams({ service, ticket, ...query })}`)

function letTicketBeOf(name: string) {
  answerAt(bff.core, '/service-tickets/validate', {
    ...{ status: 200, json: { cardNo: '20230417', name, class: 'student' } },
  })
}

const parser = new XMLParser({ ignoreAttributes: false })

async function failureOf(response: Response): Promise<string> {
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/xml; charset=utf-8')
  const root = parser.parse(await response.text())['cas:serviceResponse']
  expect(root['@_xmlns:cas']).toBe('http://www.yale.edu/tp/cas')
  return root['cas:authenticationFailure']['@_code']
}

describe('whose a service ticket is (R36)', () => {
  it('is told to the service in CAS 3.0’s XML, word for word', async () => {
    letTicketBeOf('林夏')
    const response = await validate()
    expect(response.headers.get('content-type')).toBe('application/xml; charset=utf-8')
    const text = await response.text()
    expect(text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '<now>')).toBe(
      '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>' +
        '<cas:user>20230417</cas:user><cas:attributes><cas:authenticationDate><now></cas:authenticationDate>' +
        '<cas:longTermAuthenticationRequestTokenUsed>false</cas:longTermAuthenticationRequestTokenUsed>' +
        '<cas:isFromNewLogin>false</cas:isFromNewLogin><cas:name>林夏</cas:name><cas:class>student</cas:class>' +
        '</cas:attributes></cas:authenticationSuccess></cas:serviceResponse>',
    )
    expect(JSON.parse(bff.core.forwarded().at(-1)?.body ?? '')).toEqual({ ticket, service })
  })

  it('is told without attributes as CAS 2.0 does', async () => {
    letTicketBeOf('林夏')
    const text = await (await validate({}, '/cas/serviceValidate')).text()
    expect(text).toContain('<cas:user>20230417</cas:user></cas:authenticationSuccess>')
  })

  it('is told as JSON', async () => {
    letTicketBeOf('林夏')
    const response = await validate({ format: 'json' })
    expect(response.headers.get('content-type')).toBe('application/json')
    const { serviceResponse } = (await response.json()) as { serviceResponse: object }
    expect(serviceResponse).toMatchObject({
      authenticationSuccess: { user: '20230417', attributes: { name: '林夏', class: 'student' } },
    })
    const failure = await (await validate({ format: 'JSON', ticket: 'x' })).json()
    expect(failure).toMatchObject({
      serviceResponse: { authenticationFailure: { code: 'INVALID_TICKET' } },
    })
  })

  it('is told safely, whatever the name', async () => {
    const name = '</cas:name><cas:user>1</cas:user>&"\u0000\u0008\uD800'
    letTicketBeOf(name)
    const text = await (await validate()).text()
    const root = parser.parse(text)['cas:serviceResponse']['cas:authenticationSuccess']
    expect(root['cas:user']).toBe(20230417)
    expect(text).toContain(
      '&lt;/cas:name&gt;&lt;cas:user&gt;1&lt;/cas:user&gt;&amp;&quot;</cas:name>',
    )
  })
})

describe('a service ticket is refused', () => {
  it.each([
    ['INVALID_TICKET', coreProblem('TICKET_INVALID')],
    ['INVALID_SERVICE', coreProblem('SERVICE_UNKNOWN')],
    ['INTERNAL_ERROR', coreProblem('UNAVAILABLE')],
    ['INTERNAL_ERROR', { status: 200, json: { cardNo: 1 } }],
  ])('with %s, as the core says', async (code, answer) => {
    answerAt(bff.core, '/service-tickets/validate', answer)
    expect(await failureOf(await validate())).toBe(code)
    expect(bff.log()).toContain('"route":"validateServiceTicket"')
  })

  it.each([
    ['INVALID_REQUEST', { ticket: '' }],
    ['INVALID_REQUEST', { service: '' }],
    ['INVALID_TICKET', { ticket: 'ST-1-abc' }],
    ['INVALID_TICKET', { ticket: `PT-${ticket.slice(3)}` }],
    ['INVALID_TICKET', { renew: 'true' }],
  ])('with %s without asking for %j', async (code, query) => {
    const before = bff.core.calls.length
    expect(await failureOf(await validate(query))).toBe(code)
    expect(bff.core.calls.length).toBe(before)
  })

  it('when it is there twice', async () => {
    const response = await fetch(
      `${bff.url}/cas/serviceValidate?service=${encodeURIComponent(service)}&ticket=${ticket}&ticket=${ticket}`,
    )
    expect(await failureOf(response)).toBe('INVALID_REQUEST')
  })

  it('to a page, and to who does not want the answer', async () => {
    letTicketBeOf('林夏')
    const before = bff.core.calls.length
    const url = `${bff.url}/cas/serviceValidate?${new URLSearchParams({ service, ticket })}`
    await expectProblem(await fetch(url, { headers: { origin: pageOrigin } }), 'ORIGIN_NOT_ALLOWED')
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(405)
    expect(bff.core.calls.length).toBe(before)
  })

  it('and never logged, nor is its service', () => {
    for (const secret of [ticket, 'library.school.example', '20230417', '林夏']) {
      expect(bff.log()).not.toContain(secret)
    }
  })
})
