import { useState } from 'react'
import { curlOf, type OperationCall, typescriptOf } from '../operation-code.ts'
import { CodeBlock } from './code-block.tsx'
import { Segments } from './segments.tsx'

const languages = { typescript: typescriptOf, curl: curlOf }

/** The code that does what the form does, as it is filled in now. */
export function OperationCode({ call }: { call: OperationCall }) {
  const [language, setLanguage] = useState<keyof typeof languages>('typescript')
  return (
    <section aria-label="Code" className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h4 className="font-medium">The same in code</h4>
        <Segments
          label="Language"
          options={[
            { value: 'typescript', label: 'TypeScript' },
            { value: 'curl', label: 'curl' },
          ]}
          value={language}
          onChange={setLanguage}
        />
      </div>
      <CodeBlock text={languages[language](call)} label="Code to copy" raw />
    </section>
  )
}
