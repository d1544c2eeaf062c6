import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** Where something does not fit, and why. */
export interface SchemaProblem {
  /** In dotted form: `items.0.name`; empty for the whole. */
  path: string
  message: string
}

const problemsMax = 20

/**
 * Holds documents against a JSON Schema (2020-12). The constructor throws an `Error` that says what is wrong with the
 * schema: references that lead out of it or nowhere, keywords that are used wrongly.
 */
export class SchemaRules {
  readonly #validate: ValidateFunction

  constructor(text: string) {
    const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, validateFormats: true })
    addFormats.default(ajv)
    this.#validate = ajv.compile(JSON.parse(text))
  }

  /** What is wrong with a document, given as JSON; up to twenty problems. */
  check(text: string): SchemaProblem[] {
    if (this.#validate(JSON.parse(text))) return []
    return (this.#validate.errors ?? []).slice(0, problemsMax).map(toProblem)
  }
}

function toProblem({ instancePath, message = 'It does not fit', params }: ErrorObject): SchemaProblem {
  const unknown = params['additionalProperty'] ?? params['unevaluatedProperty']
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
    .slice(0, 300)
  return { path, message: unknown === undefined ? message : `${message}: ${String(unknown).slice(0, 100)}` }
}
