import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Program {
  file: string
  /** The line in the document of the program's first line. */
  line: number
  code: string
  /** It has JSX in it, and runs in a browser. */
  hasElements?: boolean
}

export interface TypeProblem {
  file: string
  line: number
  message: string
}

/**
 * Type-checks whole programs taken out of documents. They are laid into a folder of the repository for a moment, so
 * that they import the workspaces as their readers would.
 */
export function checkTypes(root: string, programs: readonly Program[]): TypeProblem[] {
  if (programs.length === 0) return []
  // A dot in front keeps the folder out of every other check that may run at the same time.
  const folder = join(root, 'scripts', `.docs-check-${process.pid}`)
  mkdirSync(folder)
  try {
    const names = programs.map(({ hasElements }, index) => `program-${index}.${hasElements ? 'tsx' : 'ts'}`)
    for (const [index, program] of programs.entries()) {
      writeFileSync(join(folder, names[index] ?? ''), `${program.code}\nexport {}\n`)
    }
    const forBrowsers = { jsx: 'react-jsx', lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'] }
    const compilerOptions = programs.some(({ hasElements }) => hasElements) ? forBrowsers : {}
    const settings = { extends: '../../tsconfig.json', compilerOptions, include: [], files: names }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const options = ['-p', folder, '--pretty', 'false']
    const { stdout } = spawnSync(process.execPath, [compiler, ...options], { cwd: folder, encoding: 'utf8' })
    return stdout.split('\n').flatMap((output) => {
      const found = /program-(\d+)\.tsx?\((\d+),\d+\): error (.*)$/.exec(output)
      const program = programs[Number(found?.[1] ?? -1)]
      if (!found || !program) return []
      return [{ file: program.file, line: program.line + Number(found[2]) - 1, message: found[3] ?? '' }]
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
