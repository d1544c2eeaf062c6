import { verification } from '@koble/contract/webhooks'
import { expect, test } from 'vitest'
import {
  presetOf,
  presetText,
  readVerification,
  type VerificationPreset,
  verificationPresets,
} from './verification-presets.ts'

test.each(verificationPresets.map((preset) => [preset.id, preset] as const))(
  '%s is what the API takes',
  (_id, preset) => {
    expect(verification.safeParse(JSON.parse(presetText(preset))).error).toBeUndefined()
  },
)

test('another preset keeps what is read from the body', () => {
  const [first, second] = verificationPresets as [VerificationPreset, VerificationPreset]
  const edited = JSON.stringify({ ...JSON.parse(presetText(first)), account: { field: 'account' } })
  expect(JSON.parse(presetText(second, edited))).toMatchObject({
    signature: second.signature,
    account: { field: 'account' },
  })
  expect(JSON.parse(presetText(second, 'no JSON'))).toMatchObject({ signature: second.signature })
})

test('a preset is known again whatever the order of its fields', () => {
  for (const preset of verificationPresets) {
    const turned = Object.fromEntries(Object.entries(preset.signature).reverse())
    expect(presetOf(turned)?.id).toBe(preset.id)
  }
  expect([presetOf({ type: 'token' }), presetOf(undefined)]).toEqual([undefined, undefined])
})

test('a text that is no object is told so', () => {
  expect([readVerification('[]').error, readVerification('{').error === null]).toEqual([
    'It is not a JSON object.',
    false,
  ])
})
