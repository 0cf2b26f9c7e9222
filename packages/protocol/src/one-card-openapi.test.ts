import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createOneCardOpenApi } from './one-card-openapi.ts'

it('is the document that vendors are given', () => {
  const file = new URL('../../../docs/one-card-openapi.json', import.meta.url)
  // To write it anew: npm run -s conform-one-card -- --openapi > docs/one-card-openapi.json; npm run format
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(createOneCardOpenApi())),
  )
})
