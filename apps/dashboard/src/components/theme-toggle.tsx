import { Monitor, Moon, Sun } from 'lucide-react'
import { type ThemeChoice, useTheme } from '../theme.ts'

const choices: { value: ThemeChoice; label: string; icon: typeof Sun }[] = [
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
  { value: 'system', label: 'As the system', icon: Monitor },
]

/** Light, dark, or as the system is. */
export function ThemeToggle() {
  const [theme, choose] = useTheme()
  return (
    <fieldset className="flex w-fit rounded-md border border-line bg-sunken p-0.5">
      <legend className="sr-only">Theme</legend>
      {choices.map(({ value, label, icon: Icon }) => (
        <label
          key={value}
          title={label}
          className="flex cursor-pointer items-center rounded px-2 py-1 text-ink-faint hover:text-ink has-checked:bg-surface dark:has-checked:bg-line-strong has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:py-2"
        >
          <input
            type="radio"
            name="theme"
            className="sr-only"
            aria-label={label}
            checked={theme === value}
            onChange={() => choose(value)}
          />
          <Icon size={14} aria-hidden />
        </label>
      ))}
    </fieldset>
  )
}
