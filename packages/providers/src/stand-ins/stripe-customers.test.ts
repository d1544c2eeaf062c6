import { afterEach, beforeEach, expect, test } from 'vitest'
import { startStripe } from './start-stripe.ts'

let stripe: Awaited<ReturnType<typeof startStripe>>
beforeEach(async () => {
  stripe = await startStripe()
})
afterEach(() => stripe.stop())

test('a customer is made with all of it, changed, and gone after its deletion', async () => {
  const { customers } = stripe.sdk
  const made = await customers.create({
    ...{ name: 'Fjord AS', email: 'post@fjord.example', phone: '+4791234567', preferred_locales: ['nb'] },
    ...{ address: { city: 'Bergen', country: 'NO' }, metadata: { order: '1', gone: 'x' } },
    tax_id_data: [{ type: 'no_vat', value: '974760673MVA' }],
  })
  expect(made).toMatchObject({ phone: '+4791234567', preferred_locales: ['nb'], address: { city: 'Bergen' } })
  const changed = await customers.update(made.id, { name: 'Fjord Bikes AS', phone: '', metadata: { gone: '' } })
  expect(changed).toMatchObject({
    name: 'Fjord Bikes AS',
    phone: null,
    email: 'post@fjord.example',
    metadata: { order: '1' },
  })
  expect(changed.metadata).not.toHaveProperty('gone')
  expect((await customers.list({ email: 'post@fjord.example' })).data).toEqual([changed])
  expect(await customers.del(made.id)).toEqual({ id: made.id, object: 'customer', deleted: true })
  expect(await customers.retrieve(made.id)).toMatchObject({ deleted: true })
  expect((await stripe.call('POST', `/v1/customers/${made.id}`, { name: 'x' })).status).toBe(404)
  expect((await customers.list()).data.map(({ id }) => id)).not.toContain(made.id)
})

test('a customer has tax ids, of which the Norwegian have their form', async () => {
  const { customers } = stripe.sdk
  const id = 'cus_NordlysAS00001'
  const made = await customers.createTaxId(id, { type: 'no_vat', value: '974760673MVA' })
  expect(made).toMatchObject({ country: 'NO', customer: id, owner: { type: 'customer' } })
  expect((await customers.listTaxIds(id)).data).toMatchObject([{ value: '974760673MVA' }])
  expect((await customers.listTaxIds('cus_KariNordmann01')).data).toEqual([])
  const form = { type: 'no_vat', value: 'NO974760673' }
  const wrong = await stripe.call('POST', `/v1/customers/${id}/tax_ids`, form)
  expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'tax_id_invalid', param: 'value' } } })
  const data = { 'tax_id_data[0][type]': 'no_vat', 'tax_id_data[0][value]': 'NO974760673' }
  const refused = await stripe.call('POST', '/v1/customers', { name: 'Half made', ...data })
  expect(refused.body.error).toMatchObject({ code: 'tax_id_invalid', param: 'tax_id_data[0][value]' })
  expect((await customers.list()).data.map(({ name }) => name)).not.toContain('Half made')
  expect((await stripe.call('GET', `/v1/customers/cus_KariNordmann01/tax_ids/${made.id}`)).status).toBe(404)
  await customers.deleteTaxId(id, made.id)
  expect((await customers.listTaxIds(id)).data).toEqual([])
})

test('customers are paged, and refuse what is no parameter or address', async () => {
  const names: (string | null | undefined)[] = []
  for await (const { name } of stripe.sdk.customers.list({ limit: 2 })) names.push(name)
  expect(names.slice(0, 3)).toEqual(['Nordlys AS', 'Ola Hansen', 'Kari Nordmann'])
  expect((await stripe.call('GET', '/v1/customers?starting_after=cus_none')).status).toBe(400)
  expect((await stripe.call('GET', '/v1/customers/cus_none')).body.error.code).toBe('resource_missing')
  expect((await stripe.call('POST', '/v1/customers', { email: 'nobody' })).body.error.code).toBe('email_invalid')
  expect((await stripe.call('POST', '/v1/customers', { nam: 'Ola' })).body.error.code).toBe('parameter_unknown')
})
