const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const stepsMax = 20
const secondsMax = 7 * unitSeconds.d

/** Seconds as one writes them, in the largest unit that leaves no rest: "45s", "5m", "2h". */
export function shortDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds >= unitSeconds[unit] && seconds % unitSeconds[unit] === 0)
      return `${seconds / unitSeconds[unit]}${unit}`
  }
  return `${seconds}s`
}

/** A retry schedule as text to change: "5s, 5m, 2h". */
export function scheduleText(schedule: readonly number[]): string {
  return schedule.map(shortDuration).join(', ')
}

/** The schedule that a text stands for, in seconds, or what is wrong with it. Without a unit a number is seconds. */
export function readSchedule(text: string): { schedule: number[]; error: null } | { schedule: null; error: string } {
  const steps = text.split(/[\s,;]+/).filter(Boolean)
  if (steps.length > stepsMax) return { schedule: null, error: `At most ${stepsMax} steps.` }
  const schedule: number[] = []
  for (const step of steps) {
    const match = /^(\d+)([smhd]?)$/i.exec(step)
    if (!match) return { schedule: null, error: `"${step}" is no time. Write 30s, 5m, 2h or 1d.` }
    const seconds = Number(match[1]) * unitSeconds[(match[2]?.toLowerCase() || 's') as keyof typeof unitSeconds]
    if (seconds < 1 || seconds > secondsMax) return { schedule: null, error: `"${step}" is not between 1s and 7d.` }
    schedule.push(seconds)
  }
  return { schedule, error: null }
}

/** What a schedule comes to, in words. */
export function describeSchedule(schedule: readonly number[]): string {
  if (schedule.length === 0) return 'One attempt; what fails is dead at once.'
  const total = schedule.reduce((sum, step) => sum + step, 0)
  return `${schedule.length + 1} attempts; the last one about ${roughly(total)} after the first.`
}

function roughly(seconds: number): string {
  for (const [unit, noun] of [
    ['d', 'day'],
    ['h', 'hour'],
    ['m', 'minute'],
  ] as const) {
    const amount = Math.round((seconds / unitSeconds[unit]) * 10) / 10
    if (amount >= 1) return `${amount} ${noun}${amount === 1 ? '' : 's'}`
  }
  return `${seconds} second${seconds === 1 ? '' : 's'}`
}
