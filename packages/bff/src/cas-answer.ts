import { XMLBuilder } from 'fast-xml-parser'

/** Whose a service ticket is, or why it is nobody's (CAS 3.0 §2.5.3). */
export type Validation =
  | { user: string; attributes?: Record<string, string | boolean> }
  | { code: FailureCode; description: string }

export type FailureCode =
  | 'INVALID_REQUEST'
  | 'INVALID_TICKET'
  | 'INVALID_SERVICE'
  | 'INTERNAL_ERROR'

export type ValidationFormat = 'XML' | 'JSON'

/** As XML, or as JSON where that was asked for (CAS 3.0 §2.5.2). Always 200: CAS tells by the body. */
export function answerValidation(validation: Validation, format: ValidationFormat): Response {
  const [type, body] =
    format === 'JSON'
      ? ['application/json', writeJson(validation)]
      : ['application/xml; charset=utf-8', writeXml(validation)]
  return new Response(body, { status: 200, headers: { 'content-type': type } })
}

function writeJson(validation: Validation): string {
  const serviceResponse =
    'code' in validation
      ? { authenticationFailure: validation }
      : { authenticationSuccess: validation }
  return JSON.stringify({ serviceResponse })
}

const xml = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', textNodeName: '#' })

function writeXml(validation: Validation): string {
  const said =
    'code' in validation
      ? {
          'cas:authenticationFailure': {
            '@code': validation.code,
            '#': clean(validation.description),
          },
        }
      : {
          'cas:authenticationSuccess': {
            'cas:user': clean(validation.user),
            ...(validation.attributes && {
              'cas:attributes': nameAttributes(validation.attributes),
            }),
          },
        }
  return xml.build({
    'cas:serviceResponse': { '@xmlns:cas': 'http://www.yale.edu/tp/cas', ...said },
  })
}

function nameAttributes(attributes: Record<string, string | boolean>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`cas:${name}`, clean(String(value))]),
  )
}

/** Without what XML 1.0 has no way to write at all. */
function clean(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
}
