/** The mark of Koble, two joined links, in the colour of the text. */
export function KobleMark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2.4" aria-hidden>
      <rect x="1.7" y="7.2" width="12.6" height="9.6" rx="4.8" />
      <rect x="9.7" y="7.2" width="12.6" height="9.6" rx="4.8" />
    </svg>
  )
}
