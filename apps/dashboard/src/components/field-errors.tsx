import { createContext, useContext } from 'react'

interface Errors {
  /** By dotted path. */
  errors: Readonly<Record<string, string>>
  /** What is at a path is being changed. */
  forget: (path: string) => void
}

const ErrorsContext = createContext<Errors>({ errors: {}, forget: () => {} })

/** What is wrong with the fields below it. */
export const FieldErrors = ErrorsContext.Provider

/** What is wrong at a path, and the way to say that it is being changed. */
export function useFieldError(path: string): { error: string | null; forget: () => void } {
  const { errors, forget } = useContext(ErrorsContext)
  return { error: errors[path] ?? null, forget: () => forget(path) }
}

/** Tells whether something is wrong at a path or below it. */
export function useHasError(): (path: string) => boolean {
  const { errors } = useContext(ErrorsContext)
  return (path) => Object.keys(errors).some((at) => at === path || at.startsWith(`${path}.`))
}

/** The message of a field that has no label to stand below. */
export function RowError({ error }: { error: string | null }) {
  return error ? (
    <p role="alert" className="mt-1 text-xs text-bad">
      {error}
    </p>
  ) : null
}
