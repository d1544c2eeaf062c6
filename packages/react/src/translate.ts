import { en, type TextKey, type Texts } from './texts/en.ts'

/** Gives a text in the reader's language, with what stands in braces filled in. */
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

/** Texts as they were given, English for the rest. */
export function createTranslate(texts: Partial<Texts> = {}): Translate {
  return (key, values = {}) =>
    (texts[key] ?? en[key]).replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces))
}
