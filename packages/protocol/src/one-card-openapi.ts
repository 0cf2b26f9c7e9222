import type { z } from 'zod'
import { createDocument, type oas31, type ZodOpenApiOperationObject } from 'zod-openapi'
import {
  balanceAnswerSchema,
  balanceRequestSchema,
  debitPortPaths,
  debitRefundRequestSchema,
  debitRefundSchema,
  debitRequestSchema,
  debitSchema,
  portErrorSchema,
} from './debit-port.ts'
import { journalFilePath } from './journal-file.ts'
import {
  cardHolderSchema,
  checkedPasswordSchema,
  passwordCheckSchema,
  peoplePortPaths,
  personLookupSchema,
} from './people-port.ts'

type PortError = z.infer<typeof portErrorSchema>['error']

/** OpenAPI 3.1 of what a one-card vendor implements for the core; docs/one-card-openapi.json. */
export function createOneCardOpenApi(): oas31.OpenAPIObject {
  const { debit, query, reverse, refund, queryRefund, balance } = debitPortPaths
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Campus e-Code one-card interface',
      version: '1',
      description:
        'What a one-card system answers to the core. Every call and every answer is signed by RFC 9421 with an RFC 9530 digest; see docs/one-card-interface.md.',
    },
    components: {
      securitySchemes: {
        httpSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'Signature',
          description: 'RFC 9421, tag "ecode"',
        },
      },
    },
    security: [{ httpSignature: [] }],
    paths: {
      [braced(balance)]: {
        post: operation('balance', 'What an account holds', balance, balanceAnswerSchema, {
          body: balanceRequestSchema,
          errors: { 404: ['ACCOUNT_UNKNOWN'] },
        }),
      },
      [braced(debit)]: {
        post: operation('debit', 'Takes an amount, once per reference', debit, debitSchema, {
          body: debitRequestSchema,
          errors: { 404: ['ACCOUNT_UNKNOWN'], 409: ['REFERENCE_REUSED'] },
        }),
      },
      [braced(query)]: {
        get: operation('query', 'What became of a debit', query, debitSchema, {
          errors: { 404: ['NOT_FOUND'] },
        }),
      },
      [braced(reverse)]: {
        post: operation(
          'reverse',
          'Makes a debit net zero, for ever, also one never seen',
          reverse,
          debitSchema,
          {
            errors: { 409: ['NOT_REVERSIBLE'] },
          },
        ),
      },
      [braced(refund)]: {
        post: operation(
          'refund',
          'Returns part or all, once per refund reference',
          refund,
          debitRefundSchema,
          {
            body: debitRefundRequestSchema,
            errors: { 404: ['NOT_FOUND'], 409: ['REFERENCE_REUSED', 'REFUND_EXCEEDS_DEBIT'] },
          },
        ),
      },
      [braced(queryRefund)]: {
        get: operation('queryRefund', 'What became of a refund', queryRefund, debitRefundSchema, {
          errors: { 404: ['NOT_FOUND'] },
        }),
      },
      [peoplePortPaths.lookUp]: {
        post: operation(
          'lookUp',
          'Who holds a card number',
          peoplePortPaths.lookUp,
          cardHolderSchema,
          { body: personLookupSchema, errors: { 404: ['ACCOUNT_UNKNOWN'] } },
        ),
      },
      [peoplePortPaths.checkPassword]: {
        post: operation(
          'checkPassword',
          'Whether a campus-card password is right',
          peoplePortPaths.checkPassword,
          checkedPasswordSchema,
          { body: passwordCheckSchema, errors: {} },
        ),
      },
      [braced(journalFilePath)]: {
        get: {
          ...operation(
            'journalFile',
            'All that moved money on a day that is over',
            journalFilePath,
            undefined,
            {
              errors: { 404: ['NOT_FOUND'] },
            },
          ),
        },
      },
    },
  })
}

function operation(
  operationId: string,
  summary: string,
  path: string,
  answer: z.ZodType | undefined,
  { body, errors }: { body?: z.ZodType; errors: Record<number, PortError[]> },
): ZodOpenApiOperationObject {
  const json = (schema: z.ZodType) => ({ 'application/json': { schema } })
  const all: Record<number, PortError[]> = {
    400: ['BAD_REQUEST'],
    401: ['UNAUTHORISED'],
    ...errors,
  }
  const text = { 'text/csv': { schema: { type: 'string' as const } } }
  return {
    operationId,
    summary,
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: { type: 'string' as const },
    })),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: { description: 'Done', content: answer ? json(answer) : text },
      ...Object.fromEntries(
        Object.entries(all).map(([status, codes]) => [
          status,
          { description: codes.join(', '), content: json(portErrorSchema) },
        ]),
      ),
    },
  }
}

function braced(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}
