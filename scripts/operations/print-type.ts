import type { z } from 'zod'

type Schema = z.core.JSONSchema.BaseSchema

/**
 * A JSON Schema as a TypeScript type. Refinements that types cannot say (patterns, bounds) are left out; what it does
 * not know at all becomes `unknown`.
 */
export function printType(schema: Schema | boolean | undefined, indent = ''): string {
  if (schema === undefined || typeof schema === 'boolean') return 'unknown'
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return [...new Set(alternatives.map((one) => printType(one, indent)))].join(' | ')
  if (schema.allOf) return schema.allOf.map((one) => inParentheses(printType(one, indent))).join(' & ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => printType({ ...schema, type }, indent)).join(' | ')
  if (schema.type === 'array') return `${inParentheses(printType(itemsOf(schema), indent))}[]`
  if (schema.type === 'object') return printObject(schema, indent)
  return simple[schema.type as keyof typeof simple] ?? 'unknown'
}

const simple = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null' }

const inParentheses = (type: string) => (/[|&]/.test(type) && !type.startsWith('{') ? `(${type})` : type)

function itemsOf({ items }: Schema): Schema | boolean | undefined {
  return Array.isArray(items) ? undefined : items
}

function printObject({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string {
  const entries = Object.entries(properties)
  if (entries.length === 0) {
    const values = additionalProperties === undefined ? undefined : printType(additionalProperties, indent)
    return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${values ?? 'unknown'}>`
  }
  const inner = `${indent}  `
  const lines = entries.flatMap(([name, property]) => {
    const told = typeof property === 'object' ? property.description : undefined
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
    const field = `${inner}${key}${required.includes(name) ? '' : '?'}: ${printType(property, inner)}`
    return told === undefined ? [field] : [`${inner}/** ${told.replaceAll('*/', '* /')} */`, field]
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}
