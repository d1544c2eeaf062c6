import { signatureScheme, source } from '@koble/contract/signature-schemes'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { fieldProblems } from './field-problems.ts'

const problemsOf = (schema: z.ZodType, value: unknown) =>
  (schema.safeParse(value).error?.issues ?? []).flatMap((issue) => fieldProblems(issue as never))

test('of several kinds, the one that the type names says what is wrong', () => {
  const hmac = { type: 'hmac', algorithm: 'sha3', encoding: 'hex', header: 'x y' }
  const paths = problemsOf(signatureScheme, hmac).map(({ path }) => path)
  expect(paths).toEqual(['header', 'algorithm'])
  const nested = problemsOf(z.object({ signature: signatureScheme }), {
    signature: { type: 'all_of', schemes: [{ type: 'token' }] },
  })
  expect(nested.map(({ path }) => path)).toEqual(['signature.schemes.0.header'])
})

test('a type that is unknown is answered with those that there are', () => {
  const [problem, ...others] = problemsOf(signatureScheme, { type: 'magic' })
  expect(problem).toMatchObject({ path: 'type', message: expect.stringContaining('hmac, public_key') })
  expect(others).toEqual([])
})

test('where no kind is meant for certain, the value as a whole is not valid', () => {
  expect(problemsOf(z.object({ key: source }), { key: 7 })).toMatchObject([{ path: 'key' }])
  expect(problemsOf(z.object({ n: z.number() }), { n: 'x' })).toMatchObject([{ path: 'n' }])
})
