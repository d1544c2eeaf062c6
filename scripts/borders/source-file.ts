import { parseSync, Visitor } from 'oxc-parser'

/** One `import`, `export … from` or `import()`; `typeOnly` when nothing of it is left at run time. */
export interface ImportFound {
  specifier: string
  typeOnly: boolean
  line: number
}

/** A piece of text in the code: a string literal, an object's key, or the fixed part of a template. */
export interface TextFound {
  text: string
  kind: 'literal' | 'key' | 'template' | 'sql-template'
  line: number
}

/** What the border rules look at in one TypeScript file. */
export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  path: string
  imports: ImportFound[]
  texts: TextFound[]
  /** Names of the methods called, `selectFrom` of `db.selectFrom('a')`. */
  calls: { name: string; line: number }[]
  /** Where `process.env` is read; handing all of it on to a child process, `{ ...process.env }`, is not reading. */
  environmentReads: number[]
  syntaxErrors: { message: string; line: number }[]
}

/** Parses one file with oxc, which reads TypeScript and JSX by the file's extension. */
export function parseSourceFile(path: string, code: string): SourceFile {
  const result = parseSync(path, code)
  const lineAt = createLineFinder(code)
  const imports: ImportFound[] = []
  for (const found of result.module.staticImports) {
    const typeOnly = found.entries.length > 0 && found.entries.every((entry) => entry.isType)
    imports.push({ specifier: found.moduleRequest.value, typeOnly, line: lineAt(found.start) })
  }
  for (const found of result.module.staticExports) {
    const specifier = found.entries.find((entry) => entry.moduleRequest)?.moduleRequest?.value
    if (specifier === undefined) continue
    imports.push({ specifier, typeOnly: found.entries.every((entry) => entry.isType), line: lineAt(found.start) })
  }
  for (const found of result.module.dynamicImports) {
    const source = code.slice(found.moduleRequest.start, found.moduleRequest.end)
    const literal = /^(['"`])(.*)\1$/s.exec(source)
    if (literal?.[2] !== undefined) imports.push({ specifier: literal[2], typeOnly: false, line: lineAt(found.start) })
  }

  const texts: TextFound[] = []
  const calls: SourceFile['calls'] = []
  const environmentReads: number[] = []
  const sqlTemplates = new Set<number>()
  const handedOn = new Set<number>()
  new Visitor({
    TaggedTemplateExpression(node) {
      if (node.tag.type === 'Identifier' && node.tag.name === 'sql') sqlTemplates.add(node.quasi.start)
    },
    TemplateLiteral(node) {
      const text = node.quasis.map((quasi) => quasi.value.cooked ?? '').join(' ')
      texts.push({ text, kind: sqlTemplates.has(node.start) ? 'sql-template' : 'template', line: lineAt(node.start) })
    },
    Literal(node) {
      if (typeof node.value === 'string') texts.push({ text: node.value, kind: 'literal', line: lineAt(node.start) })
    },
    Property(node) {
      if (!node.computed && node.key.type === 'Identifier') {
        texts.push({ text: node.key.name, kind: 'key', line: lineAt(node.start) })
      }
    },
    CallExpression(node) {
      if (node.callee.type === 'MemberExpression' && node.callee.property.type === 'Identifier') {
        calls.push({ name: node.callee.property.name, line: lineAt(node.start) })
      }
    },
    SpreadElement(node) {
      handedOn.add(node.argument.start)
    },
    MemberExpression(node) {
      if (handedOn.has(node.start)) return
      const property =
        node.property.type === 'Literal'
          ? node.property.value
          : 'name' in node.property
            ? node.property.name
            : undefined
      if (node.object.type === 'Identifier' && node.object.name === 'process' && property === 'env') {
        environmentReads.push(lineAt(node.start))
      }
    },
    ImportDeclaration(node) {
      if (node.source.value !== 'node:process' && node.source.value !== 'process') return
      for (const specifier of node.specifiers) {
        if (specifier.type === 'ImportSpecifier' && 'name' in specifier.imported && specifier.imported.name === 'env') {
          environmentReads.push(lineAt(node.start))
        }
      }
    },
  }).visit(result.program)

  const syntaxErrors = result.errors.map((error) => ({
    message: error.message,
    line: lineAt(error.labels[0]?.start ?? 0),
  }))
  return { path, imports, texts, calls, environmentReads, syntaxErrors }
}

/** Offsets from oxc count UTF-16 units, as JavaScript's strings do. */
function createLineFinder(code: string): (offset: number) => number {
  const starts = [0]
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((starts[middle] as number) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
